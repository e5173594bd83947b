#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Saved guests in whole bisections with a fake kernel and a fake QEMU (tests/fake/): which runs boot,
# what happens when a guest cannot be saved or does not go on, and that a difference between the
# kinds is found.
#
# With CULPRIT_SLOW_TESTS=1 also what never answers, for a minute or two.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"

fake_kernel linux --good 2 --culprit 9 16 0 1 || skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c9)
GOOD=$(git -C linux rev-parse c8)

# bisect STATE [OPTION]...: $STATUS, STATE.out, STATE.err
bisect() {
	local state=$1

	shift
	"$CULPRIT" bisect --kernel linux --bad main --good c2 --config "$CONFIG" --repro "$REPRO" \
		--dir "$state" --cache cache --cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 1 \
		--policy syzbot-2020 --runs 12 "$@" >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

found() { # DESC STATE
	local desc=$1 state=$2

	check "$desc" test "$STATUS" = 0 -a "$(jq -r .culprit.commit "$state/result.json")" = "$WANT"
	[ "$STATUS" = 0 ] || cat "$state.err" | diag
	check "$desc: no state is left" test -z "$(find "$state" -name 'saved*')"
}

guests() { # REV: how its guests began
	cat "$FAKE_KERNEL/guests-$1"
}

notes() { # STATE PATTERN
	query "$1" "SELECT count(*) FROM event WHERE kind = 'note' AND text LIKE '$2'"
}

clear_play
bisect plain
found 'runs from saved guests' plain
check 'the first run boots, and the eleventh' test "$(guests "$GOOD")" = xsssssssssxs
check 'the console of a saved guest has its boot' \
	test "$(grep -La 'Linux version' plain/runs/*.txt | wc -l)" = 0
check 'and one mark of the run' test -z "$(grep -ac 'of the reproducer started' plain/runs/*.txt | grep -v ':1$')"
check 'nobody is told' test "$(notes plain '%saved%')" = 0

clear_play
bisect cold --cold
found 'with --cold' cold
check 'each run boots' test "$(guests "$GOOD")" = xxxxxxxxxxxx

clear_play
play guest.bad "$(printf 'crash fake_culprit\n/2: clean')"
bisect half --policy bayes --runs 12 2>/dev/null
bisect bayes --policy bayes
check 'bayes has no --runs' test "$STATUS" = 1
"$CULPRIT" bisect --kernel linux --bad main --good c2 --config "$CONFIG" --repro "$REPRO" \
	--dir adaptive --cache cache --cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 2 \
	>adaptive.out 2>adaptive.err </dev/null
STATUS=$?
found 'two guests at a time, bayes, a flaky bug' adaptive
check 'some guests were saved' grep -q s "$FAKE_KERNEL/guests-$GOOD"

### what cannot be saved

for how in no-save save-fail save-large save-die; do
	clear_play
	play guest.good "$(printf '%s\nclean' $how)"
	play guest.bad "$(printf '%s\ncrash fake_culprit' $how)"
	bisect $how --runs 4
	found "$how" $how
	check "$how: each run boots" test -z "$(cat "$FAKE_KERNEL"/guests-* | tr -d x)"
	check "$how: it is said" test "$(notes $how 'saved guests: %')" -ge 1
	check "$how: and that it is given up" \
		test "$(notes $how 'saved guests: %: going on with cold boots only')" = 1
done
check 'why is told' test "$(notes no-save '%State blocked by non-migratable device%')" -ge 1
check 'a state has a limit' test "$(notes save-large '%the state is larger than 640 MiB%')" -ge 1

clear_play
play guest.good "$(printf 'save-garbage\nclean')"
play guest.bad "$(printf 'save-garbage\ncrash fake_culprit')"
bisect garbage --runs 4
found 'garbage on the monitor' garbage

# A file may grow to 4 MiB.
clear_play
play guest.good "$(printf 'save-large\nclean')"
play guest.bad "$(printf 'save-large\ncrash fake_culprit')"
(
	trap '' XFSZ
	ulimit -f 4096
	bisect full --runs 4
	exit $STATUS
)
STATUS=$?
found 'no room for a state' full
check 'why is told' test "$(notes full 'saved guests: %: cannot write %/saved.part: File too large%')" -ge 1

# The same for a console: that says nothing about the kernel.
clear_play
play guest.8 "$(printf 'clean\n1:flood\n2:flood\n3:flood')"
(
	trap '' XFSZ
	ulimit -f 4096
	bisect console --runs 4
	exit $STATUS
)
STATUS=$?
check 'no room for a console stops the bisection' test $STATUS = 1
one_line 'and why is told' console 'cannot write .*/runs/.*: File too large.*culprit resume console'
"$CULPRIT" resume console >console.out 2>console.err </dev/null
STATUS=$?
found 'and resumed' console

### what does not go on

for how in no-restore restore-fail; do
	clear_play
	play guest.good "$(printf '%s\nclean' $how)"
	play guest.bad "$(printf '%s\ncrash fake_culprit' $how)"
	bisect $how --runs 6
	found "$how" $how
	check "$how: no run is lost" test "$(query $how "SELECT count(*) FROM event WHERE
		kind = 'ran' AND outcome = 'infrastructure'")" = 0
	check "$how: it is said" test "$(notes $how 'saved guests: %')" -ge 1
	check "$how: and that it is given up" \
		test "$(notes $how '%going on with cold boots only')" = 1
done
check 'why is told, in the words of QEMU' \
	test "$(notes no-restore '%load of migration failed: Invalid argument%')" -ge 1

# A QEMU that dies at its start, now and then: boots are tried instead.
clear_play
play guest.good "$(printf 'clean\n/3:die')"
bisect dies --runs 6
found 'QEMU that dies now and then' dies

### kinds that differ

clear_play
play guest.bad "$(printf 'saved-clean\ncrash fake_culprit')"
bisect differ --policy syzbot-2020
found 'a bug that needs a boot' differ
check 'that is found out' test "$(notes differ 'saved guests do not crash as cold boots do (0 of %')" = 1
check 'and the rest boots' grep -q 'xxxxxxx$' "$FAKE_KERNEL/guests-$WANT"

### interrupts

clear_play
play guest.good 'slow 100'
setsid "$CULPRIT" bisect --kernel linux --bad main --good c2 --config "$CONFIG" --repro "$REPRO" \
	--dir killed --cache cache --cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 1 \
	--policy syzbot-2020 --runs 12 >killed.out 2>killed.err </dev/null &
SESSION=$!
is_saved() {
	[ -n "$(find killed/builds -name saved 2>/dev/null)" ]
}
wait_until 30 is_saved
{
	kill_session $SESSION
	wait $SESSION
} 2>/dev/null
check 'killed with -9, a state is left' is_saved
"$CULPRIT" resume killed >killed.out 2>killed.err </dev/null
STATUS=$?
found 'and resumed' killed

### what never answers

if [ -n "${CULPRIT_SLOW_TESTS-}" ]; then
	clear_play
	play guest.8 "$(printf 'save-hang\nclean')"
	play guest.7 "$(printf 'restore-hang\nclean')"
	play guest.6 "$(printf 'clean\n2:stop')"
	bisect silent --runs 3
	found 'saving and restoring that never end, QEMU that is stopped' silent
	check 'never saved' test "$(notes silent '%could not be saved in time%')" = 1
fi

check 'nothing of all this is left running' test -z "$(pgrep -f "$TMP/fake")"
done_testing
