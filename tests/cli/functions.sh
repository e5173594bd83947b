# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions for the shell tests; each test starts with
#
#	#!/bin/bash
#	set -u
#	. "$(dirname "$0")/functions.sh"
#
# and prints TAP, one line a check. What a test finds after that line:
#
#	$TMP     an empty directory, the current one too, removed at the end
#	git      without the user's and the machine's configuration, with a fixed name and date
#
#	requires CMD...          skips the whole test when a command is missing
#	program VAR NAME         sets VAR to the path of a program of the build, else skips the test.
#	                         Looked for in $CULPRIT_BUILD (a list of folders separated by colons)
#	skip_all REASON          skips the whole test
#	ok DESC; not_ok DESC     a check that held; one that did not
#	check DESC CMD...        ok when CMD exits 0; its output is shown otherwise
#	same DESC WANT GOT       ok when two files are equal; the difference is shown otherwise
#	one_line DESC NAME PATTERN   ok when the file NAME.err is one line that matches
#	make_repo FOLDER ARGS...     a repository with the history that gen_history ARGS makes
#	query STATE SQL          asks the journal, also of a bisection at work; writes nothing
#	session_of PID           the processes of the session that PID leads
#	is_over PID              has that child ended? It need not have been waited for
#	kill_session PID         ends them with -9
#	wait_until SECONDS CMD...    until CMD exits 0; fails when it does not
#	diag [TEXT]              a comment; without TEXT, each line of standard input
#	plan N                   announces N checks, where the number is known before
#	done_testing             the end of every test: the plan unless announced, and the exit status
#
# The status is 0 when all checks held, 1 when one did not, 77 when the test was skipped. A runner
# that reads TAP takes any other status than 0 for a breakdown: it sets CULPRIT_SKIP_STATUS=0.

TAP_COUNT=0
TAP_FAILED=0
TAP_PLANNED=

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME='A U Thor' GIT_AUTHOR_EMAIL=author@example.com
export GIT_COMMITTER_NAME='A U Thor' GIT_COMMITTER_EMAIL=author@example.com
export GIT_AUTHOR_DATE='1600000000 +0000' GIT_COMMITTER_DATE='1600000000 +0000'
export LC_ALL=C TZ=UTC
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

# Needs `program GEN_HISTORY gen_history`.
make_repo() {
	local folder=$1

	shift
	git init -q "$folder"
	"$GEN_HISTORY" "$@" | git -C "$folder" fast-import --quiet || skip_all "git fast-import failed"
	git -C "$folder" symbolic-ref HEAD refs/heads/main
	git -C "$folder" reset -q --hard
}

# A journal that is not there is not made, or the bisection that makes it would find it there.
query() {
	sqlite3 -readonly -cmd '.timeout 5000' "$1/journal.db" "$2"
}

diag() {
	if [ $# -gt 0 ]; then
		printf '# %s\n' "$*"
	else
		sed 's/^/# /'
	fi
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit "${CULPRIT_SKIP_STATUS:-77}"
}

requires() {
	local cmd

	for cmd in "$@"; do
		command -v "$cmd" >/dev/null || skip_all "$cmd is not installed"
	done
}

program() {
	local folder folders

	IFS=: read -ra folders <<<"${CULPRIT_BUILD-}"
	for folder in "${folders[@]}"; do
		if [ -x "$folder/$2" ]; then
			printf -v "$1" '%s' "$(realpath "$folder/$2")"
			return
		fi
	done
	skip_all "no program $2 in CULPRIT_BUILD (${CULPRIT_BUILD-not set})"
}

ok() {
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $*"
}

not_ok() {
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_COUNT - $*"
}

check() {
	local desc=$1 out status

	shift
	out=$("$@" 2>&1)
	status=$?
	if [ $status -eq 0 ]; then
		ok "$desc"
	else
		not_ok "$desc"
		diag "$* exited with $status"
		[ -z "$out" ] || diag <<<"$out"
	fi
}

same() {
	local difference

	if difference=$(diff -u "$2" "$3" 2>&1); then
		ok "$1"
	else
		not_ok "$1"
		diag <<<"$difference"
	fi
}

# stderr of a command is one line that matches
one_line() {
	if [ "$(wc -l <"$2.err")" = 1 ] && grep -q -- "$3" "$2.err"; then
		ok "$1"
	else
		not_ok "$1"
		diag "wanted: $3"
		diag <"$2.err"
	fi
}

# Not those that only wait to be reaped.
session_of() {
	ps -o pid=,stat= -s "$1" | awk '$2 !~ /^Z/ { print $1 }'
}

# A child that has ended. Its session may be empty before setsid has begun it, too.
is_over() {
	! ps -o stat= -p "$1" | grep -qv '^Z'
}

# A process may fork while the list is read: until there is none.
kill_session() {
	local pids

	while pids=$(session_of "$1") && [ -n "$pids" ]; do
		# shellcheck disable=SC2086
		kill -9 $pids 2>/dev/null
		sleep 0.01
	done
}

wait_until() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 0.02
	done
}

plan() {
	TAP_PLANNED=$1
	echo "1..$1"
}

done_testing() {
	[ -n "$TAP_PLANNED" ] || echo "1..$TAP_COUNT"
	if [ -n "$TAP_PLANNED" ] && [ "$TAP_PLANNED" -ne "$TAP_COUNT" ]; then
		diag "planned $TAP_PLANNED checks, made $TAP_COUNT"
		exit 1
	fi
	exit $((TAP_FAILED > 0))
}

TMP=$(mktemp -d) || exit 1
trap 'cd / && rm -rf "$TMP"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
# Programs given by a relative path must be found after the change of directory.
if [ -n "${CULPRIT_BUILD-}" ]; then
	CULPRIT_BUILD=$(
		IFS=:
		for folder in $CULPRIT_BUILD; do
			realpath -m "$folder"
		done | paste -sd:
	)
fi
cd "$TMP" || exit 1
