# shellcheck shell=bash
# server/packaging/sh/parts.sh -- ports, processes, secrets, and one private
# PostgreSQL and broker in a folder.  The demo and the stack tests use it.
#
# Holds: STATE is the folder (absolute); nothing outside it is written but
#        PGROOT, when PostgreSQL's user could not enter STATE.

# shellcheck disable=SC2153 # STATE is set by demo_state_dir()
PG_BIN=/usr/lib/postgresql/15/bin

# ---- words for shell and JSON ----

shell_word() {
        printf "'%s'" "${1//\'/\'\\\'\'}"
}

json_word() {
        local text=$1
        text=${text//\\/\\\\}
        text=${text//\"/\\\"}
        text=${text//$'\n'/\\n}
        text=${text//$'\t'/\\t}
        printf '"%s"' "$text"
}

private_dir() {
        mkdir -p "$1"
        chmod 700 "$1"
}

# Letters and digits that are not mistaken for each other.
secret_make() {
        local text
        text=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'a-hjkmnp-z2-9')
        printf '%s\n' "${text:0:${1:-24}}"
}

# secret NAME: the stored one, made at first use.
secret() {
        local file=$STATE/secret/$1
        if [ ! -s "$file" ]; then
                private_dir "$STATE/secret"
                (umask 077 && secret_make 24 >"$file.new")
                mv "$file.new" "$file"
        fi
        cat "$file"
}

# ---- ports ----

# True when something listens on the TCP port, at any address.
port_is_busy() {
        local hex
        printf -v hex '%04X' "$1"
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
                awk -v p=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == p {
                        found = 1 } END { exit !found }'
}

# port_choose NAME WISHED: sets the variable NAME to WISHED or the next
# free port after it; says so when they differ.
port_choose() {
        local -n ret_port=$1
        local wished=$2 port=$2 what=$3
        if ! [[ $wished =~ ^[0-9]{1,5}$ ]] || [ "$wished" -lt 1 ] ||
                [ "$wished" -gt 65535 ]; then
                fail "\"$wished\" is no port for $what." \
                        "A port is a number from 1 to 65535."
        fi
        while port_is_busy "$port" || port_is_taken "$port"; do
                port=$((port + 1))
                if [ "$port" -gt 65535 ] || [ "$port" -ge $((wished + 500)) ]; then
                        fail "no free port for $what between $wished and $port."
                fi
        done
        [ "$port" = "$wished" ] ||
                say "Port $wished is busy; $what takes $port."
        # shellcheck disable=SC2034 # the caller's variable
        ret_port=$port
        PORTS_TAKEN+=("$port")
}

PORTS_TAKEN=()
port_is_taken() {
        local port
        for port in "${PORTS_TAKEN[@]:-}"; do
                [ "$port" = "$1" ] && return 0
        done
        return 1
}

# ---- processes ----

# process_is PID WORD: it lives, and WORD is in its command line.  A pid
# file left behind may name a stranger by now.
process_is() {
        local pid=$1 word=$2 line
        [[ $pid =~ ^[0-9]+$ ]] || return 1
        line=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
        [[ $line == *"$word"* ]]
}

# A process that ended but was not yet waited for by its parent.
process_is_gone() {
        local state
        state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1) ||
                return 0
        [ -z "$state" ] || [ "$state" = Z ] || [ "$state" = X ]
}

# process_end PID SIGNAL SECONDS: asks, waits, and at last kills.
process_end() {
        local pid=$1 left=$(($3 * 10))
        kill "-$2" "$pid" 2>/dev/null || return 0
        while ! process_is_gone "$pid"; do
                left=$((left - 1))
                if [ "$left" -le 0 ]; then
                        kill -KILL "$pid" 2>/dev/null || true
                        return 0
                fi
                sleep 0.1
        done
}

pid_write() {
        printf '%s\n' "$2" >"$STATE/$1.pid.new"
        mv "$STATE/$1.pid.new" "$STATE/$1.pid"
}

pid_read() {
        cat "$STATE/$1.pid" 2>/dev/null || true
}

# ---- PostgreSQL ----

# PostgreSQL refuses root: then it is the user "postgres", which Debian's
# package brings, and which must be able to enter every parent folder.
pg_as() {
        if [ "$(id -u)" = 0 ]; then
                setpriv --reuid=postgres --regid=postgres --init-groups \
                        -- env -C "$PGROOT" HOME="$PGROOT" "$@"
        else
                env -C "$PGROOT" "$@"
        fi
}

# Sets PGROOT (and SANFANG_PGDATA).  Once chosen it is kept in STATE/pgroot.
pg_choose_root() {
        if [ -s "$STATE/pgroot" ]; then
                PGROOT=$(cat "$STATE/pgroot")
                [ -d "$PGROOT" ] || fail "the database folder $PGROOT is gone." \
                        "Begin again with: ./run demo --fresh"
        elif [ "$(id -u)" != 0 ]; then
                PGROOT=$STATE/postgres
                private_dir "$PGROOT"
        else
                PGROOT=$STATE/postgres
                private_dir "$PGROOT"
                chown postgres: "$PGROOT"
                if ! setpriv --reuid=postgres --regid=postgres --init-groups \
                        -- test -x "$PGROOT" 2>/dev/null; then
                        rmdir "$PGROOT"
                        PGROOT=$(mktemp -d /var/tmp/sanfang-pg-XXXXXXXX)
                        chmod 700 "$PGROOT"
                        chown postgres: "$PGROOT"
                        say "PostgreSQL's user cannot enter $STATE;" \
                                "its files are in $PGROOT."
                fi
        fi
        printf '%s\n' "$PGROOT" >"$STATE/pgroot"
        PGDATA=$PGROOT/data
}

pg_init() {
        local word
        [ -s "$PGDATA/PG_VERSION" ] && [ -e "$STATE/pg-initialised" ] && return
        rm -rf "$PGDATA"
        word=$PGROOT/superuser
        (umask 077 && secret pg-superuser >"$word")
        if [ "$(id -u)" = 0 ]; then
                chown postgres: "$word"
        fi
        step "make a PostgreSQL cluster" "$STATE/log/initdb.log" \
                pg_as "$PG_BIN/initdb" -D "$PGDATA" -U postgres \
                --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
                --auth-local=reject --auth-host=scram-sha-256 \
                --pwfile="$word" ||
                fail "PostgreSQL could not make its files in $PGDATA."
        rm -f "$word"
        : >"$STATE/pg-initialised"
}

# The command line of the server, as an array in PG_COMMAND.  Only TCP on
# the loopback address, only with a password.
pg_command() {
        PG_COMMAND=("$PG_BIN/postgres" -D "$PGDATA" -p "$PG_PORT"
                -c listen_addresses=127.0.0.1 -c unix_socket_directories=
                -c fsync=on -c synchronous_commit=on -c full_page_writes=on
                -c max_connections=40 -c shared_buffers=128MB
                -c max_wal_size=512MB -c jit=off
                -c log_min_messages=warning -c log_checkpoints=off
                -c "log_line_prefix=%m [%p] ")
        if [ "$(id -u)" = 0 ]; then
                PG_COMMAND=(setpriv --reuid=postgres --regid=postgres
                        --init-groups -- env -C "$PGROOT" HOME="$PGROOT"
                        "${PG_COMMAND[@]}")
        else
                PG_COMMAND=(env -C "$PGROOT" "${PG_COMMAND[@]}")
        fi
}

# Server processes whose working folder is PGDATA: after a kill of the
# first of them the others leave a moment later, and only then may a new
# one start.
pg_left_behind() {
        [ -n "$(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$PGDATA" \
                -print -quit 2>/dev/null)" ]
}

pg_clear_stale() {
        local left=100
        while pg_left_behind && [ "$left" -gt 0 ]; do
                sleep 0.1
                left=$((left - 1))
        done
        pg_left_behind || rm -f "$PGDATA/postmaster.pid"
}

# pg_uri [PORT]
pg_uri() {
        printf 'postgresql://sanfang:%s@127.0.0.1:%s/sanfang\n' \
                "$(secret pg-sanfang)" "${1:-$PG_PORT}"
}

pg_super() {
        PGPASSWORD=$(secret pg-superuser) PGCONNECT_TIMEOUT=5 psql -X -q -At \
                -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PG_PORT" -U postgres "$@"
}

pg_wait() {
        local left=600
        until pg_super -d postgres -c 'select 1' >/dev/null 2>&1; do
                left=$((left - 1))
                [ "$left" -gt 0 ] || return 1
                sleep 0.1
        done
}

# Role, database and PostGIS; the tables are made by sanfangd's migrations.
pg_create_database() {
        [ -e "$STATE/pg-created" ] && return
        pg_super -d postgres >/dev/null <<SQL || return 1
do \$\$ begin
        if not exists (select from pg_roles where rolname = 'sanfang') then
                create role sanfang login;
        end if;
end \$\$;
alter role sanfang password '$(secret pg-sanfang)';
SQL
        if [ "$(pg_super -d postgres -c \
                "select 1 from pg_database where datname = 'sanfang'")" != 1 ]; then
                pg_super -d postgres -c 'create database sanfang owner sanfang' ||
                        return 1
        fi
        pg_super -d sanfang -c "create extension if not exists postgis" \
                >/dev/null 2>&1 || return 1
        : >"$STATE/pg-created"
}

# ---- the broker ----

# broker_configure CODE...: each CODE is a station with an account.
# The listener comes first: TLS lines before it would open an anonymous
# listener on every address (mosquitto 2.0.11).
broker_configure() {
        local dir=$STATE/broker code
        private_dir "$dir"
        if [ ! -s "$dir/passwd" ]; then
                (
                        umask 077
                        printf '%s:%s\n' \
                                sanfangd "$(secret mqtt-sanfangd)" \
                                simulator "$(secret mqtt-simulator)" \
                                listener "$(secret mqtt-listener)" \
                                >"$dir/passwd.new"
                        for code in "$@"; do
                                printf '%s:%s\n' "$code" \
                                        "$(secret "mqtt-$code")" \
                                        >>"$dir/passwd.new"
                        done
                        mosquitto_passwd -U "$dir/passwd.new"
                        mv "$dir/passwd.new" "$dir/passwd"
                )
        fi
        install -m 600 "$ROOT/server/packaging/mosquitto/sanfang.acl" \
                "$dir/acl"
        sed -e "s|@LISTENER@|$MQTT_PORT 127.0.0.1|" -e "s|@DIR@|$dir|" \
                -e 's|^@TLS@||' \
                "$ROOT/server/packaging/mosquitto/sanfang.conf.in" \
                >"$dir/mosquitto.conf"
        if [ "$(id -u)" = 0 ]; then
                printf 'user root\n' >>"$dir/mosquitto.conf"
        fi
}
