#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole bisections with a fake kernel that builds in milliseconds and a fake QEMU (tests/fake/),
# which do what real ones cannot be made to do.
#
# With CULPRIT_SLOW_TESTS=1 also the guests that say nothing for two minutes.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3 setsid
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"

# A flood must not be counted against the sanitizer's habit to keep what was freed.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:quarantine_size_mb=4"

# The mainline: 5 (good) ... 24 34 41 47 52 55 56 60; the culprit, 37, came in by the merge 42.
fake_kernel linux --good 5 --culprit 37 --skip 45-52 --topics-before-good 60 10 1 ||
	skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c37)

. "$TESTS/../fake/bisect.sh"
BISECT_OPTIONS=(--cache-size 0 --guests 2 --policy git-bisect)
CRASH='.crash.title == "WARNING in fake_culprit"'

### what slow guests do, beside the rest

# slow STATE FILE TEXT: with a play of its own
slow() {
	(
		export FAKE_KERNEL=$TMP/play-$1
		mkdir "$FAKE_KERNEL"
		clear_play
		play "$2" "$3"
		bisect "$1" --good good
		echo $STATUS >"$1.status"
	) &
}

if [ -n "${CULPRIT_SLOW_TESTS-}" ]; then
	slow slow-run guest.36 hang
	slow slow-boot guest.36 boot-silent
	slow slow-crash guest.37 'crash-hang fake_culprit'
fi

### results

clear_play
bisect plain --good good --runs 3
ended 'a culprit' plain 0 "$CULPRIT_FOUND" "$CRASH" \
	'(.candidates | length) == 1 and .candidates[0].commit == $want' \
	'.revisions_tested == .builds and .runs == 3 * .builds' \
	'.seconds.total >= .seconds.build and .seconds.build > 0 and .seconds.test > 0' \
	'(.culprit.author | length) > 0 and (.culprit.date | length) > 0'
same 'nothing on stderr' /dev/null plain.err
check 'the crash is in the log' grep -q '^crash: WARNING in fake_culprit$' plain/bisect.log
check 'the signatures of culprit and parent too' grep -q '^parent  signature: ' plain/bisect.log
check 'one kernel is kept, the culprit'\''s' \
	test "$(ls -d plain/builds/*/bzImage)" = "plain/builds/$WANT/bzImage"

# A kernel with debug information, in the place of what the fake build makes.
cat >culprit.c <<-'END'
	volatile int sink;
	int fake_culprit(int x)
	{
		sink = x + 1;
		sink = x + 2;
		sink = x + 3;
		return sink;
	}
END
play build.37 'objcopy() { gcc -g -O1 -nostdlib -static -Wl,-e0 -o vmlinux "$FAKE_KERNEL/../culprit.c"; }'
bisect symbols --good good
ended 'a kernel with debug information' symbols 0 "$CULPRIT_FOUND"
check 'the crash in the log has source positions' \
	grep -qE '^ fake_culprit\+0x12/0x340 .*culprit\.c:[0-9]+$' symbols/bisect.log
clear_play

"$CULPRIT" bisect --kernel linux --bad main --good good --config "$CONFIG" --repro "$REPRO" \
	--dir closed --cache cache --cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 2 \
	--policy git-bisect <&- >&- 2>&-
STATUS=$?
ended 'started without stdin, stdout and stderr' closed 0 "$CULPRIT_FOUND"
check 'what would have been printed is in no file' test -z "$(grep -rl 'first bad commit: ' closed | grep -v bisect.log)"

git -C linux tag v5.6 c56
git -C linux tag v5.5 c55
git -C linux tag v5.5-rc1 c24
bisect predates
ended 'all releases crash: the crash is older' predates 4 '.status == "predates-range"' '.culprit == null' "$CRASH"
git -C linux tag v5.2 c41
git -C linux tag v5.1 c24
git -C linux tag v5.0 good
bisect releases
ended 'the good end is found among the releases' releases 0 "$CULPRIT_FOUND"
check 'release tests are named in the log' grep -q '^testing release v5.2$' releases/bisect.log
check 'release candidates are no releases' test "$(grep -c rc1 releases/bisect.log)" = 0
bisect taken --policy bayes --from-log releases/bisect.log
ended 'going on from that log' taken 0 "$CULPRIT_FOUND" "$CRASH" \
	'any(.foreign.revisions[]; .commit == $want and .crashed > 0)'
good_end="SELECT text FROM event WHERE kind = 'range'"
check 'its good release is the good end' test "$(query taken "$good_end")" = \
	"$(query releases "$good_end")"
check 'no releases are walked over' test "$(query taken "
	SELECT count(*) FROM event WHERE kind = 'releases'")" = 0
check 'it takes fewer builds' test "$(jq .builds taken/result.json)" -lt \
	"$(jq .builds releases/result.json)"
bisect badgood --good c55
ended 'a given good end that crashes' badgood 4 '.status == "predates-range"'

play guest.bad clean
bisect clean --good good
ended 'no crash on the start revision' clean 3 '.status == "not-reproduced"' '.crash == null'
play guest.bad boot-panic
bisect nostart --good good
ended 'a start revision that does not boot' nostart 3 '.status == "not-reproduced"'

clear_play
play build.skip 'echo "mm/fake.c:12:3: error: unknown type name '\''x'\''" >&2; exit 1'
bisect nobuild --good good
ended 'revisions that do not build are skipped' nobuild 0 "$CULPRIT_FOUND"
check 'the cause is in the log' grep -qxF "mm/fake.c:12:3: error: unknown type name 'x'" nobuild/bisect.log

clear_play
play guest.skip boot-panic
play guest.36 basic-fail
bisect noboot --good good
ended 'revisions whose guests do not come so far are skipped' noboot 0 "$CULPRIT_FOUND"
check 'boot failures are told by their panic' \
	grep -q '^all runs: boot failed: kernel panic: No working init found' noboot/bisect.log
check 'failed basic tests are told' \
	grep -q "^all runs: basic kernel testing failed: the agent's basic test" noboot/bisect.log

play guest.36 lost
play guest.37 boot-panic
bisect unsure --good good
ended 'a culprit that cannot be tested' unsure 2 '.status == "inconclusive" and .culprit == null' \
	'[.candidates[].commit] | index($want) != null and length > 1' \
	'([.candidates[].probability] | add) > 0.99'
check 'lost guests are told' \
	grep -q '^all runs: failed: lost connection to test machine' unsure/bisect.log
check 'the candidates are in the log' grep -qx "$WANT" unsure/bisect.log

### the posterior

clear_play
play guest.good "$(printf 'clean\n/4: crash foreign_thing')"
play guest.bad "$(printf 'crash fake_culprit\n/3: clean\n/4: crash foreign_thing')"
bisect bayes --good good --policy bayes
ended 'bayes: a flaky crash, and a foreign one everywhere' bayes 0 "$CULPRIT_FOUND" \
	'.candidates[0].probability > 0.95 and (.candidates | length) == 1'
check 'the confidence is told' grep -qE '^confidence: 9[5-9]\.[0-9]* %$' bayes.out

play guest.36 lost
play guest.37 boot-panic
bisect unsure2 --good good --policy bayes
ended 'bayes: a culprit that cannot be tested' unsure2 2 \
	'.status == "inconclusive" and .culprit == null' \
	'[.candidates[].commit] | index($want) != null and length > 1' \
	'([.candidates[].probability] | add) > 0.9'

clear_play
play guest.good 'crash fake_culprit'
bisect older --good good --policy bayes
ended 'bayes: the good end crashes too' older 4 '.status == "predates-range"'

# Another bug is louder, and everywhere, and the good end shows it in its first run.
clear_play
play guest.good "$(printf 'crash foreign_thing\n/2: clean')"
play guest.bad "$(printf 'crash foreign_thing\n/2: crash fake_culprit')"
bisect loud --good good --policy bayes
ended 'bayes: what a good end shows too is not meant' loud 0 "$CULPRIT_FOUND" "$CRASH"

# So loud that only the user can know which one is meant.
clear_play
play guest.good "$(printf 'crash foreign_thing\n/2: clean')"
play guest.bad "$(printf 'crash foreign_thing\n/3: crash fake_culprit')"
bisect titled --good good --policy bayes --title 'WARNING in fake_culprit'
ended 'bayes: --title, a crash that is drowned by another' titled 0 "$CULPRIT_FOUND"
"$CULPRIT" report --format json titled >titled.json
check 'by hand: the same crash' jq -e '.recipes[-1].commands | contains("--title '\''WARNING in fake_culprit'\''")' titled.json
"$CULPRIT" show --json titled >titled.json
check 'the other is told as another' jq -e '.crash == "WARNING in fake_culprit" and
	.other_crashes[0].title == "WARNING in foreign_thing"' titled.json
check 'the crash that was meant is shown' jq -e "$CRASH" titled/result.json
bisect copied --good good --policy bayes --title '[syzbot] [mm?] WARNING in fake_culprit (2)' --max-builds 1
check 'what is copied from a mail is the same title' jq -e "$CRASH" copied/result.json
check 'and kept as such' test "$(query copied "SELECT value FROM request WHERE key = 'title'")" = 'WARNING in fake_culprit'
for title in '' ' ' '[syzbot]' '[syzbot] '; do
	bisect empty --good good --title "$title"
	check "no title: '$title'" grep -q '^culprit: bisect: --title is empty' empty.err
done
bisect untitled --good good --policy bayes --title 'WARNING in nothing'
ended 'bayes: --title, a crash that does not come' untitled 3 '.status == "not-reproduced"'
check 'which is told' grep -q '^the crash was not reproduced on the start revision: WARNING in nothing$' untitled.out
check 'and what came instead' grep -q '^another came there: WARNING in f' untitled.out
bisect fixed --good good --policy syzbot-2020 --title 'WARNING in fake_culprit'
check 'fixed policies take no title' test $STATUS = 1

clear_play
play guest.bad clean
bisect never --good good --policy bayes
ended 'bayes: the crash never comes' never 3 '.status == "not-reproduced"'

### guests

clear_play
play guest.good "$(printf '/3: lost\nslow 5')"
play guest.bad "$(printf 'clean\n2:crash-cut fake_culprit\n3:crash other_crash')"
bisect flaky --good good --runs 4 --policy syzbot-2020
ended 'a crash in one of some runs, lost runs among the good' flaky 0 "$CULPRIT_FOUND"
check 'differing runs are told one by one' grep -q '^run #[0-3]: failed: lost connection' flaky/bisect.log

clear_play
play guest.good "$(printf 'clean\n1:killed\n2:die-run')"
bisect killed --good good
ended 'guests that are killed are run again' killed 0 "$CULPRIT_FOUND"
check 'they count as no run' test "$(query killed "
	SELECT count(*) FROM (SELECT test, run FROM event WHERE kind = 'ran'
	AND outcome != 'infrastructure' GROUP BY test, run HAVING count(*) > 1)")" = 0
check 'the log does not have them' test "$(grep -c infra killed/bisect.log)" = 0
check 'the journal has' test "$(query killed "
	SELECT count(*) FROM event WHERE outcome = 'infrastructure'
	AND title LIKE '%kvm run failed Bad address%'")" -gt 0

clear_play
play guest.36 "$(printf 'clean\n1:die\n2:die\n3:die')"
bisect dying --good good
check 'QEMU that cannot be started stops the bisection' test "$STATUS" = 1
one_line 'and its own line tells why' dying 'QEMU: .*Cannot allocate memory.*culprit resume dying'
resume dying
ended 'it can be resumed' dying 0 "$CULPRIT_FOUND"

clear_play
play guest.good garbage
bisect garbage --good good
ended 'any bytes on the console and the control channel' garbage 0 "$CULPRIT_FOUND"

clear_play
play guest.41 "$(printf 'clean\n1:flood')"
play guest.36 chatter
play guest.24 boot-flood
most=0
bisect flood --good c24 --runs 2 --policy syzbot-2020 &
pid=$!
while kill -0 $pid 2>/dev/null; do
	for p in $(pgrep -P $pid -x culprit); do
		now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$p/status" 2>/dev/null)
		[ "${now:-0}" -le $most ] || most=$now
	done
	sleep 0.1
done
wait $pid
STATUS=0
ended 'floods of 2 GB' flood 0 "$CULPRIT_FOUND"
check 'a console is cut at 16 MiB' test -z "$(find flood -size +16M)"
check 'a flood in a run has one clear outcome' \
	grep -q 'failed: the console flooded its limit' flood/bisect.log
check 'a flood in the boot too' \
	grep -q '^all runs: boot failed: the console flooded its limit' flood/bisect.log
check "memory stays bounded ($most kB)" test $most -gt 0 -a $most -lt 400000

clear_play
export FAKE_QEMU=no-kvm
bisect nokvm --good good
unset FAKE_QEMU
ended 'KVM that does not run guests' nokvm 0 "$CULPRIT_FOUND"
check 'TCG takes its place' grep -q 'guests: TCG' nokvm.out
play guest.good "$(printf 'tcg-only\nclean')"
play guest.bad "$(printf 'tcg-only\ncrash fake_culprit')"
bisect tcg --good good
ended 'KVM under which only the probe guest prints' tcg 0 "$CULPRIT_FOUND"

clear_play
play guest.36 boot-hang
bisect hang --good good --boot-timeout 1
ended 'guests that hang in the boot' hang 0 "$CULPRIT_FOUND"
check 'that they timed out is told' grep -q '^all runs: boot failed: timed out$' hang/bisect.log

### builds

clear_play
play build.36 'read -r answer || echo "asked in vain"'
play build.41 'sleep 98765 & setsid sleep 98765 & (trap "" TERM; sleep 98765) >/dev/null 2>&1 &'
bisect odd --good good
ended 'builds that ask a question and leave children' odd 0 "$CULPRIT_FOUND"
check 'a question is answered by the end of the file' grep -rqx 'asked in vain' odd/builds

clear_play
play build.36 'touch "$TMPDIR/left-behind"; test -d "$TMPDIR" && echo "temporary files in $TMPDIR"'
bisect tmp --good good
ended 'builds with temporary files' tmp 0 "$CULPRIT_FOUND"
check 'they are in the tree of our own' grep -rqE '^temporary files in .*/cache/trees/[0-9a-f]+-0/tmp$' tmp/builds
check 'and gone with the next build' test -z "$(find . -name left-behind)"

clear_play
play build.36 'sleep 98765'
bisect hanging --good good --timeout 1
ended 'a build that hangs is skipped' hanging 0 "$CULPRIT_FOUND"
check 'that it timed out is told' grep -q '^timed out after 1s$' hanging/bisect.log

clear_play
play build.36 'echo "cc1: out of memory allocating 65536 bytes" >&2; exit 1'
bisect broken --good good
check 'a build that this machine fails stops the bisection' test "$STATUS" = 1
one_line 'its cause is told' broken 'building .*: cc1: out of memory allocating'
clear_play
resume broken
ended 'after that it goes on' broken 0 "$CULPRIT_FOUND"

play build.60 'echo "arch/x86/fake.S:1: Error: no such instruction" >&2; exit 1'
bisect startfail --good good
check 'a start revision that does not build stops the bisection' test "$STATUS" = 1
one_line 'why is told' startfail 'arch/x86/fake.S:1: Error: no such instruction'
clear_play
resume startfail
ended 'it goes on when that is mended' startfail 0 "$CULPRIT_FOUND"

### two at a time

clear_play
bisect one --good good &
one=$!
bisect two --good good
check 'the one beside the other ends well' test "$STATUS" = 0
wait $one
STATUS=0
ended 'two bisections share a cache: one' one 0 "$CULPRIT_FOUND"
ended 'two bisections share a cache: the other' two 0 "$CULPRIT_FOUND"

play guest.good 'slow 400'
bisect busy --good good &
busy=$!
wait_until 20 has_events busy 14
"$CULPRIT" status busy >status.txt 2>&1
check 'status while it runs' grep -q '^running: ' status.txt
"$CULPRIT" resume busy >second.out 2>second.err
STATUS=$?
check 'a second culprit is refused' test "$STATUS" = 1
one_line 'with one line' second 'culprit is at work in .*busy already (process [0-9]*)'
wait $busy
check 'the first is not disturbed' jq -e --arg want "$WANT" "$CULPRIT_FOUND" busy/result.json
"$CULPRIT" status busy >status.txt 2>&1
check 'status at the end' grep -q "^first bad commit: $WANT$" status.txt
check 'resume of an ended bisection tells the result' "$CULPRIT" resume busy

### interrupts

# start CMD...: in a session of its own, $SESSION
start() {
	setsid "$@" >session.out 2>session.err </dev/null &
	SESSION=$!
}

options=(--kernel linux --bad main --config "$CONFIG" --repro "$REPRO" --cache cache
	--cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 2 --policy git-bisect)

clear_play
play guest.good 'slow 200'
start "$CULPRIT" bisect "${options[@]}" --good good --dir int
wait_until 20 has_events int 14
kill -INT $SESSION
wait $SESSION
STATUS=$?
check 'SIGINT: exit status 130' test $STATUS = 130
check 'SIGINT: nothing is left running' wait_until 20 no_session $SESSION
check 'SIGINT: one line' test "$(wc -l <session.err)" = 1
cp int/lock lock.txt
"$CULPRIT" status int >status.txt
check 'SIGINT: status knows' grep -q '^why: interrupted' status.txt
same 'SIGINT: status leaves no trace' lock.txt int/lock
clear_play
resume int
ended 'SIGINT: resumable' int 0 "$CULPRIT_FOUND"

export FAKE_QEMU=silent
start "$CULPRIT" bisect "${options[@]}" --good good --dir probe
unset FAKE_QEMU
wait_until 20 test -e probe/probe.rom
kill -INT $SESSION
wait $SESSION
STATUS=$?
check 'SIGINT while QEMU is probed: exit status 130' test $STATUS = 130
resume probe
ended 'SIGINT while QEMU is probed: resumable' probe 0 "$CULPRIT_FOUND"

clear_play
play guest.good 'slow 1000'
play build.34 'sleep 3 & sleep 2'
start "$CULPRIT" bisect "${options[@]}" --good good --dir main9
wait_until 20 has_events main9 14
{
	kill -9 $SESSION
	wait $SESSION
} 2>/dev/null
check 'kill -9 of the main process: its children end' wait_until 20 no_session $SESSION
clear_play
resume main9
ended 'kill -9 of the main process: resumable' main9 0 "$CULPRIT_FOUND"

# Killed while the state folder is made: the same command starts anew.
for ms in 02 04 06 08 10 15 20 30; do
	start "$CULPRIT" bisect "${options[@]}" --repro "$TMP/repro.c" --good good --dir early
	{
		sleep 0.$ms
		kill_session $SESSION
		wait $SESSION
	} 2>/dev/null
	if query early 'SELECT value FROM request' 2>/dev/null | grep -q .; then
		break
	fi
done
if query early 'SELECT value FROM request' 2>/dev/null | grep -q .; then
	resume early
else
	bisect early --good good
fi
ended "killed while it was made" early 0 "$CULPRIT_FOUND"

# The whole tree is killed again and again, a few events after each start.
clear_play
play guest.good 'slow 5'
play guest.bad "$(printf 'slow 5\ncrash fake_culprit')"
start "$CULPRIT" bisect "${options[@]}" --good good --runs 3 --policy syzbot-2020 --dir tree
kills=0
while [ $kills -lt 60 ]; do
	at=$(query tree 'SELECT coalesce(max(id), 0) FROM event' 2>/dev/null)
	goal=$((${at:-0} + 2 + kills % 7))
	until has_events tree $goal || ! kill -0 $SESSION 2>/dev/null; do
		sleep 0.005
	done
	if ! kill -0 $SESSION 2>/dev/null; then
		wait $SESSION
		STATUS=$?
		break
	fi
	{
		kill_session $SESSION
		wait $SESSION
	} 2>/dev/null
	kills=$((kills + 1))
	if query tree 'SELECT value FROM request' 2>/dev/null | grep -q .; then
		start "$CULPRIT" resume tree
	else
		start "$CULPRIT" bisect "${options[@]}" --good good --runs 3 --policy syzbot-2020 --dir tree
	fi
done
cp session.out tree.out
cp session.err tree.err
ended "killed $kills times: the same culprit" tree 0 "$CULPRIT_FOUND"
check 'it was killed often' test $kills -gt 10
check 'no run that ended was repeated' test "$(query tree "
	SELECT count(*) FROM (SELECT test, run FROM event WHERE kind = 'ran'
	AND outcome != 'infrastructure' GROUP BY test, run HAVING count(*) > 1)")" = 0
check 'no revision was tested twice' test "$(query tree "
	SELECT count(*) FROM (SELECT rev FROM event WHERE kind = 'test'
	GROUP BY rev HAVING count(*) > 1)")" = 0
# But for times, the log is that of a bisection which nobody disturbed.
bisect calm --good good --runs 3 --policy syzbot-2020
grep -v '^revisions tested' calm/bisect.log >calm.log
grep -v '^revisions tested' tree/bisect.log >tree.log
same 'the log is the same as of an undisturbed one' calm.log tree.log

### what slow guests did

if [ -n "${CULPRIT_SLOW_TESTS-}" ]; then
	for state in slow-run slow-boot slow-crash; do
		wait_until 300 test -s $state.status
		STATUS=$(cat $state.status)
		ended "$state" $state 0 "$CULPRIT_FOUND"
	done
	check 'a guest that hangs in a run' grep -q '^all runs: failed: no output from test machine$' slow-run/bisect.log
	check 'a guest that never prints' grep -q '^all runs: boot failed: no output on the console$' slow-boot/bisect.log
fi

check 'nothing of all this is left running' test -z "$(pgrep -f "$TMP/fake|sleep 98765")"
done_testing
