# shellcheck shell=bash
# server/packaging/sh/build.sh -- the programs and the web page.

# cmake_build PRESET [-DNAME=VALUE...]: into build/PRESET.
cmake_build() {
        local preset=$1
        shift
        step "configure $preset" "$LOG_DIR/cmake-$preset.log" \
                cmake --preset "$preset" -S "$ROOT" "$@" || return 1
        step "compile $preset" "$LOG_DIR/ninja-$preset.log" \
                cmake --build "$BUILD/$preset" || return 1
}

# binary NAME: the path of sanfang or sanfangd in $BIN_DIR's build.
binary() {
        local dir
        for dir in "$BIN_DIR" "$BIN_DIR/bin" "$BIN_DIR/server" \
                "$BIN_DIR/server/tool"; do
                if [ -x "$dir/$1" ] && [ ! -d "$dir/$1" ]; then
                        printf '%s\n' "$dir/$1"
                        return 0
                fi
        done
        return 1
}

# npm_install DIR: what its lock file names, once per lock file.
npm_install() {
        local dir=$1
        [ -f "$dir/package-lock.json" ] || return 0
        if [ "$dir/node_modules/.package-lock.json" -nt \
                "$dir/package-lock.json" ]; then
                return 0
        fi
        step "npm packages for ${dir#"$ROOT"/}" \
                "$LOG_DIR/npm-$(basename "$dir").log" \
                npm --prefix "$dir" ci --no-audit --no-fund ||
                fail "npm could not install what $dir/package-lock.json names." \
                        "It needs the npm registry once. See the log above."
}

console_is_fresh() {
        local out=$BUILD/console
        [ -f "$out/index.html" ] || return 1
        [ -z "$(find "$ROOT/server/console" -name node_modules -prune -o \
                -type f -newer "$out/.built" -print -quit 2>/dev/null ||
                echo changed)" ] && [ -f "$out/.built" ]
}

console_build() {
        [ -f "$ROOT/server/console/build.mjs" ] || return 0
        npm_install "$ROOT/server/console"
        if console_is_fresh; then
                return 0
        fi
        step "build the web page" "$LOG_DIR/console.log" \
                node "$ROOT/server/console/build.mjs" "$BUILD/console" ||
                return 1
        touch "$BUILD/console/.built"
}

verb_build() {
        packages_need build
        cmake_build release -DBUILD_TESTING=OFF || fail "the release build failed."
        console_build || fail "the web page could not be built."
        say "Built: $BUILD/release and $BUILD/console."
}
