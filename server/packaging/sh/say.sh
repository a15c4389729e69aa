# shellcheck shell=bash
# server/packaging/sh/say.sh -- words for the person at the terminal.
#
# say      one line of progress
# fail     what is wrong and what to do, then exit 1
# step     a long command: its output goes to a log, life is shown here

say() {
        printf '%s\n' "$*"
}

fail() {
        printf 'run: %s\n' "$1" >&2
        shift
        local line
        for line in "$@"; do
                printf '     %s\n' "$line" >&2
        done
        exit 1
}

# The last line of a log without control characters, cut for one line.
last_line() {
        tail -c 2000 "$1" 2>/dev/null | tr '\r' '\n' | tr -dc '[:print:]\n' |
                grep -v '^[[:space:]]*$' | tail -n 1 | cut -c1-100 || true
}

# A line every ten seconds for as long as the caller lets it live.
heartbeat() {
        local title=$1 log=$2 quiet begin=$SECONDS
        exec {quiet}<> <(:)
        while true; do
                read -r -t 10 -u "$quiet" _ || true
                printf '  %s: %d s  %s\n' "$title" $((SECONDS - begin)) \
                        "$(last_line "$log")"
        done
}

# step TITLE LOG COMMAND...: returns the command's status; on failure the
# end of the log is printed.
step() {
        local title=$1 log=$2 beat rc=0 begin=$SECONDS
        shift 2
        mkdir -p "$(dirname "$log")"
        : >"$log"
        say "- $title"
        heartbeat "$title" "$log" &
        beat=$!
        "$@" >"$log" 2>&1 </dev/null || rc=$?
        kill "$beat" 2>/dev/null || true
        wait "$beat" 2>/dev/null || true
        if [ "$rc" != 0 ]; then
                say "  $title failed (status $rc) after $((SECONDS - begin)) s."
                say "  The end of $log:"
                tail -n 40 "$log" | sed 's/^/    /'
        elif [ $((SECONDS - begin)) -ge 3 ]; then
                say "  done in $((SECONDS - begin)) s"
        fi
        return "$rc"
}
