#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The main job on real kernels: the demo history is built, booted under TCG and bisected without
# --good, and on the way the whole process tree is killed with -9 in a build, in a boot and in a
# run, and the main process alone once more. The same culprit, and no finished run is repeated.
#
# The history and the trees are kept in the cache folder, as `make demo` does it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd) # functions.sh changes the folder
. "$top/tests/cli/functions.sh"
. "$top/tests/vm/demo.sh"

state=$TMP/STATE

session=0
trap '[ $session = 0 ] || pkill -KILL -s $session; cd / && rm -rf "$TMP"' EXIT

# What is left of the program: by the session, and by the state folder in a command line.
leftovers() {
	pgrep -s "$session" 2>/dev/null
	pgrep -f -- "$state/" 2>/dev/null
}

begin() { # ARG...: starts culprit in a session of its own
	setsid "$culprit" "$@" >>"$TMP/out" 2>&1 &
	main=$!
	session=$main
}

last_kind() {
	query "$state" 'select kind from event order by id desc limit 1' 2>/dev/null
}

# The console file of a run in flight shows that the kernel speaks, but the reproducer not yet.
in_boot() {
	[ "$(last_kind)" = run ] || return 1
	local f
	f=$(newest_console) && [ -s "$f" ] && ! grep -aq 'of the reproducer started' "$f"
}

in_run() {
	local f
	f=$(newest_console) && grep -aq 'of the reproducer started' "$f" &&
		[ "$(last_kind)" = run ]
}

in_build() { # some files of the build are compiled
	[ "$(last_kind)" = build ] || return 1
	local f
	f=$(ls -t "$state"/builds/*.log 2>/dev/null | head -n 1)
	[ -n "$f" ] && [ "$(grep -c '^  CC ' "$f")" -ge 5 ]
}

newest_console() {
	local f
	f=$(ls -t "$state"/runs/*.txt 2>/dev/null | head -n 1)
	[ -n "$f" ] && echo "$f"
}

wait_for() { # FUNCTION: until it holds; fails when culprit ends before
	while ! "$1"; do
		kill -0 "$main" 2>/dev/null || return 1
		sleep 0.1
	done
}

kill_tree() {
	kill_session "$session"
	wait "$main" 2>/dev/null
}

# Everything of the session has ended, or does so within seconds.
all_ended() {
	local i

	for ((i = 0; i < 100; i++)); do
		[ -n "$(leftovers)" ] || return 0
		sleep 0.1
	done
	leftovers | xargs ps -o pid,stat,args -p
	return 1
}

demo_history
before=$(git -C "$history" status --porcelain | head; git -C "$history" rev-parse HEAD)

# There must be builds to be killed in: kernels that are kept do not count.
begin bisect --kernel "$history" --bad master --config "$top/demo/config" \
	--repro "$top/demo/repro.c" --dir "$state" --policy syzbot-2020 --runs 2 --run-seconds 3 --guests 2 \
	--guest-cpus 1 --cache "$cache" --cache-size 0

for where in in_build in_boot in_run; do
	if wait_for $where; then
		kill_tree
		ok "killed with -9, the whole tree, $where"
	else
		not_ok "killed with -9, the whole tree, $where"
		tail -n 5 "$TMP/out" | diag
	fi
	check "nothing is left after it" all_ended
	begin resume "$state"
done

if wait_for in_build; then
	kill -KILL "$main"
	wait "$main" 2>/dev/null
	check "the main process killed with -9 in a build: its children end by themselves" all_ended
	begin resume "$state"
else
	not_ok "a build to kill"
fi

wait "$main"
code=$?
check "the bisection ends with a culprit (exit code $code)" test $code -eq 0
[ $code -eq 0 ] || tail -n 20 "$TMP/out" | diag
check "nothing is left running" all_ended

log=$state/bisect.log
check "the culprit is the planted one" \
	test "$(jq -r .culprit.commit "$state/result.json")" = "$truth"
check "the log names it" grep -q "^first bad commit: $truth " "$log"
check "the crash is the planted one" \
	test "$(jq -r .crash.title "$state/result.json")" = "WARNING in __vm_enough_memory"
check "the good release was found by walking back" grep -q '^testing release v6.3$' "$log"
check "revisions that do not build are skipped" \
	test "$(query "$state" "select count(*) from event where kind='built' and outcome='failed'")" -ge 1
check "revisions that do not boot are skipped" \
	test "$(query "$state" "select count(*) from event where kind='ran' and outcome='boot failed'")" -ge 1
check "the culprit lies on a topic branch older than the good release" \
	sh -c "! git -C '$history' merge-base --is-ancestor v6.3 $truth"
check "the signatures of culprit and parent differ" \
	test "$(sed -n 's/^\(culprit\|parent \) signature: //p' "$log" | sort -u | wc -l)" -eq 2
check "no finished run was repeated" test -z "$(query "$state" "select test, run from event
	where kind='ran' and outcome <> 'infrastructure' group by test, run having count(*) > 1")"
check "each test had its runs" test -z "$(query "$state" "select e.test from event e
	where e.kind='verdict' and e.outcome in ('good','bad') and (select count(*) from event r
	where r.kind='ran' and r.test=e.test and r.outcome <> 'infrastructure') <> 2")"
check "the revisions, builds and runs of the result are the journal's" \
	test "$(jq -r '"\(.revisions_tested) \(.builds) \(.runs)"' "$state/result.json")" = \
	"$(query "$state" "select (select count(*) from event where kind='verdict') || ' ' ||
	(select count(*) from event where kind='built' and outcome <> 'broken') || ' ' ||
	(select count(*) from event where kind='ran' and outcome <> 'infrastructure')")"
after=$(git -C "$history" status --porcelain | head; git -C "$history" rev-parse HEAD)
check "the user's tree is untouched" test "$before" = "$after"
grep -v '^  run' "$TMP/out" | diag
done_testing
