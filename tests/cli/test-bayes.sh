#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bisect --policy bayes: culprits of commands that fail only now and then, noise, ends that are not
# what they seem, and a bisection that is killed all the time. Whether run n of a revision fails is
# a hash of both, so that a failure of this test can be had again.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git jq sqlite3 setsid cksum
program CULPRIT culprit
program GEN_HISTORY gen_history

make_repo repo --topics-before-good --good 20 --culprit 311 500 60 7
WANT=$(git -C repo rev-parse culprit)

# The command under test: fails RATE of 100 times where the bug is, NOISE of 100 times elsewhere.
cat >test.sh <<'END'
#!/bin/sh
test -e skip && exit 125
rev=$(cat n)
mkdir -p "$COUNTS"
echo run >>"$COUNTS/$rev"
n=$(wc -l <"$COUNTS/$rev")
luck=$(printf '%s %s %s' "$SEED" "$rev" "$n" | cksum | cut -d' ' -f1)
if test -e bad; then limit=$RATE; else limit=$NOISE; fi
test $((luck / 7 % 100)) -ge "$limit"
END
chmod +x test.sh
export RATE=100 NOISE=0 SEED=1

# bisect STATE ARGS...
bisect() {
	local state=$1

	shift
	COUNTS=$TMP/$state.counts "$CULPRIT" bisect --repo repo --bad main --good good --dir "$state" \
		"$@" --run "$TMP/test.sh" >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

runs() {
	query "$1" "SELECT count(*) FROM event WHERE kind = 'ran'"
}

found() {
	[ "$STATUS" = 0 ] && jq -e --arg want "$WANT" \
		'.status == "culprit" and .culprit.commit == $want' "$1/result.json" >/dev/null && return
	echo "exit status $STATUS, $(runs "$1") runs"
	tail -n 5 "$1.out" "$1.err"
	return 1
}

bisect sure
check 'a sure bug, the default policy' found sure
check 'it takes few runs' test "$(runs sure)" -le 40
check 'the parents of the culprit were run and were clean' test "$(
	for p in $(git -C repo rev-parse "$WANT^@"); do
		query sure "SELECT min(count(*), 1) FROM event WHERE kind = 'ran' AND
			outcome = 'clean' AND test IN (
			SELECT test FROM event WHERE kind = 'test' AND rev = '$p')"
	done | grep -c 1)" = "$(git -C repo rev-parse "$WANT^@" | wc -l)"

for seed in 1 2; do
	SEED=$seed RATE=50 bisect "half$seed"
	check "a bug that shows every other time, luck $seed" found "half$seed"
done
SEED=1 RATE=25 NOISE=2 bisect rare
check 'one of four times, with noise' found rare
# Runs of a revision come back to it, each time as a test of its own.
revisions=$(query rare "SELECT count(DISTINCT rev) FROM event WHERE kind = 'test'")
check 'some revisions had several tests' test "$revisions" -lt \
	"$(query rare "SELECT count(*) FROM event WHERE kind = 'test'")"
check 'each revision counts once' grep -q "^$revisions revisions, " rare.out
"$CULPRIT" status rare >rare.status
check 'in the status too' grep -q "^culprit: $revisions revisions, " rare.status

RATE=0 bisect never
check 'a crash that never comes: not reproduced' test $STATUS = 3
RATE=60 NOISE=60 bisect older
check 'it comes on the good end too: older than the range' test $STATUS = 4

# The last good and the first bad revision cannot be told apart when both cannot be tested.
RATE=50 bisect notold --rho 0 --epsilon 0.05 --prior uniform
check 'assumptions of the user: --rho, --epsilon, --prior' found notold
for v in 'rho 2' 'epsilon 0' 'epsilon x' 'prior odd' 'runs 3'; do
	set -- $v
	bisect refused "--$1" "$2"
	check "--$1 $2 is refused" test $STATUS = 1
	one_line "--$1 $2: one line" refused "--$1"
	check "--$1 $2: nothing is left behind" test ! -e refused
done

echo "$WANT 1000  # I know who it was" >given
RATE=50 bisect weights --prior-file given
check '--prior-file' found weights
check 'the weights help' test "$(runs weights)" -le "$(runs half1)"
echo 'nonsense 3' >given
bisect badweights --prior-file given
check 'an unknown revision in --prior-file is refused' test $STATUS = 1
one_line 'it is named, with its line' badweights 'weights.*nonsense'
bisect noweights --prior-file absent
check 'a --prior-file that is not there' test $STATUS = 1
one_line 'it is named' noweights 'absent'

### kill -9: the runs that ended count once, and the answer is the same

export COUNTS=$TMP/killed.counts RATE=50
kills=0
while [ $kills -lt 15 ]; do
	if query killed 'SELECT value FROM request' 2>/dev/null | grep -q .; then
		setsid "$CULPRIT" resume killed >killed.out 2>killed.err </dev/null &
	else
		setsid "$CULPRIT" bisect --repo repo --bad main --good good --dir killed --run \
			"$TMP/test.sh" >killed.out 2>killed.err </dev/null &
	fi
	pid=$!
	sleep "0.$((25 + kills * 7 % 30))"
	is_over $pid && break
	{
		kill_session $pid
		wait $pid
	} 2>/dev/null
	kills=$((kills + 1))
done
"$CULPRIT" resume killed >killed.out 2>killed.err </dev/null
STATUS=$?
check "killed $kills times: the culprit" found killed
check 'it was killed' test $kills -gt 2
check 'no run that ended was repeated' test "$(query killed "
	SELECT count(*) FROM (SELECT test, run FROM event WHERE kind = 'ran'
	AND outcome != 'infrastructure' GROUP BY test, run HAVING count(*) > 1)")" = 0
done_testing
