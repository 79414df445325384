# Time limits, and that nothing is left behind: a process that still has a grid on the device would keep all others from it. Read by run.sh.

# In the environment of every process of a part, whatever it has become a child of.
mark="ringkernel-$$-$(date +%s)"

# The last process in the background that nobody has to end: a part's that is over, or the one that guards the run.
over=""

now() { date +%s; }

# Whether a process is there. One that has been killed has given the device back only when all of its threads are gone.
is_there() {
    [ -d "/proc/$1" ] || return 1
    grep -qs '^State:.*zombie' "/proc/$1/status" || return 0
    [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -gt 1 ]
}

# The processes that have the mark in their environment.
marked() {
    for process in /proc/[0-9]*; do
        if grep -qs "RINGKERNEL_RUN=$1" "$process/environ"; then echo "${process#/proc/}"; fi
    done
}

# Ends the processes that have the mark, and waits until they are gone. Sets `left` to those that do not end in 30 seconds.
sweep() {
    left="" tries=0
    while :; do
        found=$(marked "$1")
        # What is ending has no environment any more.
        for process in $found; do
            case " $left " in *" $process "*) ;; *) left="$left $process" ;; esac
        done
        there=""
        for process in $left; do
            if is_there "$process"; then there="$there $process"; fi
        done
        left=$there
        [ -n "$left" ] || return 0
        [ "$tries" -lt 60 ] || return 1
        # shellcheck disable=SC2086
        kill -KILL $left 2>/dev/null
        tries=$((tries + 1))
        sleep 0.5
    done
}

# Ends the processes of a run that was killed and cannot do so itself: `run.sh --guard PROCESS MARK`, outside of its group.
guard() {
    while is_there "$1"; do sleep 1; done
    # What was about to begin then has the mark by now.
    sleep 1
    sweep "$2"
}

# Seconds that are left of those which the whole run may take; many, where nothing was said.
seconds_left() {
    if [ "$within" -eq 0 ]; then echo 100000; else echo $((began_all + within - $(now))); fi
}

# Runs a command with a time limit, in a folder of its own, its output in a file. Sets `code` and `seconds`.
limited() {
    log=$1 limit=$(($2 * factor)) began=$(now)
    shift 2
    left_s=$(seconds_left)
    if [ "$limit" -gt "$left_s" ]; then limit=$((left_s > 1 ? left_s : 1)); fi
    work="$out/work"
    mkdir -p "$work"
    # In the background, because a shell hears of its own end only when it waits.
    (cd "$work" && exec env RINGKERNEL_RUN="$mark" timeout -k 10 "$limit" "$@") > "$log" 2>&1 &
    wait "$!"
    code=$?
    over=$!
    sweep "$mark" || held
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

# What has become of the device is unknown, and nothing else would run on it.
held() {
    row "$part" "$(($(now) - began))" 0 1 0 "does not end, and may hold the device: process$left"
    finish
}

# Somebody ends the run: its processes go first.
ended() {
    trap '' HUP INT TERM
    began_part=""
    if [ "$!" != "$over" ]; then
        began_part=$!
        # Where it has only just begun, it has no mark yet.
        kill -KILL "$began_part" 2>/dev/null
        wait "$began_part"
    fi
    sweep "$mark"
    if [ -n "$began_part" ]; then row "$part" "$(($(now) - began))" 0 1 0 "the run was ended"; fi
    finish
}
