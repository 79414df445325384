# The conformance suite under NVIDIA's compute-sanitizer. Read by run.sh.
#
# The grid of a runtime does not end, so launches must not wait for it (`--force-blocking-launches` is never given), and a run that hangs
# tells nothing until it is killed. So the suite runs a few cases at a time, each lot with a limit of its own, spread over all topics,
# for as long as there is time; what was not begun is counted as skipped.

# One call and its answer: what every other case needs.
FIRST_CASE=lifecycle::instances_of_one_kernel_have_states_of_their_own
CASES_AT_A_TIME=8

# Seconds of a lot, in which the tool looks at the whole program first; and of a part, after which no lot begins.
LOT_LIMIT=150
PART_LIMIT=220

# Prints where compute-sanitizer is.
find_sanitizer() {
    if [ -n "${COMPUTE_SANITIZER-}" ]; then
        command -v "$COMPUTE_SANITIZER"
        return
    fi
    command -v compute-sanitizer && return
    newest=""
    for found in /usr/local/cuda*/bin/compute-sanitizer; do
        if [ -x "$found" ]; then newest=$found; fi
    done
    [ -n "$newest" ] && echo "$newest"
}

# The cases of the suite in lines of so many, in an order in which neighbours are far apart.
lots() {
    chosen_cases | awk -v size="$CASES_AT_A_TIME" '
        { name[NR] = $0 }
        END {
            lots = int((NR + size - 1) / size)
            for (lot = 1; lot <= lots; lot += 1) {
                line = ""
                for (at = lot; at <= NR; at += lots) { line = line " " name[at] }
                print line
            }
        }'
}

# Runs cases under the tool. Their results, and what the tool has found, are added to `passed`, `failed`, `skipped` and `errors`.
sanitized_lot() {
    lot_log=$1 lot_limit=$2
    shift 2
    # Statuses of the driver that the backend asks for and handles are not what is looked for.
    limited "$lot_log" "$lot_limit" "$sanitizer" --tool "$tool" --error-exitcode 97 --report-api-errors no --print-limit 20 \
        --launch-timeout 60 "$here/bin/conformance" --test-threads=1 --exact "$@"
    cat "$lot_log" >> "$out/$part.txt"
    found=$(sed -n 's/^=* *ERROR SUMMARY: \([0-9]*\) error.*/\1/p' "$lot_log" | awk '{ sum += $1 } END { if (NR > 0) print sum }')
    count_tests "$lot_log"
    passed=$((passed + lot_passed)) failed=$((failed + lot_failed)) skipped=$((skipped + lot_skipped))
    errors=$((errors + ${found:-0}))
    if [ -z "$found" ]; then
        # A tool that says nothing has looked at nothing.
        failed=$((failed + 1)) silent=$((silent + 1))
    elif [ "$((found + lot_failed))" -eq 0 ]; then
        # Nothing has failed, but the end may be a crash after the last test, or there was no test.
        if [ "$code" -ne 0 ] || [ "$((lot_passed + lot_skipped))" -eq 0 ]; then
            failed=$((failed + 1)) broken=$((broken + 1))
        fi
    fi
}

# sanitized PART: the suite under the tool of this name
sanitized() {
    part=$1 tool=$1 began_part=$(now)
    passed=0 failed=0 skipped=0 errors=0 silent=0 broken=0
    : > "$out/$part.txt"
    sanitizer=$(find_sanitizer)
    if [ -z "$sanitizer" ]; then
        echo "SKIPPED $part: there is no compute-sanitizer in PATH, nor below /usr/local/cuda*"
        row "$part" 0 0 0 1 "no compute-sanitizer in PATH, nor below /usr/local/cuda*"
        return
    fi
    until_s=$((began_part + PART_LIMIT * factor))
    sanitized_lot "$out/$part-lot.txt" "$LOT_LIMIT" "$FIRST_CASE"
    # In the words of the tool: tests have their own reasons to speak of what is unsupported.
    refused=$(grep '^=========' "$out/$part-lot.txt" | grep -i -m 1 -e 'not supported' -e 'unsupported')
    if [ "$lot_passed" -eq 0 ]; then
        rm -f "$out/$part-lot.txt"
        seconds=$(($(now) - began_part))
        if [ -n "$refused" ]; then
            echo "SKIPPED $part: $refused"
            row "$part" "$seconds" 0 0 1 "refused: $(echo "$refused" | tr -d '=|' | cut -c1-80)"
        else
            row "$part" "$seconds" 0 1 0 "its first case has no answer: $(remark)"
        fi
        return
    fi
    lots > "$out/$part-lots.txt"
    while read -r lot; do
        # shellcheck disable=SC2086
        set -- $lot
        if [ "$(now)" -ge "$until_s" ] || [ "$(seconds_left)" -lt 30 ]; then
            skipped=$((skipped + $#))
            continue
        fi
        sanitized_lot "$out/$part-lot.txt" "$LOT_LIMIT" "$@"
    done < "$out/$part-lots.txt"
    rm -f "$out/$part-lot.txt" "$out/$part-lots.txt"
    what="$errors errors found"
    if [ "$silent" -gt 0 ]; then what="$what, $silent lots without a summary"; fi
    if [ "$broken" -gt 0 ]; then what="$what, $broken lots crashed or ran no test"; fi
    row "$part" "$(($(now) - began_part))" "$passed" $((failed + errors)) "$skipped" "$what"
}
