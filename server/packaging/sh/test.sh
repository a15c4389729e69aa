# shellcheck shell=bash
# server/packaging/sh/test.sh -- tests, and the other verbs that judge.
#
# Each suite runs although another failed; counts are added up and the
# last line says them.

TEST_PASSED=0
TEST_FAILED=0
TEST_SKIPPED=0
TEST_TIMES=()
CTEST=(ctest)

test_count() {
        TEST_PASSED=$((TEST_PASSED + $1))
        TEST_FAILED=$((TEST_FAILED + $2))
        TEST_SKIPPED=$((TEST_SKIPPED + ${3:-0}))
}

# suite NAME FUNCTION: runs it, and counts one failure when it broke
# without saying how many tests failed.
suite() {
        local name=$1 begin=$SECONDS failed=$TEST_FAILED rc=0 result=ok
        say ""
        say "== $name"
        shift
        "$@" || rc=$?
        if [ "$rc" != 0 ] && [ "$TEST_FAILED" = "$failed" ]; then
                test_count 0 1
        fi
        [ "$TEST_FAILED" = "$failed" ] || result=FAILED
        TEST_TIMES+=("$(printf '%-10s %4d s  %s' "$name" \
                $((SECONDS - begin)) "$result")")
}

# test_ctest PRESET [ARGUMENT...]: the tests of one build.
test_ctest() {
        local preset=$1 log rc=0 xml line tests failures skipped
        shift
        log=$LOG_DIR/ctest-$preset.log
        xml=$BUILD/$preset/junit.xml
        rm -f "$xml"
        step "ctest $preset $*" "$log" "${CTEST[@]}" --test-dir "$BUILD/$preset" \
                -j 2 --output-on-failure --no-tests=error \
                --output-junit "$xml" "$@" || rc=$?
        line=$(tr '\n\t' '  ' 2>/dev/null <"$xml" | grep -o '<testsuite [^>]*>' ||
                true)
        tests=$(test_attribute tests "$line")
        failures=$(test_attribute failures "$line")
        skipped=$(test_attribute skipped "$line")
        skipped=$((skipped + $(test_attribute disabled "$line")))
        test_count $((tests - failures - skipped)) "$failures" "$skipped"
        grep -E '^\s*[0-9]+ - .*\((Failed|Timeout|.*Exception.*|Not Run.*|SEGFAULT)\)' \
                "$log" | sed 's/^/  /' || true
        say "  $((tests - failures - skipped)) of $tests passed"
        [ "$tests" -gt 0 ] || return 1
        return "$rc"
}

test_attribute() {
        local value
        value=$(printf '%s' "$2" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' ||
                true)
        printf '%s\n' "${value:-0}"
}

test_unit() {
        cmake_build dev -DSANFANG_WERROR=ON || return 1
        test_ctest dev
}

test_asan() {
        cmake_build asan || return 1
        ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
                UBSAN_OPTIONS=print_stacktrace=1 \
                test_ctest asan -LE layers
}

# Thread sanitizer: the tests that have threads carry the label.  Without
# address randomisation, which some kernels make too wide for it.
test_tsan() {
        local CTEST=(ctest)
        cmake_build tsan || return 1
        if setarch -R true 2>/dev/null; then
                CTEST=(setarch -R ctest)
        fi
        TSAN_OPTIONS=halt_on_error=1 test_ctest tsan -L threads
}

# test_script FILE: runs one script into its log; its status goes to a file
# beside it.
test_script() {
        local name log rc=0
        name=$(test_name "$1")
        log=$LOG_DIR/${name//\//-}.log
        case $1 in
        *.sh) step "$name" "$log" bash "$1" || rc=$? ;;
        *) step "$name" "$log" node "$1" || rc=$? ;;
        esac
        printf '%s\n' "$rc" >"$log.rc"
}

# test_name FILE: its folder in test/ and its name without the ending.
test_name() {
        local name=${1#"$ROOT/test/"}
        printf '%s\n' "${name%.*}"
}

# test_script_count NAME: adds what the script's log says. It prints "ok ..."
# or "not ok ..." lines; without any it counts as one.
test_script_count() {
        local log=$LOG_DIR/${1//\//-}.log rc ok bad skip
        rc=$(cat "$log.rc" 2>/dev/null || echo 1)
        ok=$(grep -cE '^ok( |$)' "$log" || true)
        skip=$(grep -cE '^ok .*# (SKIP|skip)' "$log" || true)
        bad=$(grep -cE '^not ok( |$)' "$log" || true)
        if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then
                bad=1
        elif [ "$rc" = 0 ] && [ $((ok + bad)) = 0 ]; then
                ok=1
        fi
        grep -E '^(not )?ok( |$)' "$log" | sed 's/^/  /' || true
        test_count $((ok - skip)) "$bad" "$skip"
}

# test_scripts FOLDER...: every test_*.sh and test_*.mjs in them, two at a
# time: most of them wait most of the time. What each says comes in order.
test_scripts() {
        local folder file name log names=() pids=() i
        for folder in "$@"; do
                for file in "$ROOT/test/$folder"/test_*.sh \
                        "$ROOT/test/$folder"/test_*.mjs; do
                        [ -f "$file" ] || continue
                        while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
                                wait -n || true
                        done
                        name=$(test_name "$file")
                        log=$LOG_DIR/${name//\//-}.log
                        rm -f "$log.rc"
                        say "- $name begins"
                        test_script "$file" >"$log.said" 2>&1 &
                        names+=("$name")
                        pids+=($!)
                done
        done
        for i in "${!pids[@]}"; do
                wait "${pids[i]}" 2>/dev/null || true
                cat "$LOG_DIR/${names[i]//\//-}.log.said"
                test_script_count "${names[i]}"
        done
        [ "${#names[@]}" -gt 0 ] || say "  (no tests in $*)"
}

test_stack() {
        cmake_build release -DBUILD_TESTING=OFF || return 1
        console_build || return 1
        test_scripts stack
}

test_browser() {
        cmake_build release -DBUILD_TESTING=OFF || return 1
        console_build || return 1
        npm_install "$ROOT/test/console"
        npm_install "$ROOT/test/browser"
        # One after the other: two browsers that draw by software starve each
        # other on two cores.
        test_scripts console
        test_scripts browser
}

verb_test() {
        local suites=("$@") name
        [ "${#suites[@]}" -gt 0 ] || suites=(unit stack browser asan tsan)
        for name in "${suites[@]}"; do
                case $name in
                unit | stack | browser | asan | tsan) ;;
                layers) ;;
                *) fail "there is no suite \"$name\"." \
                        "Suites: unit layers stack browser asan tsan." ;;
                esac
        done
        packages_need build run test
        for name in "${suites[@]}"; do
                suite "$name" "test_$name"
        done
        say ""
        printf '%s\n' "${TEST_TIMES[@]}"
        say ""
        if [ "$TEST_SKIPPED" = 0 ]; then
                say "$TEST_PASSED passed, $TEST_FAILED failed"
        else
                say "$TEST_PASSED passed, $TEST_FAILED failed, $TEST_SKIPPED skipped"
        fi
        [ "$TEST_FAILED" = 0 ]
}

# The house rules alone; `unit` has them too.
test_layers() {
        cmake_build dev -DSANFANG_WERROR=ON || return 1
        test_ctest dev -L layers
}

# ---- bench, fault: programs of the tests; fuzz; check ----

verb_bench() {
        packages_need build run
        if [ "${1:-}" = prometheus ]; then
                packages_need prometheus
        fi
        verb_build
        exec "$ROOT/test/bench/run" "$@"
}

verb_fault() {
        packages_need build run
        verb_build
        exec "$ROOT/test/fault/run" "$@"
}

verb_fuzz() {
        packages_need build fuzz
        mkdir -p "$LOG_DIR"
        step "configure fuzz" "$LOG_DIR/cmake-fuzz.log" \
                cmake -S "$ROOT" -B "$BUILD/fuzz" -G Ninja \
                -DCMAKE_BUILD_TYPE=RelWithDebInfo \
                -DCMAKE_C_COMPILER=clang-14 -DSANFANG_FUZZ=ON \
                -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link \
                "-DSANFANG_SANITIZE=address;undefined" -DBUILD_TESTING=ON ||
                fail "the fuzz build could not be configured."
        step "compile fuzz" "$LOG_DIR/ninja-fuzz.log" \
                cmake --build "$BUILD/fuzz" --target test/fuzz/all || fail "the fuzz build failed."
        SANFANG_FUZZ_DIR=$BUILD/fuzz exec "$ROOT/test/fuzz/run" "$@"
}

# tool NAME: Debian's versioned name first, so that every machine judges
# alike.
tool() {
        type -P "$1-14" || type -P "$1"
}

check_format() {
        local files=()
        mapfile -t files < <(cd "$ROOT" && git ls-files '*.c' '*.h')
        (cd "$ROOT" && "$(tool clang-format)" --dry-run -Werror "${files[@]}")
}

check_tidy() {
        local files=()
        mapfile -t files < <(cd "$ROOT" && git ls-files '*.c' |
                grep -vE '^test/(fuzz|layers)/')
        (cd "$ROOT" && printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P 2 \
                "$(tool clang-tidy)" -p "$BUILD/dev" --quiet \
                --warnings-as-errors='*')
}

check_shell() {
        local files=()
        mapfile -t files < <(cd "$ROOT" && git ls-files '*.sh' && printf 'run\n.ci/run\n')
        (cd "$ROOT" && shellcheck -x "${files[@]}")
}

verb_check() {
        local bad=0
        packages_need build check
        cmake_build dev -DSANFANG_WERROR=ON || bad=1
        step "clang-format" "$LOG_DIR/check-format.log" check_format || bad=1
        step "clang-tidy" "$LOG_DIR/check-tidy.log" check_tidy || bad=1
        step "shellcheck" "$LOG_DIR/check-shell.log" check_shell || bad=1
        [ "$bad" = 0 ] || fail "the check found something; the logs are in $LOG_DIR."
        say "Nothing found."
}
