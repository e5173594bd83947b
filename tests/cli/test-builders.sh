#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builders: the store of kernels, the sandbox, makes that misbehave, disks that fail. With the fake
# kernel and guests of tests/fake/.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3 setsid flock script
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
program FAULT_LIBRARY fault.so
. "$TESTS/../fake/kernel.sh"

fake_kernel linux --good 3 --culprit 7 12 0 1 || skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c7)
options=(--kernel linux --bad main --good good --config "$CONFIG" --repro "$REPRO"
	--qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 2 --policy git-bisect --jobs 2)

# bisect STATE [OPTION]...: $STATUS, STATE.out, STATE.err
bisect() {
	local state=$1

	shift
	"$CULPRIT" bisect "${options[@]}" --dir "$state" --cache cache "$@" \
		>"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

# play_once STATE [OPTION]...: what is played is not in the tree, so nothing may come from before
play_once() {
	bisect "$@" --cache-size 0
}

resume() {
	"$CULPRIT" resume "$1" >"$1.out" 2>"$1.err" </dev/null
	STATUS=$?
}

# found DESC STATE
found() {
	if [ "$STATUS" = 0 ] && [ "$(jq -r .culprit.commit "$2/result.json")" = "$WANT" ]; then
		ok "$1"
	else
		not_ok "$1"
		diag "exit status $STATUS"
		cat "$2.out" "$2.err" | diag
	fi
}

# How many kernels were made by make
made() {
	grep -l '^# configuration written' "$1"/builds/*.log 2>/dev/null | wc -l
}

kept() {
	query "$1" "SELECT count(*) FROM event WHERE kind = 'built' AND how = 'kept'"
}

# The cause of commit N's build in the journal
cause() {
	query "$1" "SELECT title FROM event WHERE kind = 'built' AND rev = '$(git -C linux rev-parse "c$2")'"
}

entries() {
	find cache/artifacts -mindepth 1 -maxdepth 1 -type d ! -name 'tmp.*' | wc -l
}

works() {
	bwrap --ro-bind / / --unshare-net --unshare-pid true 2>/dev/null
}

### the store

bisect first
found 'with an empty store' first
check 'all kernels are made' test "$(made first)" -gt 3
check 'and kept' test "$(entries)" = "$(made first)"
bisect second
found 'the same once more' second
check 'nothing is made' test "$(made second)" = 0
check 'the journal tells' test "$(kept second)" = "$(made first)"
same 'but for times, the log is the same' <(grep -v '^revisions tested' first/bisect.log) \
	<(grep -v '^revisions tested' second/bisect.log)
check 'no second copy of a kernel takes room' test "$(stat -c %h "second/builds/$WANT/vmlinux")" -gt 1
check 'nothing half done is in the store' test -z "$(find cache/artifacts -name 'tmp.*')"

echo CONFIG_KASAN=y >>"$CONFIG"
bisect otherconfig
check 'another config is another kernel' test "$(kept otherconfig)" = 0 -a "$(made otherconfig)" -gt 3
sed -i '$d' "$CONFIG"
printf '#!/bin/sh\nexec gcc "$@"\n' >other-gcc
chmod +x other-gcc
bisect compiler --cc "$TMP/other-gcc"
check 'another compiler is another kernel' test "$(kept compiler)" = 0 -a "$(made compiler)" -gt 3

# One byte of one kernel.
for entry in cache/artifacts/*/; do
	printf 'x' | dd of="$entry/vmlinux" bs=1 seek=9 conv=notrunc status=none
done
bisect damaged
found 'with a damaged store' damaged
check 'nothing of it is used' test "$(kept damaged)" = 0
check 'that is told' test "$(query damaged "SELECT count(*) FROM event WHERE kind = 'note'
	AND text LIKE '%vmlinux is damaged: removed from the store, made anew'")" = "$(made damaged)"
bisect mended
check 'it is whole again' test "$(made mended)" = 0

rm -rf cache/trees
bisect fresh
found 'with a store and without trees' fresh
check 'nothing is made' test "$(made fresh)" = 0
check 'a tree has files all the same' test -e cache/trees/*-0/src/Makefile

bisect small --cache-size 1K
found 'with a store that is too small' small
check 'as little as fits is kept' test "$(entries)" -le 1
bisect none --cache-size 0
check 'without a store' test "$(made none)" = "$(made first)"

### two at a time

rm -rf cache
bisect one --builders 2 &
one=$!
bisect two --builders 2
found 'two bisections share a store: one' two
wait $one
STATUS=$?
found 'two bisections share a store: the other' one
check 'each has trees of its own' test "$(find cache/trees -name lock | wc -l)" = 4

### the sandbox

play build.5 'echo hacked >"$FAKE_KERNEL/hacked" || :
	echo hacked >../../hacked || :
	test -n "$OPEN" || echo hacked >"$1/.git" || :
	echo mine >"$TMPDIR/fine" && echo mine >"$1/fine" && echo "may write here"
	:'
OPEN=1 play_once open --sandbox no
found 'without the sandbox' open
check 'a build writes where it likes' test -e "$FAKE_KERNEL/hacked"
rm -f "$FAKE_KERNEL/hacked"
if works; then
	play_once boxed --sandbox yes
	found 'in the sandbox' boxed
	check 'a build writes in its own folders' grep -rq '^may write here$' boxed/builds
	check 'and nowhere else' test ! -e "$FAKE_KERNEL/hacked" -a ! -e cache/hacked
	check 'nobody says otherwise' test "$(grep -c sandbox boxed.out)" = 0
	if command -v ccache >/dev/null; then
		export CCACHE_DIR=$TMP/ccache
		play build.5 'echo "int x;" >t.c && ccache gcc -c t.c && ccache gcc -c t.c'
		play_once ccache
		found 'ccache in the sandbox' ccache
		check 'it works' test "$(find ccache -type f -name '*R' | wc -l)" -gt 0
		unset CCACHE_DIR
	fi
	clear_play
	printf '#include "/proc/sys/kernel/hostname"\n' >bad.c
	printf 'int main(void) { return 0; }\n' >good.c
	"$CULPRIT" bisect "${options[@]}" --repro good.c --dir compiled --cache cache \
		--sandbox yes >compiled.out 2>compiled.err
	STATUS=$?
	found 'a reproducer that is compiled in it' compiled
	check 'nothing is left of that' test ! -e compiled/compile
else
	diag 'bwrap does not work here: the sandbox is not tested'
fi
clear_play
mkdir nobwrap
printf '#!/bin/sh\necho "bwrap: no permissions" >&2\nexit 1\n' >nobwrap/bwrap
chmod +x nobwrap/bwrap
saved=$PATH
PATH=$TMP/nobwrap:$PATH
play_once auto
found 'a sandbox that does not work is done without' auto
check 'which is told, once' test \
	"$(grep -c 'builds run without a sandbox: bwrap fails: bwrap: no permissions' auto.out)" = 1
play_once yes --sandbox yes
check '--sandbox yes: exit status 1' test "$STATUS" = 1
one_line '--sandbox yes: one line' yes '--sandbox yes does not work here: bwrap fails: .*no permissions'
check '--sandbox yes: nothing is left' test ! -e yes
PATH=$saved
play_once maybe --sandbox maybe
check '--sandbox maybe is refused' test "$STATUS" = 1 -a ! -e maybe
bisect size --cache-size 10X
one_line 'a size that is none' size '"10X" is no size, such as 500M or 10G'

### makes that misbehave

play build.5 'sleep 98764'
play_once silent --silence 5
found 'a make that says nothing' silent
check 'is given up' test "$(cause silent 5)" = 'no output from make for 5s'

play build.5 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.6; done'
play_once chatty --silence 5
check 'one that says something is not' test -z "$(cause chatty 5)"

play build.5 'sleep 98764 & setsid sleep 98764 & (trap "" TERM HUP; exec setsid sleep 98764) >/dev/null 2>&1 &'
play_once daemons
found 'a make that leaves daemons' daemons

play build.5 'kill -9 $PPID'
play_once oom
check 'a make that is killed stops the bisection' test "$STATUS" = 1
one_line 'which says so' oom 'building .*: killed: signal 9 (Killed) (nothing.*culprit resume oom'
clear_play
resume oom
found 'it goes on' oom

play build.5 'echo "gcc: fatal error: Killed signal terminated program cc1" >&2; exit 1'
play_once oom2
check 'a compiler that is killed too' test "$STATUS" = 1
one_line 'which says so' oom2 'building .*: gcc: fatal error: Killed signal terminated program cc1'

play build.5 'printf "*\n* Restart config...\n*\nNew thing (NEW_THING) [N/y/?] (NEW) "
	read -r answer || { printf "aborted!\n\nConsole input/output is redirected. "
	echo "Run make oldconfig to update configuration."; exit 1; }'
play_once asks
found 'a build that asks' asks
check 'for what' test "$(cause asks 5)" = 'asks for CONFIG_NEW_THING, which the config leaves open'

play build.5 'read -r answer </dev/tty || { echo "mm/x.c:1:1: error: nobody answers"; exit 1; }'
for mode in auto no; do
	command="$CULPRIT bisect ${options[*]} --dir tty-$mode --cache cache --cache-size 0"
	timeout -k 5 60 script -qec "$command --sandbox $mode" /dev/null \
		</dev/null >tty-$mode.out 2>tty-$mode.err
	STATUS=$?
	found "a build that asks on the terminal ($mode)" tty-$mode
	check 'gets no answer' test "$(cause tty-$mode 5)" = 'mm/x.c:1:1: error: nobody answers'
done

play build.5 'ln -sf /etc/passwd vmlinux; exit 0'
play_once linked
found 'a make that leaves a link for a kernel' linked
check 'is no kernel' test "$(cause linked 5)" = 'make ended well and left no plain file vmlinux'
play build.5 'rm -f vmlinux; mkfifo vmlinux; exit 0'
play_once pipe
check 'nor is a pipe' test "$(cause pipe 5)" = 'make ended well and left no plain file vmlinux'
echo mine >victim
play build.5 'ln -sf "$FAKE_KERNEL/../victim" .config.tmp'
play_once planted
found 'a make that leaves a link for the next build' planted
check 'it is not followed' test "$(cat victim)" = mine

play build.5 'test ! -e leftover || echo "was here before"; touch leftover'
play_once warm
play_once warm2
check 'objects stay for the next bisection' grep -rq '^was here before$' warm2/builds
play build.5 'test ! -e leftover || echo "was here before"; touch leftover; echo "ccache: $CCACHE_DISABLE"'
bisect clean --clean-builds
found '--clean-builds' clean
check 'takes nothing from before' test -z "$(grep -rl '^was here before$' clean/builds)"
check 'nor from ccache' grep -rqx 'ccache: 1' clean/builds
check 'nor from the store' test "$(kept clean)" = 0
clear_play

### builds that run ahead

# At low priority a make may take any time: it hangs here when it runs ahead.
play guest.good "$(printf 'slow 400\nclean')"
play guest.bad "$(printf 'slow 400\ncrash fake_culprit')"
play build.all 'test "$(nice)" -lt 10 || sleep 98764'
play_once ahead --silence 5 --policy bayes --builders 2 --epsilon 0.001
found 'makes that ran ahead and were late' ahead
# These were made anew after five silent seconds; what they left in a tree goes with its next revision.
check 'there were some' test "$(query ahead "SELECT count(*) FROM event AS e JOIN event AS b USING (rev)
	WHERE b.kind = 'build' AND e.kind = 'built' AND e.outcome = 'ok' AND e.active_us - b.active_us > 5e6")" -gt 0
check 'no revision is blamed for that' test "$(query ahead "SELECT count(*) FROM event
	WHERE kind = 'built' AND outcome = 'failed'")" = 0
clear_play

### disks that fail

# failing FAULT COMMAND...: with a disk that fails, see tests/fake/fault.c
failing() {
	local fault=$1

	shift
	FAULT=$fault LD_PRELOAD=$FAULT_LIBRARY \
		ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" "$@"
}

export ASAN_OPTIONS="${ASAN_OPTIONS-}"
for error in ENOSPC:'No space left on device' EIO:'Input/output error'; do
	name=${error%%:*} text=${error#*:}
	rm -rf cache
	failing "$name any 1+ /state-$name/builds/" bisect state-$name
	check "the state fails: $text" test "$STATUS" = 1
	one_line 'one line' state-$name "$text.*culprit resume state-$name"
	resume state-$name
	found 'it goes on when that is mended' state-$name
	failing "$name write 1+ /cache/trees/" bisect trees-$name --cache-size 0
	check "the trees fail: $text" test "$STATUS" = 1
	one_line 'one line' trees-$name "building .*: .*culprit resume trees-$name"
done

# The list of what a kernel is made of: that of each build, and the copy of the first.
play build.all 'printf "cmd_n := cat\nsource_n := %s/n\n" "$1" >.n.cmd'
for fault in 'ENOSPC write 1 /inputs' 'EIO sync 2 /inputs'; do
	state=list-${fault%% *}
	failing "$fault" play_once "$state"
	check "the list of inputs fails: $fault" test "$STATUS" = 1
	one_line 'one line' "$state" "inputs: .*culprit resume $state"
	check 'the build counts' test "$(made "$state")" = 1
	resume "$state"
	found 'it goes on' "$state"
	check 'and is not made again' test -z "$(query "$state" "SELECT rev FROM event
		WHERE kind = 'built' AND outcome = 'ok' GROUP BY rev HAVING count(*) > 1")"
	check 'the list is there' grep -qx n "$state/inputs"
done
clear_play

# What the store does on such disks: test-faults.sh. One that may not be written is done without.
rm -rf cache
failing 'EROFS any 1+ /cache/artifacts' bisect unwritable
found 'a store on a disk that is read-only' unwritable
check 'that is told once' test "$(query unwritable "SELECT count(*) FROM event WHERE kind = 'note'
	AND text LIKE '%builds are not kept%Read-only file system%'")" = 1
check 'nothing is kept' test "$(find cache/artifacts -mindepth 1 2>/dev/null | wc -l)" = 0

### after any end

mounts=$(cat /proc/self/mounts)
clear_play
for number in 10 30 50 70 90; do
	setsid "$CULPRIT" bisect "${options[@]}" --dir killed-$number --cache cache --builders 2 \
		>session.out 2>session.err </dev/null &
	session=$!
	sleep 0.$number
	{
		kill_session $session
		wait $session
	} 2>/dev/null
	for lock in cache/trees/*/lock cache/artifacts/lock killed-$number/lock; do
		test ! -e "$lock" || wait_until 10 flock -n "$lock" true || not_ok "$lock is held"
	done
	if query killed-$number 'SELECT value FROM request' 2>/dev/null | grep -q .; then
		resume killed-$number
	else
		bisect killed-$number
	fi
	found "killed after 0.$number s: it goes on" killed-$number
done
check 'no mount is left' test "$mounts" = "$(cat /proc/self/mounts)"
check 'no process is left' test -z "$(pgrep -f "$TMP/fake|sleep 98764|$TMP/cache")"
done_testing
