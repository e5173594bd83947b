#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bisect --run: the same culprits as `git bisect run`, in no more runs, without a trace in the
# user's repository, whatever way it ends.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git jq sqlite3 setsid
program CULPRIT culprit
program GEN_HISTORY gen_history

# The command under test: counts its runs in $COUNT.
cat >test.sh <<'END'
#!/bin/sh
echo run >>"$COUNT"
test -e skip && exit 125
test ! -e bad
END
chmod +x test.sh

bisect() {
	local repo=$1 state=$2

	shift 2
	COUNT=$TMP/$state.count "$CULPRIT" bisect --repo "$repo" --bad main --dir "$state" \
		--policy git-bisect "$@" \
		>"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

resume() {
	COUNT=$TMP/$1.count "$CULPRIT" resume "$1" >"$1.out" 2>"$1.err" </dev/null
	STATUS=$?
}

found() {
	[ "$STATUS" = 0 ] && jq -e --arg want "$2" \
		'.status == "culprit" and .culprit.commit == $want' "$1/result.json" && return
	echo "exit status $STATUS"
	cat "$1.out" "$1.err"
	return 1
}

# Everything that a user would notice in a repository.
trace() {
	(
		cd "$1" || exit
		find . -path ./.git/objects -prune -o -type f -printf '%p %s %T@\n' | sort
		cat .git/HEAD .git/index
		git for-each-ref
		git worktree list
		git stash list
	) 2>&1
}

count() {
	wc -l <"$1.count"
}

### against git bisect run

compare() {
	local name=$1

	shift
	make_repo "$name" "$@" 1000 200 "$SEED"
	want=$(git -C "$name" rev-parse culprit)
	(
		cd "$name" || exit
		git bisect start main good -- >/dev/null 2>&1
		COUNT=$TMP/$name-git.count git bisect run "$TMP/test.sh" >"$TMP/$name.git" 2>&1
		git bisect reset -q >/dev/null 2>&1
	)
	bisect "$name" "$name-state" --good good --run "$TMP/test.sh"
	if grep -q "only 'skip'ped commits" "$name.git"; then
		sed -n '/could be any of:/,/We cannot/p' "$name.git" | grep -oE '^[0-9a-f]{40}$' | sort >want.txt
		jq -r '.candidates[].commit' "$name-state/result.json" | sort >got.txt
		same "$name: the candidates of git bisect run" want.txt got.txt
		check "$name: exit status 2" test "$STATUS" = 2
	else
		check "$name: git bisect run finds the culprit" grep -q "^$want is the first bad" "$name.git"
		check "$name: the same culprit" found "$name-state" "$want"
	fi
	check "$name: no more runs ($(count "$name-state"), git $(count "$name-git"))" \
		test "$(count "$name-state")" -le "$(count "$name-git")"
}

SEED=1 compare early --good 20 --culprit 60
SEED=2 compare late --good 20 --culprit 970
SEED=3 compare middle --good 100 --topics-before-good
SEED=4 compare skew --dates skewed --crisscross
SEED=5 compare skips --good 50 --culprit 500 --skip 300-420 --skip 600-640
SEED=6 compare unsure --good 50 --culprit 500 --skip 440-560

### a small repository from here on

make_repo small --good 10 --culprit 90 150 30 7
WANT=$(git -C small rev-parse culprit)

# The user's own state: changes in the work tree, in the index, an untracked file, a stash.
(
	cd small || exit
	echo stashed >n
	git stash -q
	echo changed >n
	echo staged >staged
	git add staged
	echo untracked >untracked
)
trace small >before.txt
bisect small dirty --good good --run "$TMP/test.sh"
check 'a dirty work tree is no obstacle' found dirty "$WANT"
trace small >after.txt
same 'and is as it was' before.txt after.txt
check 'the work tree of our own is gone' test ! -e dirty/tree

(cd small && COUNT=$TMP/inside.count "$CULPRIT" bisect --policy git-bisect --repo . --bad main --good good --dir "$TMP/inside" \
	--run sh -c 'echo run >>"$COUNT"; test ! -e bad' >/dev/null 2>&1)
check 'from within the repository, a command with arguments' \
	jq -e --arg want "$WANT" '.culprit.commit == $want' inside/result.json

git clone -q --bare small bare.git
bisect bare.git bare --good good --run "$TMP/test.sh"
check 'a bare repository' found bare "$WANT"
check 'it has no work tree behind' test "$(git -C bare.git worktree list | wc -l)" = 1

COUNT=$TMP/cwd.count bisect small where --good good --run sh -c \
	'test "$(git rev-parse HEAD)" = "$CULPRIT_REVISION" || exit 200; test ! -e bad'
check 'the command stands in a checkout of the revision' found where "$WANT"

GIT_DIR=/nonexistent GIT_WORK_TREE=/nonexistent bisect small gitdir --good good --run "$TMP/test.sh"
check 'GIT_DIR and GIT_WORK_TREE lead nowhere else' found gitdir "$WANT"

### the ends

bisect small ends --good good --check-ends --run "$TMP/test.sh"
check '--check-ends with good ends' found ends "$WANT"
bisect small ends-good --good culprit --check-ends --run "$TMP/test.sh"
check '--check-ends: a good end that is bad' test "$STATUS" = 4
check 'is a crash older than the range' jq -e '.status == "predates-range"' ends-good/result.json
bisect small ends-bad --good good --check-ends --run true
check '--check-ends: a bad end that is good' test "$STATUS" = 3
check 'is not reproduced' jq -e '.status == "not-reproduced"' ends-bad/result.json

### syzbot-now: batches of ten, of twenty for the first test and once the bug is flaky

# Run n of a revision, from 1, counted in $NTH; it fails when the bug is there and n is in $FAILS.
cat >nth.sh <<'END'
#!/bin/sh
n=$(($(cat "$NTH.$CULPRIT_REVISION" 2>/dev/null || echo 0) + 1))
echo $n >"$NTH.$CULPRIT_REVISION"
test -e bad || exit 0
case " $FAILS " in *" $n "*) exit 1 ;; esac
END
chmod +x nth.sh

# batches STATE: the runs of each test, in order
batches() {
	query "$1" "SELECT count(*) FROM event WHERE kind = 'ran' GROUP BY test ORDER BY test" |
		paste -sd' '
}

tests() {
	query "$1" "SELECT count(*) FROM event WHERE kind = 'verdict'"
}

export NTH FAILS
NTH=$TMP/sure.nth FAILS=$(seq -s' ' 20)
bisect small sure --good good --check-ends --policy syzbot-now --run "$TMP/nth.sh"
check 'syzbot-now: a sure bug' found sure "$WANT"
check 'twenty runs, then ten' test "$(batches sure)" = "20$(printf ' 10%.0s' $(seq 2 "$(tests sure)"))"
NTH=$TMP/flaky.nth FAILS='2 9 17'
bisect small flaky --good good --check-ends --policy syzbot-now --run "$TMP/nth.sh"
check 'syzbot-now: a flaky bug' found flaky "$WANT"
check 'twenty runs each' test "$(batches flaky)" = "20$(printf ' 20%.0s' $(seq 2 "$(tests flaky)"))"
NTH=$TMP/rare.nth FAILS='2 9'
bisect small rare --good good --check-ends --policy syzbot-now --run "$TMP/nth.sh"
check 'syzbot-now: too rare a bug' test "$STATUS" = 3
check 'ends at the first test' test "$(batches rare)" = 20
# Flaky from the third revision on, stopped at the sixth: the journal remembers.
cat >later.sh <<'END'
#!/bin/sh
grep -qx "$CULPRIT_REVISION" "$NTH" || echo "$CULPRIT_REVISION" >>"$NTH"
place=$(grep -nx "$CULPRIT_REVISION" "$NTH" | cut -d: -f1)
test "$place" -ne 6 || test -e "$FLAG" || exit 255
test "$place" -le 2 || FAILS='2 9 17'
exec ./nth.sh
END
chmod +x later.sh
sed -i "s|./nth.sh|$TMP/nth.sh|" later.sh
NTH=$TMP/later.nth FAILS=$(seq -s' ' 20)
: >"$NTH"
export FLAG=$TMP/later.flag
bisect small later --good good --check-ends --policy syzbot-now --run "$TMP/later.sh"
check 'syzbot-now: stopped' test "$STATUS" = 1
: >"$FLAG"
resume later
check 'syzbot-now: a bug that turns out flaky' found later "$WANT"
query later "SELECT sum(kind = 'ran' AND outcome = 'crashed'), sum(kind = 'ran' AND outcome = 'clean')
	FROM event WHERE test > 0 GROUP BY test ORDER BY test" | awk -F'|' '
	$1 + $2 != (NR == 1 || flaky ? 20 : 10) { print "test " NR ": " $0; bad = 1 }
	$1 > 1 && $1 < $2 { flaky = 1; if (NR <= 2) bad = 1 }
	END { exit bad || !flaky || NR < 7 }' >got.txt
status=$?
check 'ten runs until then, twenty from then on' test $status = 0 || diag <got.txt

### commands that ask to stop, or cannot be run

# stops DESC STATE PATTERN: exit status 1, one line, then resumable
stops() {
	check "$1: exit status 1" test "$STATUS" = 1
	one_line "$1: one line" "$2" "$3"
}

cat >stop.sh <<'END'
#!/bin/sh
test -e "$FLAG" || { $HOW; exit $?; }
test ! -e bad
END
chmod +x stop.sh
for how in 'exit 128' 'exit 255' 'kill -TERM $$' 'kill -SEGV $$'; do
	name="stop${how//[^0-9A-Z]/}"
	export FLAG=$TMP/$name.flag
	sed "s/\\\$HOW/$how/" stop.sh >"$name.sh"
	chmod +x "$name.sh"
	bisect small "$name" --good good --run "$TMP/$name.sh"
	stops "$how" "$name" 'asks to stop'
	touch "$FLAG"
	resume "$name"
	check "$how: resumable" found "$name" "$WANT"
done

bisect small noprogram --good good --run /nonexistent/program
stops 'a command that is not there' noprogram '/nonexistent/program'
bisect small noword --good good --run no-such-command-at-all
stops 'a command that is not on PATH' noword 'no-such-command-at-all'
echo 'exit 0' >plain.txt
bisect small noexec --good good --run "$TMP/plain.txt"
stops 'a file that cannot be executed' noexec 'plain.txt'

bisect small timeout --good good --timeout 1 --run sh -c 'test "$(cat n)" != 60 || sleep 100; test ! -e bad'
check 'a command that takes too long is a skip' found timeout "$WANT"

bisect small noisy --good good --run sh -c 'yes | head -c 50000000; test ! -e bad'
check 'a command that prints 50 MB' found noisy "$WANT"
check 'of which 16 are kept' test -z "$(find noisy -size +16M)"

bisect small strays --good good --run sh -c 'setsid sleep 98765 & sleep 98765 & test ! -e bad'
check 'a command that leaves processes behind' found strays "$WANT"
check 'they are ended' test -z "$(pgrep -fx 'sleep 98765')"

### kill -9

# How much is done and on disk; each session begins what the one before did not end.
progress() {
	query killed "SELECT count(*) FROM (SELECT DISTINCT kind, test, run, rev, outcome
		FROM event WHERE kind NOT IN ('session', 'note'))" 2>/dev/null || echo 0
}

# came_to PID N: that much is done, or the session is over
came_to() {
	[ "$(progress)" -ge "$2" ] || is_over "$1"
}

trace small >before.txt
export COUNT=$TMP/killed.count
kills=0
while [ $kills -lt 100 ]; do
	next=$(($(progress) + 1 + kills % 2))
	if query killed 'SELECT value FROM request' 2>/dev/null | grep -q .; then
		setsid "$CULPRIT" resume killed >killed.out 2>killed.err </dev/null &
	else
		setsid "$CULPRIT" bisect --policy git-bisect --repo small --bad main --good good --dir killed --run \
			sh -c 'echo run >>"$COUNT"; sleep 0.1; test ! -e bad' >killed.out 2>killed.err </dev/null &
	fi
	pid=$!
	wait_until 120 came_to $pid $next || not_ok "no progress behind $(progress) events"
	if [ -n "$(session_of $pid)" ]; then
		{
			kill_session $pid
			wait $pid
			STATUS=$?
		} 2>/dev/null
	else
		wait $pid
		STATUS=$?
		break
	fi
	kills=$((kills + 1))
done
check "killed $kills times: the same culprit" found killed "$WANT"
check 'it was killed' test $kills -gt 4
check 'no run that ended was repeated' test "$(query killed "
	SELECT count(*) FROM (SELECT test, run FROM event WHERE kind = 'ran'
	AND outcome != 'infrastructure' GROUP BY test, run HAVING count(*) > 1)")" = 0
# As one leaves it that is killed between its result and its end, or in the middle of that: with the
# work tree as it was, or with some of what git keeps of it.
left=killed/tree/culprit-0123456789abcdef
for what in '' gitdir HEAD; do
	test -e killed/tree || git -C small worktree add -q --detach "$TMP/$left" main
	test -z "$what" || find "small/.git/worktrees/${left##*/}" -name "$what" -delete
	resume killed
	check "a finished one is finished${what:+, half removed ($what)}" found killed "$WANT"
	trace small >after.txt
	same 'the repository is as it was' before.txt after.txt
done

done_testing
