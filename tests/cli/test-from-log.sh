#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bisect --from-log: what another bisection ran saves runs and revisions when it is right, and is
# corrected when it is not; logs of both grammars, written by bisections of this test; a tree whose
# ids are other ones; kill -9; logs that cannot be gone on from.

set -u
TESTS=$(realpath "$(dirname "$0")")
data=$TESTS/../data/logs
. "$TESTS/functions.sh"

requires git jq sqlite3 setsid cksum awk
program CULPRIT culprit
program GEN_HISTORY gen_history

make_repo repo --topics-before-good --good 20 --culprit 311 500 60 7
WANT=$(git -C repo rev-parse culprit)
MAIN=$(git -C repo rev-parse main)

# The command under test: fails RATE of 100 times where the bug is; LIE and FAKE are revisions
# where it never and always does.
cat >test.sh <<'END_OF_TEST'
#!/bin/sh
rev=$(cat n)
test "$rev" = "$LIE" && exit 0
test "$rev" = "$FAKE" && exit 1
mkdir -p "$COUNTS"
echo run >>"$COUNTS/$rev"
n=$(wc -l <"$COUNTS/$rev")
luck=$(printf '%s %s %s' "$SEED" "$rev" "$n" | cksum | cut -d' ' -f1)
if test -e bad; then limit=$RATE; else limit=0; fi
test $((luck / 7 % 100)) -ge "$limit"
END_OF_TEST
chmod +x test.sh
export RATE=100 SEED=1 LIE=none FAKE=none

# bisect STATE ARGS...
bisect() {
	local state=$1

	shift
	COUNTS=$TMP/$state.counts "$CULPRIT" bisect --dir "$state" "$@" --run "$TMP/test.sh" \
		>"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

# The log of somebody else: ten runs of each revision, one crash is bad.
foreign() { # STATE ARGS...
	bisect "$1" --repo repo --bad main --good good --policy syzbot-2020 --check-ends "${@:2}"
	cp "$1/bisect.log" "$1.log"
}

events() { # STATE CONDITION
	query "$1" "SELECT count(*) FROM event WHERE $2"
}

found() { # STATE [WANT]
	[ "$STATUS" = 0 ] && jq -e --arg want "${2-$WANT}" \
		'.status == "culprit" and .culprit.commit == $want' "$1/result.json" >/dev/null && return
	echo "exit status $STATUS"
	cat "$1.out" "$1.err"
	return 1
}

names() { # LOG: the commit that it names
	sed -n 's/^first bad commit: \([0-9a-f]*\) .*/\1/p' "$1"
}

# fewer WHAT PERCENT STATE STATE: at most so many as in the second
fewer() {
	local a b

	a=$(jq ".$1" "$3/result.json") b=$(jq ".$1" "$4/result.json")
	[ $((100 * a)) -le $(($2 * b)) ] || {
		echo "$3: $1 $a, $4 $b"
		return 1
	}
}

own_runs() { # STATE REV: how they ended
	query "$1" "SELECT DISTINCT outcome FROM event WHERE kind = 'ran' AND test IN (
		SELECT test FROM event WHERE kind = 'test' AND rev = '$2')"
}

# Of the culprit and of its parents.
checked() { # STATE
	local p

	[ "$(own_runs "$1" "$WANT")" = crashed ] || return 1
	for p in $(git -C repo rev-parse "$WANT^@"); do
		[ "$(own_runs "$1" "$p")" = clean ] || return 1
	done
}

### a log that is right

foreign right2020 --log-format 2020
foreign rightnow --log-format now
check 'the logs name the culprit' test "$(names right2020.log)$(names rightnow.log)" = "$WANT$WANT"
bisect fresh --repo repo --bad main --good good
check 'without a log' found fresh
for era in 2020 now; do
	bisect from$era --repo repo --from-log right$era.log
	check "from the log of $era, with its ends" found from$era
	# The runs that the end takes, and the check of the answer, are the same in both.
	check "at most two thirds of the runs, $era" fewer runs 67 from$era fresh
	check "and half of the revisions, $era" fewer revisions_tested 50 from$era fresh
	check "the culprit and its parents were run here, $era" checked from$era
done
check 'the bad end is what the log set out from' test "$(events from2020 \
	"kind = 'range' AND rev = '$MAIN'")" = 1
check 'the good end is that of the log' test "$(events from2020 \
	"kind = 'range' AND text LIKE '$(git -C repo rev-parse good)%'")" = 1
bisect explicit --repo repo --from-log right2020.log --bad main~3 --good good
check '--bad wins over the log' test "$(events explicit \
	"kind = 'range' AND rev = '$(git -C repo rev-parse main~3)'")" = 1
check 'with it too' found explicit
check 'the log is read once and kept' cmp right2020.log from2020/from.log

### what is told

check 'progress sums up what entered' grep -q \
	'^from right2020.log: [0-9]* revisions, [0-9]* runs ([0-9]* crashed, [0-9]* did not) enter as evidence$' \
	from2020.out
check 'and what lies outside' grep -q '^  1 revision lies outside of the range' from2020.out
check 'result.json' jq -e --arg want "$WANT" '.foreign.log == "right2020.log" and
	any(.foreign.revisions[]; .commit == $want and .crashed == 10 and .clean == 0)' \
	from2020/result.json
check 'which is null without a log' jq -e '.foreign == null and has("foreign")' fresh/result.json
check 'bisect.log' grep -q "^foreign: $WANT: 10 crashed (exit status 1)\$" from2020/bisect.log
emitted() {
	"$CULPRIT" replay --emit "$1" | cmp - "$1"
}
check 'which replay gives back' emitted from2020/bisect.log
bisect again --repo repo --from-log from2020/bisect.log
check 'nor takes for runs of ours' test "$(jq '.foreign.revisions | length' again/result.json)" = "$(
	query from2020 "SELECT count(DISTINCT rev) FROM event WHERE kind = 'test' AND
		rev != '$(git -C repo rev-parse good)'")"
check 'status' bash -c "'$CULPRIT' status from2020 | grep -q '^from right2020.log: '"
check 'show marks it' bash -c "'$CULPRIT' show from2020 | grep -q '^~ ${WANT:0:12} *0 *10 '"
json() {
	"$CULPRIT" show --json "$@" | jq -e --arg want "$WANT" "$EXPR"
}
EXPR='[.evidence[] | select(.commit == $want)] | map([.foreign, .same]) == [[false, 2], [true, 10]] or
	map(.foreign) == [false, true]'
check 'show --json too' json from2020
EXPR='all(.what_if.evidence[] | select(.commit == $want); .excluded and .log10_odds == null)'
check 'show --what-if --exclude leaves it out as well' json --what-if --exclude "$WANT" from2020

### a log that is wrong

# One revision with the bug that was clean ten times, by luck: the answer is above it.
steps() { # KIND: revisions that it marked
	sed -n "s/^# git bisect $1 \([0-9a-f]*\)\$/\1/p" right2020.log
}
number() {
	git -C repo show "$1:n"
}
first=$(steps bad | head -n 1)
LIE=$(number "$first") foreign lucky
check 'one lucky good: the log names another commit' test "$(names lucky.log)" != "$WANT" -a \
	-n "$(names lucky.log)"
bisect fromlucky --repo repo --from-log lucky.log
check 'it is corrected' found fromlucky
LIE=$(number "$WANT") foreign unlucky
check 'the culprit itself was clean by luck' test "$(names unlucky.log)" != "$WANT"
bisect fromunlucky --repo repo --from-log unlucky.log
check 'it was run again' test "$(own_runs fromunlucky "$WANT")" = crashed
check 'and is found' found fromunlucky
FAKE=$(number "$(steps good | head -n 1)") foreign fake
check 'another bug on one revision: the log names another commit' test "$(names fake.log)" != "$WANT"
bisect fromfake --repo repo --from-log fake.log
check 'that is corrected too' found fromfake
RATE=40 SEED=3 bisect rare --repo repo --from-log right2020.log
check 'sure there, rare here' found rare
check 'it takes less than without the log' bash -c "
	$(declare -f bisect)
	TMP=$TMP CULPRIT=$CULPRIT RATE=40 SEED=3
	export RATE SEED
	bisect rarefresh --repo repo --bad main --good good
	[ \$(jq .runs rare/result.json) -lt \$(jq .runs rarefresh/result.json) ]"

### kill -9

cp right2020.log gone.log
kills=0
export COUNTS=$TMP/killed.counts RATE=50
while [ $kills -lt 12 ]; do
	if query killed 'SELECT value FROM request' 2>/dev/null | grep -q .; then
		rm -f gone.log
		setsid "$CULPRIT" resume killed >killed.out 2>killed.err </dev/null &
	else
		setsid "$CULPRIT" bisect --repo repo --from-log gone.log --dir killed --run \
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
check "killed $kills times, the log gone: the culprit" found killed
check 'it was killed' test $kills -gt 2
check 'the evidence entered once' test "$(events killed "kind = 'foreign'")" = 1
export RATE=100

### the same tree with other ids

# N commits "kernel: change number I"; two of them have one subject; the bug comes with 70.
linear() { # FOLDER DATE
	git init -q "$1"
	awk -v date="$2" 'BEGIN {
		for (i = 1; i <= 120; i++) {
			what = "kernel: change number " (i == 50 ? 49 : i)
			print "commit refs/heads/main\ncommitter A <a@b.c> " date + i " +0000"
			print "data " length(what) "\n" what
			print "M 100644 inline n\ndata " length(i) "\n" i
			if (i == 70) print "M 100644 inline bad\ndata 1\nx"
			print ""
			if (i == 1) print "reset refs/tags/v1.0\nfrom refs/heads/main\n"
		}
	}' | git -C "$1" fast-import --quiet
	git -C "$1" symbolic-ref HEAD refs/heads/main
	git -C "$1" reset -q --hard
}
linear today 1600000000
linear tomorrow 1700000000
change() { # FOLDER NUMBER
	git -C "$1" log --format=%H --grep="change number $2\$" -1
}
bisect next --repo today --bad main --good v1.0 --policy syzbot-2020
same_subject=$(git -C today log --format=%H --grep='change number 49$')
{
	cat next/bisect.log
	set -- $same_subject
	printf '# git bisect good %s\n' "$2"
	printf 'Bisecting: 9 revisions left to test after this (roughly 3 steps)\n'
	printf '[%s] kernel: change number 49\ntesting commit %s with x\nall runs: OK\n' "$1" "$1"
	printf '# git bisect good %s\n' "$1"
} | awk '/^[0-9a-f]* is the first bad commit/ { skip = 1 }
	/^# git bisect good/ { skip = 0 }
	!skip' >next.log
bisect fromnext --repo tomorrow --from-log next.log --bad main --good v1.0
check 'revisions that have other ids here' found fromnext "$(change tomorrow 70)"
check 'are found by their subjects' grep -q 'is taken for the only commit here with its subject' \
	fromnext.out
check 'as many as the log had' test "$(jq '.foreign.revisions | length' fromnext/result.json)" -ge 5
check 'two of one subject: left out, in a line' test "$(grep -c \
	'^  .*number 49) is left out: it is not in the repository$' fromnext.out)" = 1
bisect nostart --repo tomorrow --from-log next.log
check 'the start is not there: exit status 1' test $STATUS = 1
one_line 'one line says so' nostart 'does not have: give the revision that crashes with --bad'
bisect nogood --repo tomorrow --from-log right2020.log --bad main
one_line 'nor is the good end' nogood 'give one with --good'

### what cannot be

refused() { # NAME PATTERN ARGS...
	bisect "$1" "${@:3}"
	[ $STATUS = 1 ] && [ ! -e "$1" ] && [ "$(wc -l <"$1.err")" = 1 ] &&
		grep -q -- "$2" "$1.err" && return
	echo "exit status $STATUS"
	cat "$1.err"
	return 1
}
other=(--repo tomorrow --bad main --good v1.0)
check 'a log of another repository' refused other \
	"right2020.log does not fit: of the $(grep -c '^testing commit' right2020.log) revisions that" \
	"${other[@]}" --from-log right2020.log
check 'no such file' refused absent 'absent.log: cannot read' --repo repo --from-log absent.log
check 'no log' refused text 'no line of a bisection log' --repo repo --from-log test.sh
check 'a log without a run' refused empty 'no run that was clean or crashed' --repo repo \
	--from-log <(head -n 2 right2020.log)
check 'a log that looks for a fix' refused fix 'what mended the bug' --repo repo --from-log \
	<(sed 's/^bisecting cause commit starting from/bisecting fixing commit since/' right2020.log)
check 'a policy that believes verdicts' refused policy 'from-log needs --policy bayes' --repo repo \
	--from-log right2020.log --policy git-bisect
check 'a good end that is no ancestor' refused sideways 'not an ancestor\|bad one itself' --repo repo \
	--from-log right2020.log --bad good~1
for log in "$data"/*.txt; do
	name=$(basename "$log" .txt)
	check "one line for $name" refused "$name" '^culprit: ' --repo repo --from-log "$log"
done

# Cut off anywhere, it goes on or says in one line why not.
cuts() {
	local lines at

	lines=$(wc -l <right2020.log)
	for at in 3 5 9 17 $((lines / 2)) $((lines - 3)); do
		head -n $at right2020.log | head -c -7 >cut.log
		rm -rf cut
		bisect cut --repo repo --from-log cut.log --good good
		found cut || { [ $STATUS = 1 ] && [ "$(wc -l <cut.err)" = 1 ]; } || return 1
	done
}
check 'logs that are cut off' cuts
bisect piped --repo repo --from-log - --bad main --good good
one_line 'an empty standard input' piped 'standard input: no line'
done_testing
