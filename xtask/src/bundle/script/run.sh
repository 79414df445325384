#!/bin/sh
# Runs the CUDA tests, examples and benchmarks of RingKernel on this machine; README.md beside this file says how.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/script/limits.sh"
. "$here/script/sanitizer.sh"

more="soak memcheck synccheck bench-scale bench-full"
all="device driver teardown stuck conformance facade scale room turns beside stress soak-short quickstart histogram airports diff bench"

usage() {
    echo "usage: ./run.sh [--out FOLDER] [--packed] [--within SECONDS] [--limits FACTOR] [--cases PATTERN] [PART...]"
    echo "parts: $all; only when named: $more"
}

# The value of an option that has to be a whole number, of which 0 would be no limit at all.
number() {
    # Zeros in front would make it octal.
    value=${2#"${2%%[!0]*}"}
    case $value in
        '' | *[!0-9]*) echo "$1 needs a whole number above 0, and not '$2'" >&2; exit 2 ;;
    esac
    echo "$value"
}

out=${OUT:-./results}
factor=1
within=0
cases=""
packed=no
parts=""
while [ $# -gt 0 ]; do
    case $1 in
        --guard) guard "$2" "$3"; exit ;;
        --out) out=${2:?--out needs a folder}; shift ;;
        --packed) packed=yes ;;
        --within) within=$(number --within "${2-}") || exit; shift ;;
        --limits) factor=$(number --limits "${2-}") || exit; shift ;;
        --cases) cases=${2:?--cases needs a pattern}; shift ;;
        -h | --help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *)
            case " $all $more " in
                *" $1 "*) parts="$parts $1" ;;
                *) echo "there is no part '$1'" >&2; usage >&2; exit 2 ;;
            esac
            ;;
    esac
    shift
done
[ -n "$parts" ] || parts=$all
began_all=$(now)
mkdir -p "$out/details" || exit 2
whole=$(cd "$out" && pwd)
out="$whole/details"
results="$out/results.txt"
: > "$results"
table="$whole/table.txt"

# Every test takes the driver of this machine, and none is skipped for the lack of one.
export RINGKERNEL_CUDA_TESTS=device RINGKERNEL_REQUIRED=cuda
export RINGKERNEL_CUDA_PROGRAMS="${RINGKERNEL_CUDA_PROGRAMS-$here/programs}"
export RINGKERNEL_CUDA_CACHE="${RINGKERNEL_CUDA_CACHE-$here/cache}"

timeout -k 5 60 "$here/bin/ringkernel-cuda-devices" > "$out/devices.txt" 2>&1
timeout -k 5 60 nvidia-smi > "$out/nvidia-smi.txt" 2>&1 || echo "nvidia-smi does not run here" >> "$out/nvidia-smi.txt"
timeout -k 5 60 nvidia-smi -q >> "$out/nvidia-smi.txt" 2>/dev/null
{ uname -srm; ldd --version 2>&1 | sed -n 1p; cat "$here/BUILD"; } > "$out/machine.txt"

# A device serves one context at a time, so that tests beside each other would only slow each other down.
mode=device
threads=1
if grep -q "RingKernel CUDA simulator" "$out/devices.txt"; then
    mode=simulated
    threads=2
fi

# Each row is in the table as soon as it is known, so that a run which is ended says what it has found.
{
    echo "RingKernel on CUDA, $mode: $(sed -n 's/^device: //p' "$out/devices.txt" | sed -n 1p)"
    sed -n 's/^compiler: /compiler: /p' "$out/devices.txt" | cut -c1-110
    printf '%-12s %7s %7s %7s %8s  %s\n' part passed failed skipped seconds remark
} > "$table"

# part seconds passed failed skipped remark
row() {
    printf '%s|%s|%s|%s|%s|%s\n' "$1" "$2" "$3" "$4" "$5" "$6" >> "$results"
    printf '%-12s %7d %7d %7d %8d  %s\n' "$1" "$3" "$4" "$5" "$2" "$6" >> "$table"
}

# The end of the run: the sum, and what is to be looked at.
finish() {
    awk -F'|' '
        { p += $3; f += $4; s += $5; t += $2 }
        END { printf "%-12s %7d %7d %7d %8d\n", "all", p, f, s, t }' "$results" >> "$table"
    awk -F'|' '{ failed += $4 } END { exit failed > 0 }' "$results"
    code=$?
    if [ "$packed" = yes ]; then
        tar -czf "$whole/details.tar.gz" -C "$whole" details && rm -r "$out"
    fi
    cat "$table"
    exit "$code"
}

# Outside of this script's group, which may be killed as a whole.
guardian="sh"
if command -v setsid > /dev/null; then guardian="setsid sh"; fi
$guardian "$0" --guard $$ "$mark" > /dev/null 2>&1 < /dev/null &
over=$!
trap ended HUP INT TERM

# Sets `lot_passed`, `lot_failed` and `lot_skipped` to what a test harness has printed into a file, and its `code`, say.
count_tests() {
    # The harness sums up at its end; of one that did not get there, the lines are counted.
    if grep -q '^test result: ' "$1"; then
        lot_passed=$(sed -n 's/^test result: .* \([0-9]*\) passed.*/\1/p' "$1" | tail -n 1)
        lot_failed=$(sed -n 's/^test result: .* \([0-9]*\) failed.*/\1/p' "$1" | tail -n 1)
    else
        lot_passed=$(grep -c -e '\.\.\. ok$' -e '^ok$' "$1")
        lot_failed=$(grep -c -e '\.\.\. FAILED$' -e '^FAILED$' "$1")
        # One that was stopped, or that ended the process.
        if [ "$lot_failed" -eq 0 ]; then lot_failed=1; fi
    fi
    lot_skipped=$(grep -c 'SKIPPED' "$1")
    lot_passed=$((lot_passed > lot_skipped ? lot_passed - lot_skipped : 0))
}

# tests PART LIMIT BINARY ARGUMENT...
tests() {
    part=$1 limit_s=$2 binary=$3
    shift 3
    log="$out/$part.txt"
    limited "$log" "$limit_s" "$here/bin/$binary" --test-threads="$threads" "$@"
    count_tests "$log"
    passed=$lot_passed failed=$lot_failed skipped=$lot_skipped
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ]; then failed=1; fi
    row "$part" "$seconds" "$passed" "$failed" "$skipped" "$(remark)"
}

# soak SECONDS LIMIT
soak() {
    export RINGKERNEL_CUDA_SOAK_SECONDS="$1"
    tests "$part" "$2" soak --nocapture
    # How much of everything there was.
    sed -n '/^SOAK [0-9]/p' "$out/$part.txt" >> "$table"
}

# The cases of the suite whose names match, one in a line.
chosen_cases() { "$here/bin/conformance" --list 2> /dev/null | sed -n 's/: test$//p' | grep -E -e "$cases"; }

conformance() {
    chosen=$(chosen_cases)
    if [ -z "$chosen" ]; then
        row conformance 0 0 1 0 "no case matches '$cases'"
    elif [ -z "$cases" ]; then
        tests conformance 420 conformance
    else
        # shellcheck disable=SC2086
        tests conformance 420 conformance --exact $chosen
    fi
}

# Tests of programs that change, for which none is ready: the compiler makes them.
compiling_tests() {
    if grep -q '^compiler: none' "$out/devices.txt"; then
        row "$1" 0 0 0 1 "needs NVRTC"
        return
    fi
    ready=$RINGKERNEL_CUDA_PROGRAMS
    RINGKERNEL_CUDA_PROGRAMS=""
    tests "$@"
    RINGKERNEL_CUDA_PROGRAMS=$ready
}

# What an example prints on every backend alike: without its choice, ids and times.
alike() { grep -v -e '^Backend:' -e '^  passed over' -e '^Envelope:' -e 'handlers took' -e 'messages per second' "$1"; }

# example NAME LIMIT
example() {
    limited "$out/$1-cpu.txt" "$2" "$here/bin/$1" --backend cpu
    cpu=$code
    limited "$out/$1.txt" "$2" "$here/bin/$1" --backend cuda
    alike "$out/$1-cpu.txt" > "$out/$1-cpu.alike"
    alike "$out/$1.txt" > "$out/$1.alike"
    if [ "$code" -ne 0 ]; then
        row "$1" "$seconds" 0 1 0 "$(remark)"
    elif [ "$cpu" -ne 0 ] || ! [ -s "$out/$1.alike" ]; then
        row "$1" "$seconds" 0 1 0 "the CPU backend fails, or nothing was printed"
    elif cmp -s "$out/$1-cpu.alike" "$out/$1.alike"; then
        row "$1" "$seconds" 1 0 0 "prints what it prints on the CPU"
    else
        diff "$out/$1-cpu.alike" "$out/$1.alike" > "$out/$1.diff"
        row "$1" "$seconds" 0 1 0 "differs from the CPU: $1.diff"
    fi
    rm -f "$out/$1-cpu.alike" "$out/$1.alike"
}

# bench PART LIMIT ARGUMENT...
bench() {
    part=$1 limit_s=$2
    shift 2
    limited "$out/$part.txt" "$limit_s" "$here/bin/table" --bench "$@"
    # Lines of ours in the table; in simulation they are tried, and have no figures.
    passed=$(grep -c '^| .* | \*\*ringkernel' "$out/$part.txt")
    skipped=$(grep -c '^LEFT OUT' "$out/$part.txt")
    failed=0
    if [ "$code" -ne 0 ] || [ "$((passed + skipped))" -eq 0 ]; then failed=1; fi
    stopped=$(sed -n 's/^STOPPED: /stopped: /p' "$out/$part.txt" | tr -d '|' | cut -c1-100 | sed -n 1p)
    said=$(remark)
    row "$part" "$seconds" "$passed" "$failed" "$skipped" "$said${said:+${stopped:+; }}$stopped"
}

# Compares generated code with native Rust. The simulator needs a folder of its own, because it runs no code for devices.
differential() {
    folder=${RINGKERNEL_BUNDLE_DIFF-$here/diff}
    if [ "$mode" = simulated ] && [ -z "${RINGKERNEL_BUNDLE_DIFF-}" ]; then
        row diff 0 0 0 1 "in simulation, RINGKERNEL_BUNDLE_DIFF names what \`--compile-to\` makes there"
        return
    fi
    every=$(cat "$folder/EVERY")
    limited "$out/diff.txt" 300 env RINGKERNEL_CUDA_PROGRAMS="$folder" "$here/bin/ringkernel-difftest" --folder "$folder" \
        --target cuda-device --every "$every" --report "$out/differences.txt"
    said=$(tail -n 1 "$out/diff.txt")
    count() { echo "$said" | sed -n "s/.* \([0-9][0-9]*\) $1.*/\1/p"; }
    passed=$(count equal) failed=$(count different) refused=$(count 'programs refused') skipped=$(count unsupported)
    failed=$((${failed:-0} + ${refused:-0}))
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    row diff "$seconds" "${passed:-0}" "$failed" "${skipped:-0}" "runs; one program in $every $(remark)"
}

STUCK_DRIVER=teardown::a_stuck_grid_is_ended_with_its_context_and_nobody_hangs

for part in $parts; do
    if [ "$(seconds_left)" -lt 5 ]; then
        row "$part" 0 0 1 0 "not begun: $within s are over"
        continue
    fi
    echo "== $part"
    case $part in
        device)
            if grep -q '^device: none' "$out/devices.txt" || ! grep -q '^device:' "$out/devices.txt"; then
                row device 0 0 1 0 "$(sed -n '$p' "$out/devices.txt" | cut -c1-100)"
            else
                row device 0 1 0 0 "$(sed -n 's/^device: //p' "$out/devices.txt" | sed -n 1p)"
            fi
            ;;
        driver) tests driver 120 driver --skip "$STUCK_DRIVER" ;;
        conformance) conformance ;;
        facade) tests facade 60 facade ;;
        scale) tests scale 90 scale ;;
        room) compiling_tests room 120 room ;;
        turns) compiling_tests turns 120 turns ;;
        beside) compiling_tests beside 180 beside ;;
        stuck) tests stuck 120 stuck ;;
        teardown) tests teardown 120 driver --exact "$STUCK_DRIVER" ;;
        stress) tests stress 180 stress ;;
        soak-short) soak 20 120 ;;
        soak) soak 300 450 ;;
        memcheck | synccheck) sanitized "$part" ;;
        quickstart) example quickstart 60 ;;
        histogram) example histogram 60 ;;
        airports) example airports 90 ;;
        diff) differential ;;
        bench) bench bench 300 --filter cuda- --without cuda-scale --quick ;;
        bench-scale) bench bench-scale 540 --filter cuda-scale --quick ;;
        bench-full) bench bench-full 540 --filter cuda- --without cuda-scale ;;
    esac
    tail -n 1 "$results" | tr '|' ' '
done

# Whoever has the device now, it should be nobody of this run.
timeout -k 5 20 nvidia-smi --query-compute-apps=pid,name,used_memory --format=csv > "$out/device-afterwards.txt" 2>&1
finish
