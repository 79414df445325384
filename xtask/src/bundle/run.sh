#!/bin/sh
# Runs the CUDA tests, examples and benchmarks of RingKernel on this machine; README.md beside this file says how.
set -u

usage() {
    echo "usage: ./run.sh [--out FOLDER] [--packed] [--limits FACTOR] [PART...]"
    echo "parts: $all; only when named: $more"
}

here=$(cd "$(dirname "$0")" && pwd)
more="bench-full"
all="device driver conformance facade scale room turns stuck teardown stress quickstart histogram airports diff bench"
out=${OUT:-./results}
factor=1
packed=no
parts=""
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=${2:?--out needs a folder}; shift ;;
        --packed) packed=yes ;;
        --limits) factor=${2:?--limits needs a whole number}; shift ;;
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

now() { date +%s; }

# Runs a command with a time limit, in a folder of its own, its output in a file. Sets `code` and `seconds`.
limited() {
    log=$1 limit=$(($2 * factor)) began=$(now)
    shift 2
    work="$out/work"
    mkdir -p "$work"
    (cd "$work" && exec timeout -k 10 "$limit" "$@") > "$log" 2>&1
    code=$?
    seconds=$(($(now) - began))
    rm -rf "$work"
}

remark() {
    case $code in
        0) echo "" ;;
        124 | 137) echo "stopped after $limit s" ;;
        *) echo "exit code $code" ;;
    esac
}

# tests PART LIMIT BINARY ARGUMENT...
tests() {
    part=$1 limit_s=$2 binary=$3
    shift 3
    log="$out/$part.txt"
    limited "$log" "$limit_s" "$here/bin/$binary" --test-threads="$threads" "$@"
    # The harness sums up at its end; of one that did not get there, the lines are counted.
    if grep -q '^test result: ' "$log"; then
        passed=$(sed -n 's/^test result: .* \([0-9]*\) passed.*/\1/p' "$log" | tail -n 1)
        failed=$(sed -n 's/^test result: .* \([0-9]*\) failed.*/\1/p' "$log" | tail -n 1)
    else
        passed=$(grep -c -e '\.\.\. ok$' -e '^ok$' "$log")
        failed=$(grep -c -e '\.\.\. FAILED$' -e '^FAILED$' "$log")
    fi
    skipped=$(grep -c 'SKIPPED' "$log")
    # One that was stopped, or that ended the process, has printed no result.
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    passed=$((passed > skipped ? passed - skipped : 0))
    if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ]; then failed=1; fi
    row "$part" "$seconds" "$passed" "$failed" "$skipped" "$(remark)"
}

# Tests of programs that change, for which none is ready: the compiler makes them.
compiling_tests() {
    if grep -q '^compiler: none' "$out/devices.txt"; then
        row "$1" 0 0 0 1 "needs NVRTC"
    else
        (RINGKERNEL_CUDA_PROGRAMS="" && tests "$@")
    fi
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
    limited "$out/$part.txt" "$limit_s" "$here/bin/table" --bench --filter cuda- "$@"
    # Lines of ours in the table; in simulation they are tried, and have no figures.
    passed=$(grep -c '^| .* | \*\*ringkernel' "$out/$part.txt")
    skipped=$(grep -c '^LEFT OUT' "$out/$part.txt")
    failed=0
    if [ "$code" -ne 0 ] || [ "$((passed + skipped))" -eq 0 ]; then failed=1; fi
    row "$part" "$seconds" "$passed" "$failed" "$skipped" "$(remark)"
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
        conformance) tests conformance 420 conformance ;;
        facade) tests facade 60 facade ;;
        scale) tests scale 90 scale ;;
        room) compiling_tests room 120 room ;;
        turns) compiling_tests turns 120 turns ;;
        stuck) tests stuck 120 stuck ;;
        teardown) tests teardown 120 driver --exact "$STUCK_DRIVER" ;;
        stress) tests stress 180 stress ;;
        quickstart) example quickstart 60 ;;
        histogram) example histogram 60 ;;
        airports) example airports 90 ;;
        diff) differential ;;
        bench) bench bench 300 --quick ;;
        bench-full) bench bench-full 540 ;;
    esac
    tail -n 1 "$results" | tr '|' ' '
done

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
