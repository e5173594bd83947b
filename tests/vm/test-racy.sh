#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A race on real kernels: demo/racy, with two processors. How often it shows depends on the machine and
# on what else that does: the reproducer's writes are set so that it is in 10 to 50 of a hundred runs
# of the newest revision; then it is bisected to the culprit. Takes ten minutes to an hour, so it is for
# the nightly suite.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd) # functions.sh changes the folder
. "$top/tests/cli/functions.sh"

[ -n "${CULPRIT_SLOW_TESTS-}" ] || skip_all "takes an hour (CULPRIT_SLOW_TESTS=1)"
. "$top/tests/vm/demo.sh"
demo_history racy
sed 's/^# CONFIG_DEVMEM is not set/CONFIG_DEVMEM=y/' "$top/demo/config" >config
check 'its config has /dev/mem' grep -qx CONFIG_DEVMEM=y config

# bisect STATE OPTION...: $status
bisect() {
	local state=$1

	shift
	"$culprit" bisect --kernel "$history" --bad master --good v6.1 --config config \
		--repro "repro$writes" --dir "$state" --cache "$cache" --guest-cpus 2 \
		--run-seconds 5 "$@" >"$state.out" 2>&1 </dev/null
	status=$?
	tail -n 4 "$state.out" | diag
}

# rates STATE: of each test, what it was and how many runs crashed
rates() {
	query "$1" "SELECT t.test || ' ' || substr(t.rev, 1, 12) || ' ' ||
		coalesce(v.outcome, '-') || ' ' || sum(r.outcome = 'crashed') || ' ' || count(*)
		FROM event r JOIN event t ON t.kind = 'test' AND t.test = r.test
		LEFT JOIN event v ON v.kind = 'verdict' AND v.test = r.test
		WHERE r.kind = 'ran' AND r.outcome IN ('crashed', 'clean') GROUP BY t.test"
}

### how often: all runs of one revision, so that no rule of when to stop colours it

# measure WRITES: $writes, $crashed, $runs
measure() {
	writes=$1
	gcc -static -O1 -pthread -DWRITES="$writes" -o "repro$writes" "$top/demo/racy/repro.c"
	bisect "rate$writes" --policy syzbot-2020 --runs 40 --max-runs 40
	read -r crashed runs < <(rates "rate$writes" |
		awk '{ c += $4; n += $5 } END { print c + 0, n + 0 }')
	diag "$writes writes on the newest revision: $crashed of $runs runs crash"
}

# Each write has the same chance: as many of them as make 30 of a hundred runs crash.
better() {
	awk -v c="$crashed" -v n="$runs" -v w="$writes" 'BEGIN {
		rate = (c + 0.5) / (n + 1)
		to = int(w * log(1 - 0.3) / log(1 - rate) + 0.5)
		print (to < 1 ? 1 : to > 400 ? 400 : to)
	}'
}

fits() {
	[ "$crashed" -gt 0 ] && [ $((crashed * 10)) -ge "$runs" ] && [ $((crashed * 2)) -le "$runs" ]
}

measure 16
for _ in 1 2 3; do
	to=$(better)
	fits || [ "$to" = "$writes" ] || measure "$to"
done
check 'the bug shows in 10 to 50 of a hundred runs' fits
check 'forty of them were counted' test "$runs" -ge 40

### the bisection

bisect racy --policy bayes
rates racy | while read -r test rev verdict crashed runs; do
	diag "test $test, $rev, $verdict: $crashed of $runs runs crash"
done
check "it ends with a culprit (exit code $status)" test "$status" = 0
check 'the culprit is the planted one' \
	test "$(jq -r .culprit.commit racy/result.json)" = "$truth"
check 'the crash is the planted one' test "$(jq -r .crash.title racy/result.json)" = \
	'WARNING in wp_page_copy'
# Not 99 %: until many revisions were seen, the runs fit kernels that crash without the bug.
check 'it is as sure as a name has to be' jq -e '.candidates[0].probability >= 0.95' racy/result.json
check 'runs of bad revisions that were clean did not mislead it' test "$(rates racy |
	awk '$3 == "bad" { n += $5 - $4 } END { print n + 0 }')" -gt 0
check 'the log has the runs one by one' grep -q '^run #[0-9]*: crashed: WARNING in wp_page_copy$' \
	racy/bisect.log
done_testing
