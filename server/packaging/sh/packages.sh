# shellcheck shell=bash
# server/packaging/sh/packages.sh -- what is needed from Debian, by purpose.
#
# Nothing is asked of the network when nothing is missing.
# The lists are read by name in packages_need().
# shellcheck disable=SC2034

packages_build=(gcc libc6-dev cmake ninja-build pkg-config libuv1-dev
        libwebsockets-dev libpaho-mqtt-dev libcjson-dev libpq-dev libgdal-dev
        libsodium-dev libsystemd-dev)
packages_run=(postgresql-15 postgresql-15-postgis-3 mosquitto
        mosquitto-clients libwebsockets-evlib-uv)
packages_test=(libcmocka-dev chromium fonts-noto-cjk)
packages_prometheus=(prometheus) # ./run bench prometheus, nothing else
packages_fuzz=(libcmocka-dev clang-14 libclang-rt-14-dev)
packages_check=(libcmocka-dev clang-format-14 clang-tidy-14 shellcheck)

# package_present NAME: installed, or the thing it brings is there already
# (Node and npm are often not Debian's own).
package_present() {
        case $1 in
        nodejs) node_is_enough && return 0 ;;
        npm) command -v npm >/dev/null && return 0 ;;
        esac
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = \
                installed ]
}

node_is_enough() {
        local major
        major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) ||
                return 1
        [ "$major" -ge 18 ]
}

packages_missing() {
        local name
        for name in "$@"; do
                package_present "$name" || printf '%s\n' "$name"
        done
}

# packages_need PURPOSE...: installs what is missing for build, run, test,
# fuzz, check; or says in one line what to type, and exits 1.
packages_need() {
        local purpose want=() missing=()
        command -v dpkg-query >/dev/null || {
                say "Not a Debian system: packages are not looked at."
                return 0
        }
        for purpose in "$@"; do
                local -n list=packages_$purpose
                want+=("${list[@]}")
        done
        want+=(nodejs npm ca-certificates)
        mapfile -t missing < <(packages_missing "${want[@]}" | sort -u)
        [ "${#missing[@]}" = 0 ] && return 0

        say "Missing from Debian: ${missing[*]}"
        if [ "$(id -u)" = 0 ]; then
                packages_install env "${missing[@]}"
        elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
                packages_install sudo -n env "${missing[@]}"
        else
                fail "these packages must be installed by an administrator." \
                        "Type this one line, then the same command again:" "" \
                        "  $(packages_line "${missing[@]}")"
        fi
}

packages_line() {
        local all
        all="apt-get update && apt-get install -y --no-install-recommends $*"
        if [ "$(id -u)" = 0 ]; then
                printf '%s' "$all"
        elif command -v sudo >/dev/null; then
                printf 'sudo sh -c "%s"' "$all"
        else
                printf 'su -l -c "%s"' "$all"
        fi
}

# Runs as root.  While packages are installed no service is started: the
# demo has its own database and broker, and the system's stay as they were.
# (An administrator's own policy-rc.d is left alone.)
# shellcheck disable=SC2016 # the shell that runs it expands
packages_script='
set -eu
policy=/usr/sbin/policy-rc.d
mark="# for the moment of an installation by sanfang"
if [ ! -e $policy ] || grep -q "^$mark" $policy; then
        trap "rm -f $policy" EXIT
        trap "exit 1" INT TERM HUP
        printf "#!/bin/sh\n%s\nexit 101\n" "$mark" >$policy
        chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt="apt-get -o Acquire::Retries=2 -o Acquire::http::Timeout=30"
$apt update
$apt -o Dpkg::Options::=--force-confold \
        install -y --no-install-recommends "$@"
'

# packages_install [sudo -n] env PACKAGE...
packages_install() {
        local prefix=() name
        while [ "$1" != env ]; do
                prefix+=("$1")
                shift
        done
        shift
        step "apt-get install $# packages" "$LOG_DIR/apt.log" \
                "${prefix[@]}" sh -c "$packages_script" sh "$@" ||
                packages_no_network "$@"
        for name in "$@"; do
                package_present "$name" ||
                        fail "$name is still missing after apt-get install." \
                                "See $LOG_DIR/apt.log"
        done
}

packages_no_network() {
        fail "Debian's packages could not be installed." \
                "Without a network the first build cannot be made. When apt-get works again," \
                "start the same command once more, or type:" "" \
                "  $(packages_line "$@")"
}
