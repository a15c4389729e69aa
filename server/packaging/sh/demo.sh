# shellcheck shell=bash
# server/packaging/sh/demo.sh -- the whole line on one computer.
#
# One supervisor (this script) is the parent of four programs: postgres,
# mosquitto, sanfangd and storm.  What dies is started again at once.
# Holds: STATE/supervisor.pid while it lives; STATE/<part>.pid name the
#        parts; STATE/.sanfang-demo marks a folder that may be removed.

PARTS=(postgres mosquitto sanfangd storm)
# shellcheck disable=SC2153 # ROOT is set by run
DAY=${SANFANG_DEMO_DAY:-$ROOT/test/days/sanba-2023}
RULES=$ROOT/alerts/rules/guangdong.json
CHECKS=$ROOT/sensors/checks/default.json

declare -A PART_PID=() PART_BORN=()
CRITICAL=0
STOPPING=0

demo_state_dir() {
        STATE=$(realpath -m "${SANFANG_STATE_DIR:-$BUILD/demo}")
        [ "$STATE" != / ] || fail "SANFANG_STATE_DIR must not be /."
        [ "${#STATE}" -le 90 ] ||
                fail "the path $STATE is too long for a socket in it." \
                        "At most 90 bytes; choose another with SANFANG_STATE_DIR=..."
}

demo_supervisor_alive() {
        local pid
        pid=$(pid_read supervisor)
        [ -n "$pid" ] && process_is "$pid" "run" &&
                [ "$(cat "$STATE/supervisor.start" 2>/dev/null)" = \
                        "$(process_start "$pid")" ]
}

# When the kernel started the process: with the pid it names one process.
process_start() {
        sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# What must be in the command line of each part, so that a stranger with
# the number of a dead part is left alone.
part_word() {
        case $1 in
        postgres) cat "$STATE/pgroot" 2>/dev/null || printf '%s' "$STATE" ;;
        *) printf '%s' "$STATE/" ;;
        esac
}

# ---- preparing ----

demo_make_state() {
        local made
        if [ -e "$STATE" ] && [ ! -e "$STATE/.sanfang-demo" ]; then
                [ -d "$STATE" ] || fail "$STATE is not a folder." \
                        "Choose another with SANFANG_STATE_DIR=..."
                made=$(ls -A "$STATE" 2>/dev/null) ||
                        fail "$STATE cannot be read."
                [ -z "$made" ] || fail "$STATE holds other things." \
                        "The demo keeps its state in an empty folder of its" \
                        "own; choose another with SANFANG_STATE_DIR=..."
        fi
        mkdir -p "$STATE/log" "$STATE/storm" ||
                fail "$STATE cannot be written." \
                        "Choose another with SANFANG_STATE_DIR=..."
        chmod 700 "$STATE/storm" "$STATE/log"
        printf 'made by ./run demo; removed by ./run demo --fresh\n' \
                >"$STATE/.sanfang-demo"
}

demo_remove_state() {
        local root
        [ -e "$STATE/.sanfang-demo" ] || return 0
        root=$(cat "$STATE/pgroot" 2>/dev/null || true)
        case $root in
        /var/tmp/sanfang-pg-????????) rm -rf -- "$root" ;;
        esac
        rm -rf -- "$STATE"
}

# The password of the demo users: given, or made once.
demo_password() {
        local file=$STATE/secret/demo-password given=${SANFANG_DEMO_PASSWORD:-}
        if [ -n "$given" ] && [ -s "$file" ] && [ "$(cat "$file")" != "$given" ]; then
                fail "this demo's users have another password already." \
                        "Leave SANFANG_DEMO_PASSWORD away, or begin again with --fresh."
        fi
        if [ -n "$given" ] && [ ! -s "$file" ]; then
                private_dir "$STATE/secret"
                (umask 077 && printf '%s\n' "$given" >"$file")
        fi
        secret demo-password >/dev/null
}

# A river station that no storm sends, for the newcomer's own
# mosquitto_pub: WRZ 10 m, GRZ 12 m, OBHTZ 14 m, beside the day's first
# river station.  It never sent, so it is "no data", not silent.
TEST_STATION=DEMO-ZZ-01

demo_test_station() {
        node - "$DAY/stations.csv" "$TEST_STATION" <<'JS'
const fs = require('fs');
const [file, code] = process.argv.slice(2);
const lines = fs.readFileSync(file, 'utf8').split(/\r?\n/);
const names = lines[0].split(',');
const beside = lines.find((l) => l.split(',')[names.indexOf('kind')] === 'ZZ')
        .split(',');
const mine = {
        code, name: '试验站', name_en: 'Test gauge', kind: 'ZZ',
        WRZ: '10', GRZ: '12', OBHTZ: '14', near: '0.3', limits: '',
        interval_s: '3600', wind: '', sl651: '', levels_synthetic: '1',
        river: '', river_en: '',
        lon: (Number(beside[names.indexOf('lon')]) + 0.012).toFixed(3),
};
console.log(lines[0]);
console.log(names.map((n, i) => mine[n] ?? beside[i]).join(','));
JS
}

demo_choose_ports() {
        local http='' mqtt='' pg='' sl651=''
        # shellcheck disable=SC2034 # used in parts.sh
        PORTS_TAKEN=()
        if [ -s "$STATE/ports" ]; then
                read -r http mqtt pg sl651 <"$STATE/ports"
        fi
        port_choose HTTP_PORT "${SANFANG_HTTP_PORT:-${http:-8080}}" "the web page"
        port_choose MQTT_PORT "${SANFANG_MQTT_PORT:-${mqtt:-21883}}" "the broker"
        port_choose PG_PORT "${SANFANG_PG_PORT:-${pg:-25432}}" "PostgreSQL"
        port_choose SL651_PORT "${SANFANG_SL651_PORT:-${sl651:-26510}}" \
                "SL 651 terminals"
        printf '%s %s %s %s\n' "$HTTP_PORT" "$MQTT_PORT" "$PG_PORT" \
                "$SL651_PORT" >"$STATE/ports"
        URL=http://127.0.0.1:$HTTP_PORT
}

demo_write_config() {
        local zh en
        zh=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).source_line.zh' \
                "$DAY/storm.json")
        en=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).source_line.en' \
                "$DAY/storm.json")
        secret mqtt-sanfangd >/dev/null
        (
                umask 077
                cat >"$STATE/sanfang.json.new" <<JSON
{
  "state_dir": $(json_word "$STATE"),
  "http": {
    "address": "127.0.0.1",
    "port": $HTTP_PORT,
    "console_dir": $(json_word "$BUILD/console"),
    "behind_proxy": false
  },
  "mqtt": {
    "url": "tcp://127.0.0.1:${SANFANG_DRILL_MQTT_PORT:-$MQTT_PORT}",
    "client_id": "sanfangd",
    "user": "sanfangd",
    "password_file": $(json_word "$STATE/secret/mqtt-sanfangd")
  },
  "sl651": {
    "tcp_address": "127.0.0.1",
    "tcp_port": $SL651_PORT
  },
  "database": { "uri": $(json_word "$(pg_uri "${SANFANG_DRILL_PG_PORT:-}")") },
  "clock": { "mode": "storm" },
  "rules": $(json_word "$RULES"),
  "checks": $(json_word "$CHECKS"),
  "day_dir": $(json_word "$DAY"),
  "grid_command": $(json_word "$(binary sanfang)"),
  "migrations_dir": $(json_word "$ROOT/schemas/sql"),
  "demo": true,
  "source_line": { "zh": $(json_word "$zh"), "en": $(json_word "$en") },
  "city": "440900"
}
JSON
        )
        mv "$STATE/sanfang.json.new" "$STATE/sanfang.json"
}

demo_write_env() {
        local code=$1
        (
                umask 077
                {
                        printf '# Written by ./run demo; shell assignments.\n'
                        env_line SANFANG_URL "$URL"
                        env_line SANFANG_MQTT_URL "mqtt://127.0.0.1:$MQTT_PORT"
                        env_line SANFANG_MQTT_PORT "$MQTT_PORT"
                        env_line SANFANG_SL651_PORT "$SL651_PORT"
                        env_line SANFANG_DB "$(pg_uri)"
                        env_line SANFANG_STATE_DIR "$STATE"
                        env_line SANFANG_DEMO_PASSWORD "$(secret demo-password)"
                        env_line SANFANG_STATION_CODE "$code"
                        env_line SANFANG_STATION_USER "$code"
                        env_line SANFANG_STATION_PASSWORD "$(secret "mqtt-$code")"
                        env_line SANFANG_LISTENER_USER listener
                        env_line SANFANG_LISTENER_PASSWORD "$(secret mqtt-listener)"
                        env_line SANFANG_PGDATA "$PGDATA"
                        env_line SANFANG_BIN "$(dirname "$(binary sanfang)")"
                } >"$STATE/env.new"
        )
        mv "$STATE/env.new" "$STATE/env"
}

env_line() {
        printf '%s=%s\n' "$1" "$(shell_word "$2")"
}

# ---- the four parts ----

# part_command NAME: sets COMMAND.
part_command() {
        case $1 in
        postgres)
                pg_command
                COMMAND=("${PG_COMMAND[@]}")
                ;;
        mosquitto)
                COMMAND=("$(type -P mosquitto || echo /usr/sbin/mosquitto)"
                        -c "$STATE/broker/mosquitto.conf")
                ;;
        sanfangd)
                # Huge pages: a snapshot's fork holds the loop a fifth as long.
                COMMAND=(env "SANFANG_HTTP_PORT=$HTTP_PORT"
                        GLIBC_TUNABLES=glibc.malloc.hugetlb=1
                        "SANFANG_STATE_DIR=$STATE"
                        "$(binary sanfangd)" --config "$STATE/sanfang.json")
                ;;
        storm)
                COMMAND=("$(binary sanfang)" station simulate --day "$DAY"
                        --mqtt "tcp://127.0.0.1:${SANFANG_DRILL_STORM_PORT:-$MQTT_PORT}"
                        --user simulator
                        --password-file "$STATE/secret/mqtt-simulator"
                        --clock "$URL/api/v1/clock"
                        --ledger "$STATE/ledger.jsonl"
                        --state-dir "$STATE/storm")
                ;;
        esac
}

# A log does not grow for ever: at each start an old one over 16 MB moves
# aside, and one such is kept.
log_turn() {
        local size
        size=$(stat -c %s "$1" 2>/dev/null || echo 0)
        [ "$size" -lt 16777216 ] || mv -f "$1" "$1.old"
}

# A part stays away while STATE/hold-NAME exists, for drills: make the
# file, then kill the part.
part_wait_hold() {
        while [ -e "$STATE/hold-$1" ]; do
                sleep 0.1
        done
}

# drill_env NAME: sets DRILL to a library that stands between the part and
# its disk (test/fault/disk.c), for drills: SANFANG_DRILL_DISK names the
# library, SANFANG_DRILL_DISK_PARTS whose disk; orders are in STATE/disk-NAME.
# PostgreSQL's user must be able to read both.
drill_env() {
        local orders=$STATE/disk-$1
        DRILL=()
        case " ${SANFANG_DRILL_DISK_PARTS:-} " in
        *" $1 "*)
                if [ "$1" = postgres ]; then
                        ln -sfn "$PGROOT/disk-postgres" "$orders"
                        orders=$PGROOT/disk-postgres
                fi
                mkdir -p "$orders"
                chmod 777 "$orders"
                cp "$SANFANG_DRILL_DISK" "$orders/disk.so.new"
                mv "$orders/disk.so.new" "$orders/disk.so"
                DRILL=("LD_PRELOAD=$orders/disk.so" "DISK_ORDERS=$orders")
                ;;
        esac
        case " ${SANFANG_DRILL_CUTS:-} " in
        *" $1 "*) DRILL+=(DISK_CUTS=1) ;;
        esac
}

# part_start NAME [PAUSE]: the child's pid is the program's own, so that a
# kill of the number in the pid file kills the program.
part_start() {
        local name=$1 pause=${2:-0}
        part_command "$name"
        drill_env "$name"
        log_turn "$STATE/log/$name.log"
        CRITICAL=1
        (
                trap - TERM INT HUP
                [ "$pause" = 0 ] || sleep "$pause"
                part_wait_hold "$name"
                if [ "$name" = postgres ]; then
                        pg_clear_stale
                fi
                exec setsid env --default-signal=INT,QUIT,HUP,PIPE \
                        "${DRILL[@]}" "${COMMAND[@]}"
        ) >>"$STATE/log/$name.log" 2>&1 </dev/null &
        PART_PID[$name]=$!
        PART_BORN[$name]=$EPOCHREALTIME
        pid_write "$name" "${PART_PID[$name]}"
        CRITICAL=0
        [ "$STOPPING" = 0 ] || demo_down
}

# In the order that lets each finish with the next one still there.
demo_down() {
        local name
        if [ "$CRITICAL" = 1 ]; then
                STOPPING=1
                return
        fi
        trap '' TERM INT HUP
        say "Stopping..."
        for name in storm sanfangd mosquitto postgres; do
                part_end "$name" "${PART_PID[$name]:-}"
        done
        rm -f "$STATE"/{supervisor,postgres,mosquitto,sanfangd,storm}.pid \
                "$STATE/supervisor.start" "$STATE/ready"
        say "Stopped. ./run demo goes on where this ended."
        exit 0
}

# PostgreSQL takes INT as "end the sessions and write everything".
part_end() {
        local name=$1 pid=$2
        [ -n "$pid" ] || return 0
        case $name in
        postgres) process_end "$pid" INT 30 ;;
        sanfangd) process_end "$pid" TERM 30 ;;
        *) process_end "$pid" TERM 10 ;;
        esac
}

# Parts of a supervisor that was killed: they would hold ports and files.
demo_end_left_over() {
        local name pid
        for name in storm sanfangd mosquitto postgres; do
                pid=$(pid_read "$name")
                if [ -n "$pid" ] && process_is "$pid" "$(part_word "$name")"; then
                        say "Ending $name (process $pid), left over."
                        part_end "$name" "$pid"
                fi
                rm -f "$STATE/$name.pid"
        done
        rm -f "$STATE/supervisor.pid" "$STATE/supervisor.start" "$STATE/ready"
}

# One look in a tenth of a second, by hand: "wait -n" never tells of a part
# that ended while bash was busy with another that ended at the same time.
# (And "read -t" as a sleep breaks off the trap that runs in it.)
demo_watch() {
        local name
        while true; do
                for name in "${PARTS[@]}"; do
                        kill -0 "${PART_PID[$name]}" 2>/dev/null ||
                                demo_part_ended "$name"
                done
                sleep 0.1
        done
}

demo_part_ended() {
        local name=$1 pid=${PART_PID[$1]} rc=0 lived pause=0
        wait "$pid" 2>/dev/null || rc=$?
        lived=$(awk -v a="$EPOCHREALTIME" -v b="${PART_BORN[$name]}" \
                'BEGIN { printf "%.1f", a - b }')
        awk -v l="$lived" 'BEGIN { exit !(l < 2) }' && pause=0.7
        say "$(date +%T) $name (process $pid) ended with status $rc" \
                "after $lived s; starting it again."
        part_start "$name" "$pause"
}

# First start: the cluster, the database, the journal with places, rules,
# users and the day before the storm.
demo_first_start() {
        [ -e "$STATE/initialised" ] && return 0
        # A first start that was cut off begins again.
        rm -rf "$STATE/journal" "$STATE/snapshots"
        pg_wait || demo_give_up "PostgreSQL did not start." postgres
        pg_create_database || demo_give_up "PostGIS could not be set up." postgres
        step "write the first 24 hours into the journal" \
                "$STATE/log/init.log" \
                env SANFANG_STATE_DIR="$STATE" "$(binary sanfang)" init \
                --state-dir "$STATE" --demo --day "$DAY" --rules "$RULES" \
                --checks "$CHECKS" \
                --password-file "$STATE/secret/demo-password" ||
                demo_give_up "sanfang init failed." init
        demo_test_station >"$STATE/test-station.csv"
        step "add the test station $TEST_STATION" "$STATE/log/station.log" \
                env SANFANG_STATE_DIR="$STATE" "$(binary sanfang)" import \
                stations "$STATE/test-station.csv" --state-dir "$STATE" ||
                demo_give_up "sanfang import stations failed." station
        : >"$STATE/initialised"
}

demo_give_up() {
        printf 'run: %s The end of %s:\n' "$1" "$STATE/log/$2.log" >&2
        tail -n 20 "$STATE/log/$2.log" | sed 's/^/    /' >&2
        demo_down
}

# The supervisor.  SPEED is empty or the pace to set.
demo_supervise() {
        local speed=${1:-}
        demo_state_dir
        trap demo_down TERM INT HUP
        pid_write supervisor $$
        process_start $$ >"$STATE/supervisor.start"
        pg_choose_root
        demo_choose_ports
        pg_init
        broker_configure "$TEST_STATION"
        demo_write_config
        part_start postgres
        part_start mosquitto
        demo_first_start
        part_start sanfangd
        part_start storm
        demo_write_env "$TEST_STATION"
        demo_announce "$speed" &
        # The shell's own remarks about killed children are no news.
        demo_watch 2>>"$STATE/log/supervisor.log"
}

# Waits for the first delta on the feed, then says where to look.
demo_announce() {
        trap - TERM INT HUP
        SANFANG_DEMO_PASSWORD=$(secret demo-password) \
                node "$SH/ready.mjs" "$URL" "$1" || return 0
        demo_summary
        : >"$STATE/ready"
}

demo_summary() {
        local password
        password=$(secret demo-password)
        cat <<TEXT

  Sanfang is up:  $URL
  wall display:   $URL/wall
  users:          viewer operator duty hydro health120 county admin
  password:       $password
  for scripts:    $STATE/env
  logs:           $STATE/log
TEXT
}

# ---- the verbs ----

demo_prepare() {
        packages_need build run
        verb_build
        if ! binary sanfangd >/dev/null || ! binary sanfang >/dev/null; then
                fail "the build made no sanfangd or no sanfang."
        fi
        [ -f "$DAY/storm.json" ] || fail "there is no $DAY/storm.json."
}

verb_demo() {
        local detach=0 fresh=0 speed=''
        while [ $# -gt 0 ]; do
                case $1 in
                --detach) detach=1 ;;
                --fresh) fresh=1 ;;
                --speed)
                        [ $# -ge 2 ] || fail "--speed needs a number."
                        speed=$2
                        shift
                        ;;
                *) fail "demo does not know \"$1\"." \
                        "./run demo [--detach] [--fresh] [--speed N]" ;;
                esac
                shift
        done
        case $speed in
        '' | 0 | 1 | 10 | 60 | 150) ;;
        *) fail "--speed is 0, 1, 10, 60 or 150, not \"$speed\"." ;;
        esac
        demo_state_dir
        if [ "$fresh" = 0 ] && demo_supervisor_alive; then
                say "The demo runs already. ./run stop ends it."
                [ -z "$speed" ] || demo_set_speed "$speed"
                demo_summary_of_running
                return 0
        fi
        [ "${SANFANG_NO_BUILD:-0}" = 1 ] || demo_prepare
        demo_stop >/dev/null
        [ "$fresh" = 0 ] || demo_remove_state
        demo_make_state
        demo_password
        if [ "$detach" = 1 ]; then
                demo_start_detached "$speed"
        else
                say "Starting; Ctrl-C ends all of it."
                demo_supervise "$speed"
        fi
}

demo_set_speed() {
        SANFANG_DEMO_PASSWORD=$(secret demo-password) node "$SH/ready.mjs" \
                "http://127.0.0.1:$(cut -d' ' -f1 "$STATE/ports")" "$1"
}

demo_summary_of_running() {
        URL=http://127.0.0.1:$(cut -d' ' -f1 "$STATE/ports")
        demo_summary
}

demo_start_detached() {
        local log=$STATE/log/demo.log pid shown=0 total begin=$SECONDS beat=0
        log_turn "$log"
        : >"$log"
        rm -f "$STATE/ready"
        SANFANG_STATE_DIR=$STATE setsid "$ROOT/run" __supervise "$1" \
                >>"$log" 2>&1 </dev/null &
        pid=$!
        disown
        while [ ! -e "$STATE/ready" ]; do
                total=$(wc -l <"$log")
                if [ "$total" -gt "$shown" ]; then
                        sed -n "$((shown + 1)),${total}p" "$log"
                        shown=$total
                fi
                kill -0 "$pid" 2>/dev/null ||
                        fail "the demo ended before it was ready." \
                                "See $log and the other logs beside it."
                if [ $((SECONDS - begin)) -ge 300 ]; then
                        demo_stop >/dev/null
                        fail "the demo was not ready after five minutes." \
                                "See the logs in $STATE/log."
                fi
                if [ $(((SECONDS - begin) / 10)) -gt "$beat" ]; then
                        beat=$(((SECONDS - begin) / 10))
                        say "  starting: $((SECONDS - begin)) s"
                fi
                sleep 0.2
        done
        sed -n "$((shown + 1)),\$p" "$log"
        say "  to stop:        ./run stop"
}

demo_stop() {
        local pid left=900
        if demo_supervisor_alive; then
                pid=$(pid_read supervisor)
                kill -TERM "$pid" 2>/dev/null || true
                while ! process_is_gone "$pid" && [ "$left" -gt 0 ]; do
                        sleep 0.1
                        left=$((left - 1))
                done
                say "The demo in $STATE is stopped."
        else
                say "No demo runs in $STATE."
        fi
        [ -d "$STATE" ] && demo_end_left_over
        return 0
}

verb_stop() {
        demo_state_dir
        demo_stop
}
