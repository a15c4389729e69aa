#!/bin/bash
# test/sensors/station_install.sh -- what a vendor gets builds his station:
# the component "station" alone, one archive, its headers, pkg-config.
#
# Usage: station_install.sh BUILD_DIR CC
set -eu
build=$1 cc=$2
to=$(mktemp -d "${TMPDIR:-/tmp}/sanfang-station-install.XXXXXX")
trap 'rm -rf "$to"' EXIT

cmake --install "$build" --component station --prefix "$to" >/dev/null
lib=$(find "$to" -name libsanfang-station.a)
pc=$(find "$to" -name sanfang-station.pc)
[ -n "$lib" ] && [ -n "$pc" ]
sed -i "s|^prefix=.*|prefix=$to|" "$pc"
export PKG_CONFIG_PATH=${pc%/*}
source=$(find "$to" -path '*station/station.c')
# Nothing of our tree is seen: only what was installed.
# shellcheck disable=SC2046,SC2086
(cd "$to" && "$cc" -D_GNU_SOURCE -Wall -Werror "$source" -o station \
        ${SANITIZE:-} $(pkg-config --cflags --libs sanfang-station) \
        -lpaho-mqtt3as)
status=0
"$to/station" 2>"$to/said" || status=$?
[ "$status" = 2 ]
grep -q '^Usage: station_example' "$to/said"
echo "libsanfang-station: $(stat -c %s "$lib") bytes"
