#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All tests: gcc with sanitizers runs them, clang compiles everything, both without a warning.
# check.sh [--fast]: --fast leaves the virtual machines out; those of the nightly suite are there with
# CULPRIT_SLOW_TESTS=1 alone. The last line counts single checks.
set -u
cd "$(dirname "$0")/.." || exit 1

fast=
[ "${1-}" = --fast ] && fast="--no-suite vm"
[ -n "${CULPRIT_SLOW_TESTS-}" ] || fast="$fast --no-suite nightly"

build=build-check
passed=0 failed=0 skipped=0

# step NAME CMD...: something that passes or fails as a whole
step() {
	local name=$1 log
	shift
	log=$(mktemp)
	if "$@" >"$log" 2>&1; then
		echo "ok: $name"
		passed=$((passed + 1))
	else
		echo "FAILED: $name"
		tail -n 60 "$log"
		failed=$((failed + 1))
	fi
	rm -f "$log"
}

configure() { # DIR CC OPTION...
	local dir=$1 cc=$2
	shift 2
	[ -e "$dir/build.ninja" ] || CC=$cc meson setup "$dir" -Dtests=true -Dwerror=true "$@"
}

step "configure (gcc)" configure $build gcc -Db_sanitize=address,undefined -Db_lundef=false
step "configure (clang)" configure build-clang clang -Dbuildtype=release
step "compile with gcc, no warning" ninja -C $build
step "compile with clang, no warning" ninja -C build-clang

# shellcheck disable=SC2086 # no words when empty
meson test -C $build --no-rebuild --print-errorlogs --num-processes 2 $fast

# The public corpus of crash reports, where the machine has it.
corpus=$PWD/../shared/corpus
if [ -x "$corpus/check" ] && command -v python3 >/dev/null; then
	step "crash reports of the corpus" "$corpus/check" --culprit $build/culprit \
		--min title=97 --min no-crash=100 --min type=97 --min corrupted=95 --min alt=93 \
		--min guilty=95 --min panicked=98 --min suppressed=98
fi

# The public bisection logs, the same.
if [ -d ../shared/logs-study ]; then
	step "bisection logs of the study" scripts/check-logs.sh $build/culprit
	step "audits of the study's logs" scripts/check-audit.sh $build/culprit
fi

# A TAP test counts by its single checks; a test that broke down counts as one that failed.
counts=$(jq -rs '
	[.[] | {r: .result, out: (.stdout // "")} |
	 (.out | [scan("(?m)^ok [^\n]*")]) as $ok |
	 (.out | [scan("(?m)^not ok [^\n]*")] | length) as $bad |
	 ($ok | map(select(test("# *SKIP"; "i"))) | length) as $skip |
	 if .r == "SKIP" then [0, 0, 1]
	 elif .r == "OK" or .r == "EXPECTEDFAIL" then
		[([($ok | length) - $skip, (if ($ok | length) == 0 then 1 else 0 end)] | max), 0, $skip]
	 else [(($ok | length) - $skip), ([$bad, 1] | max), $skip] end] |
	"\(map(.[0]) | add) \(map(.[1]) | add) \(map(.[2]) | add)"' \
	$build/meson-logs/testlog.json)
read -r p f s <<<"${counts:-0 1 0}"
passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
if [ $skipped -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ]
