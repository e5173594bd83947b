#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bisections that are killed at every event of the journal, whose disk fails, whose guests are
# killed: they can be resumed, the answer is the same, no run counts twice and nothing of ours is
# left running. Fake kernels, a fake QEMU and a disk that fails by LD_PRELOAD (tests/fake/).
#
# Here a sample; with CULPRIT_SLOW_TESTS=1 every event of a larger bisection, each of a small one
# from the start, and 50 guests killed in one of 30 revisions.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3 setsid flock
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
program FAULT_LIBRARY fault.so
. "$TESTS/../fake/kernel.sh"
. "$TESTS/../fake/bisect.sh"

# The sanitizer wants to be the first library.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"
SLOW=${CULPRIT_SLOW_TESTS-}

fake_kernel small --good 2 --culprit 9 14 2 1 || skip_all "git fast-import failed"
fake_kernel large --good 5 --culprit 37 --topics-before-good 60 10 1
# Of the older releases every third is tested.
fake_kernel releases --good 5 --culprit 9 92 0 1
for n in $(seq 14 92); do
	git -C releases tag "v5.$n" "c$n"
done
git -C releases tag v5.0 good
# What is built is not kept for the next, which would build nothing.
BISECT_OPTIONS=(--policy bayes --guests 2 --cache-size 0)
RESUME_OPTIONS=()
CULPRIT_FOUND='.status == "culprit" and .culprit.commit == $want'

# of HISTORY: what comes next bisects that one
of() {
	rm -f linux
	ln -s "$1" linux
	WANT=$(git -C linux rev-parse culprit)
}

# begun STATE: can it be resumed?
begun() {
	[ -e "$1/journal.db" ] && query "$1" 'SELECT value FROM request' 2>/dev/null | grep -q .
}

# faulty FAULT STATE [OPTION]...: begins or goes on with a fault, in a session of its own
faulty() {
	local fault=$1 state=$2 args

	shift 2
	if begun "$state"; then
		args=(resume "$state" "${RESUME_OPTIONS[@]}")
	else
		args=(bisect --kernel linux --bad main --config "$CONFIG" --repro "$REPRO"
			--dir "$state" --cache cache --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1
			"${BISECT_OPTIONS[@]}" "$@")
	fi
	FAULT=$fault LD_PRELOAD=$FAULT_LIBRARY setsid "$CULPRIT" "${args[@]}" \
		>"$state.out" 2>"$state.err" </dev/null &
	SESSION=$!
	{ wait $SESSION; } 2>/dev/null
	STATUS=$?
}

# Different things that were done and are on disk.
progress() {
	query "$1" "SELECT count(*) FROM (SELECT DISTINCT kind, test, run, rev, outcome FROM event
		WHERE kind NOT IN ('session', 'note', 'stopped') AND outcome IS NOT 'cancelled')" \
		2>/dev/null || echo 0
}

# killed_again_and_again STATE EVENTS [OPTION]...: kills at the EVENTSth event of each session, and
# later when nothing new comes before that, until it ends; with EVENTS = 2 each new event is the
# last before a kill. $KILLS, $LEFT: sessions of which something was left after seconds.
killed_again_and_again() {
	local state=$1 events=$2 at=$2 before=0 now deed=kill

	shift 2
	KILLS=0 LEFT=0
	while :; do
		# The whole tree, or the main process alone.
		[ $deed = kill ] && deed=kill-session || deed=kill
		faulty "$deed sync $at journal.db-wal" "$state" "$@"
		[ $STATUS = 137 ] || return
		KILLS=$((KILLS + 1))
		wait_until 60 no_session $SESSION || LEFT=$((LEFT + 1))
		begun "$state" && query "$state" 'SELECT kind FROM event ORDER BY id DESC LIMIT 1' \
			>>"$state.hit"
		# The first session that goes on begins to count anew, too.
		now=$(progress "$state")
		begun "$state" && now=$((now + 1))
		if [ "$now" -gt "$before" ]; then
			at=$events
		else
			at=$((at + 1))
		fi
		before=$now
	done
}

# The kinds of those events. Notes come where a session begins, whatever was done before.
kinds_hit() {
	sort -u "$1.hit" | grep -vx note | paste -sd' '
}

# survived DESC STATE: the same answer, and all that
survived() {
	ended "$1: the same answer" "$2" 0 "$CULPRIT_FOUND"
	check "$1: no run that ended was repeated" no_run_twice "$2"
	check "$1: nothing was left running" test "$LEFT" = 0
}

### kill -9

clear_play
of small
killed_again_and_again killed 6 --good good
survived "killed $KILLS times" killed
diag "at: $(kinds_hit killed)"
check 'it was killed often' test $KILLS -gt 5
check 'no lock was left: one tree served all sessions' test "$(ls -d cache/trees/*-* | wc -l)" = 1

if [ -n "$SLOW" ]; then
	of large
	killed_again_and_again each 2 --good good
	survived "killed at each of $(progress each) events, $KILLS times" each
	check 'events of all kinds were the last before a kill' test "$(kinds_hit each)" = \
		'build built fact ran range result run session step test tools verdict'
	check 'there were hundreds' test $KILLS -gt 200
	of small
	LEFT=0 wrong=0
	for ((n = 1; n < 300; n++)); do
		rm -rf anew anew.*
		faulty "kill-session sync $n journal.db-wal" anew --good good
		[ $STATUS = 137 ] || break
		wait_until 60 no_session $SESSION || LEFT=$((LEFT + 1))
		faulty none anew --good good
		[ $STATUS = 0 ] && jq -e --arg want "$WANT" "$CULPRIT_FOUND" anew/result.json \
			>/dev/null && no_run_twice anew || wrong=$((wrong + 1))
	done
	check "killed once, at each of $n events: the same answer" test $wrong = 0
	check 'killed once: nothing was left running' test $LEFT = 0
fi

### a disk that fails

# Each fault stops one session of the same bisection. "N+": the disk stays as it is.
of small
rm -rf cache
while read -r what fault; do
	faulty "$fault" disk --good good
	check "$what: exit status 1" test $STATUS = 1
	one_line "$what: one line, and how to go on" disk 'culprit resume disk)$'
	check "$what: it is told apart" grep -q "$([[ $fault = EIO* ]] &&
		echo 'Input/output error' || echo 'No space left\|the disk is full')" disk.err
	check "$what: nothing is left running" wait_until 60 no_session $SESSION
	check "$what: status works" "$CULPRIT" status disk
	[[ $what = log* ]] || check "$what: the journal is whole" test \
		"$(query disk 'PRAGMA integrity_check')" = ok
done <<-'END'
	build-log ENOSPC write 3+ /disk/builds/
	build-log EIO write 2 /disk/builds/
	tree EIO write 1+ /cache/trees/
	kernel ENOSPC write 1+ /bzImage
	artifact EIO write 1+ /vmlinux
	console ENOSPC write 2+ /disk/runs/
	console EIO write 2+ /disk/runs/
	journal ENOSPC sync 12+ journal.db-wal
	journal EIO sync 12 journal.db-wal
	journal ENOSPC write 40+ journal.db-wal
	journal EIO write 41 journal.db-wal
END
faulty 'EIO write 1+ bisect.log' disk
check 'log: exit status 1' test $STATUS = 1
one_line 'log: one line, and what writes it' disk 'bisect.log: .*culprit resume disk)$'
LEFT=0
faulty none disk
survived 'a disk that failed again and again' disk
check 'the runs are those of a disk that is well' test "$(jq .runs disk/result.json)" = \
	"$(query disk "SELECT count(*) FROM event WHERE kind = 'ran'
		AND outcome NOT IN ('cancelled', 'infrastructure')")"

faulty 'ENOSPC write 1+ result.json' result --good good
check 'result: exit status 1' test $STATUS = 1
one_line 'result: one line, and what writes it' result 'result.json.*culprit resume result)$'
check 'result: the answer is told' grep -q "^first bad commit: $WANT" result.out
faulty none result
survived 'a result that could not be written' result

faulty 'EIO write 2+ journal.db' early --good good
check 'a journal that cannot be made: exit status 1' test $STATUS = 1
one_line 'a journal that cannot be made: one line' early 'journal.db: '
check 'a journal that cannot be made: nothing is left' test ! -e early

### a store that fails

BISECT_OPTIONS=(--policy bayes --guests 2)
# Only here: of a build that is taken from the store nothing has to be written into it.
stored() {
	find cache/artifacts -mindepth 1 -maxdepth 1 -type d ! -name 'tmp.*' | sort
}

entries() {
	stored | wc -l
}

made_twice() {
	query "$1" "SELECT rev FROM event WHERE kind = 'built' AND outcome = 'ok'
		GROUP BY rev HAVING count(*) > 1"
}

# store_stops WHAT STATE ERROR: what holds for each session that the store stops
store_stops() {
	check "$1: exit status 1" test $STATUS = 1
	one_line "$1: one line, with the folder and ways to go on" "$2" \
		"store of kernels $TMP/cache/artifacts: .*$3.*--cache-size 0.*culprit resume $2)\$"
	check "$1: nothing half done is in the store" test -z \
		"$(find cache/artifacts -mindepth 1 -name 'tmp.*' 2>/dev/null)"
	check "$1: nothing is left running" wait_until 60 no_session $SESSION
	check "$1: no lock is held" flock -n cache/artifacts/lock true
}

of small
n=0
while read -r fault; do
	n=$((n + 1)) LEFT=0
	rm -rf cache
	case $fault in
	EIO*) text='Input/output error' ;;
	ENOSPC*) text='No space left on device.*make room' ;;
	EDQUOT*) text='Disk quota exceeded.*make room' ;;
	EROFS*) text='Read-only file system' ;;
	esac
	faulty "$fault" store$n --good good
	store_stops "store: $fault" store$n "$text"
	check "store: $fault: the build that was made counts" test "$(query store$n "SELECT count(*)
		FROM event WHERE kind = 'built' AND outcome = 'ok'")" -gt 0
	# As long as the disk fails it does not go on by itself, but without the store it does.
	if [ $((n % 2)) = 0 ]; then
		RESUME_OPTIONS=(--cache-size 0)
		faulty "$fault" store$n
		RESUME_OPTIONS=()
	else
		faulty none store$n
	fi
	survived "store: $fault" store$n
	check "store: $fault: nothing is made twice" test -z "$(made_twice store$n)"
done <<-'END'
	ENOSPC mkdir 1+ /cache/artifacts/tmp.
	EIO mkdir 2 /cache/artifacts/tmp.
	ENOSPC link 1+ /cache/artifacts/tmp.
	EIO link 2 /cache/artifacts/tmp.
	EDQUOT link 4+ /cache/artifacts/tmp.
	ENOSPC open 1+ /manifest
	EIO open 2 /manifest
	EROFS open 1+ /manifest
	ENOSPC write 1+ /manifest
	EIO write 2 /manifest
	ENOSPC sync 1+ /manifest
	EIO sync 1 /cache/artifacts/tmp.
	ENOSPC rename 1+ /manifest
	EIO rename 2 /cache/artifacts/
	ENOSPC any 5+ /cache/artifacts/
	EIO any 9 /cache/artifacts/
END

# One that fails at the start is no reason to begin without it.
rm -rf cache
faulty 'EIO open 1+ /cache/artifacts/lock' unopened --good good
check 'a store that fails at the start: exit status 1' test $STATUS = 1
one_line 'a store that fails at the start: one line' unopened \
	"store of kernels $TMP/cache/artifacts: .*Input/output error.*--cache-size 0"
check 'a store that fails at the start: nothing is left' test ! -e unopened
faulty 'EIO open 1+ /cache/artifacts/lock' unopened --good good --cache-size 0
LEFT=0
survived 'a store that fails at the start, done without' unopened

# It is full; what it holds is taken, and STATE is full too, or a damaged one cannot be removed.
rm -rf cache
faulty none full --good good
check 'a store that is filled' test "$(entries)" -gt 3
stored >filled
faulty 'ENOSPC link 2+ /taken/builds/' taken --good good
check 'no room for what is taken: exit status 1' test $STATUS = 1
one_line 'no room for what is taken: one line' taken \
	'/taken/builds/.*No space left on device.*culprit resume taken)$'
check 'no room for what is taken: nothing half taken' test -z "$(find taken/builds -name '*.taken')"
check 'no room for what is taken: nothing is made for that' test ! -e taken/builds/*/.config
faulty none taken
survived 'no room for what is taken' taken
check 'all of it is taken' test "$(query taken "SELECT count(*) FROM event WHERE kind = 'built'
	AND outcome = 'ok' AND how IS NULL")" = 0
for entry in cache/artifacts/*/; do
	echo x >>"$entry/bzImage"
done
faulty 'EIO rename 1+ /cache/artifacts/tmp.' damaged --good good
store_stops 'a damaged one that cannot be removed' damaged 'Input/output error'
faulty none damaged
survived 'a damaged one that cannot be removed' damaged
# What is damaged is made again, unless that runs ahead and is called off: by the time that guests take.
check 'the others are there' test "$(stored | comm -13 - filled | wc -l)" -le "$(query damaged "
	SELECT count(*) FROM event WHERE kind = 'built' AND outcome = 'cancelled'")"

# Killed at each write into the store.
rm -rf cache
n=0 KILLS=0
while :; do
	n=$((n + 1))
	faulty "kill-session any $n /cache/artifacts/" stored --good good
	[ $STATUS = 137 ] || break
	KILLS=$((KILLS + 1))
	wait_until 60 no_session $SESSION || LEFT=$((LEFT + 1))
done
survived "killed $KILLS times at the store" stored
check 'killed at the store: often' test $KILLS -gt 10
faulty none after --good good
survived 'killed at the store: what it holds is whole' after
check 'which is told' test "$(query after "SELECT count(*) FROM event WHERE kind = 'note'
	AND text LIKE '%removed from the store%'")" = 0

BISECT_OPTIONS+=(--cache-size 0)

### guests that are killed

# guests_killed STATE KILLS [OPTION]...: $LEFT too
guests_killed() {
	local state=$1 kills=$2 pids pid

	shift 2
	KILLS=0 LEFT=0 SESSIONS=0
	while :; do
		(
			faulty none "$state" "$@"
			exit $STATUS
		) &
		pid=$!
		while kill -0 $pid 2>/dev/null; do
			mapfile -t pids < <(pgrep -f -- "-kernel $TMP/$state/")
			if [ "$KILLS" -lt "$kills" ] && [ ${#pids[@]} -gt 0 ]; then
				kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null &&
					KILLS=$((KILLS + 1))
			fi
			sleep "0.$((RANDOM % 10 + 10))"
		done
		wait $pid
		STATUS=$?
		SESSIONS=$((SESSIONS + 1))
		# Three in a row stop it.
		[ $STATUS = 1 ] && [ $SESSIONS -lt 60 ] || return
	done
}

of releases
clear_play
play guest.good "$(printf 'slow 150\nclean')"
play guest.bad "$(printf 'slow 150\ncrash fake_culprit')"
RANDOM=1
if [ -n "$SLOW" ]; then
	guests_killed guests 50
	tested=$(jq .revisions_tested guests/result.json)
	check "30 revisions and more: $tested" test "$tested" -ge 30
	check '50 guests were killed' test $KILLS = 50
else
	of small
	guests_killed guests 8 --good good
	check 'guests were killed' test $KILLS -gt 3
fi
survived "$KILLS guests killed, $SESSIONS sessions" guests
check 'guests that were killed are no evidence' test "$(query guests "SELECT count(*) FROM event
	WHERE kind = 'ran' AND outcome IN ('lost', 'boot failed', 'basic test failed')")" = 0

### two at once

of small
clear_play
rm -rf cache
LEFT=0
(
	faulty none one --good good
	exit $STATUS
) &
one=$!
killed_again_and_again two 9 --good good
survived "beside another, killed $KILLS times" two
wait $one
STATUS=$?
survived 'beside one that is killed' one
check 'each had a tree of its own' test "$(ls -d cache/trees/*-[01] | wc -l)" = 2

check 'nothing of all this is left mounted' test -z "$(grep -F "$TMP" /proc/self/mountinfo)"
check 'nothing of all this is left running' test -z "$(pgrep -f "$TMP/")"
done_testing
