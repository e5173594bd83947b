#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole bisections with made-up guests (--guest fake): scripts are played inside of culprit, which
# costs nothing, so that long searches can be tested.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3
program CULPRIT culprit
program GEN_HISTORY gen_history
. "$TESTS/../fake/kernel.sh"

fake_kernel linux --good 5 --culprit 37 --topics-before-good 60 10 1 ||
	skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c37)

bisect() { # STATE [OPTION]...: $STATUS, STATE.out, STATE.err
	local state=$1

	shift
	"$CULPRIT" bisect --kernel linux --bad main --good good --config "$CONFIG" --repro "$REPRO" \
		--dir "$state" --cache cache --cache-size 0 --guest fake --run-seconds 1 --guests 2 "$@" \
		>"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

found() { # DESC STATE
	check "$1" test "$STATUS" = 0 -a "$(jq -r .culprit.commit "$2/result.json")" = "$WANT"
	[ "$STATUS" = 0 ] || cat "$2.err" | diag
}

lacks() { # PATTERN FILE
	[ -s "$2" ] && ! grep -q -- "$1" "$2"
}

outcomes() { # STATE TEST: of its runs, in their order
	query "$1" "SELECT outcome FROM event WHERE kind = 'ran' AND test = $2 ORDER BY run" | tr '\n' ' '
}

clear_play
play guest.good 'clean'
play guest.bad 'crash fake_culprit'
bisect plain --policy git-bisect
found 'the culprit' plain
check 'the crash' test "$(jq -r .crash.title plain/result.json)" = 'WARNING in fake_culprit'

# The start is test 1.
clear_play
play guest.bad "$(printf '/3: boot-panic\n4: run\n4: end\n# comment\n5: basic-fail\nboot\nconsole hello\nclean\ncrash never')"
bisect words --policy syzbot-2020 --runs 6
check 'lines for some runs' test "$(outcomes words 1)" = \
	'clean clean boot failed lost basic test failed clean '
check 'lines of its own' grep -q '\] hello' words/runs/1.1.txt
check 'which others do not have' lacks hello words/runs/1.3.txt

clear_play
play guest.bad "$(printf 'run\ndie no memory')"
bisect dies --policy git-bisect
check 'what cannot be run stops the bisection' test $STATUS = 1
one_line 'and why is told' dies 'fake guest: no memory'

clear_play
play guest.bad "$(printf 'boot\nraw half a line\nrun\n'; yes 'console hello' | head -n 500; printf 'wait 300\ncrash fake_culprit')"
bisect wait --policy git-bisect
found 'lines one by one' wait
# The later one of the guest's clock, where each line takes some time, and the host's: the lines keep
# the guest's ahead, however busy the host is.
check 'how long after the begin of the run it crashed' test "$(query wait "
	SELECT min(b) || ' ' || max(b) FROM event WHERE outcome = 'crashed'")" = '1806 1806'

clear_play
play guest.bad "$(printf 'cold: clean\nflood')"
bisect kinds --policy syzbot-2020 --runs 4 --guests 1
check 'lines for one kind' test "$(outcomes kinds 1)" = 'clean lost clean lost '

clear_play
play guest.good "$(printf '3%%: crash foreign_thing\nclean')"
play guest.bad "$(printf 'boot\nrun\nwait 200\n40%%: crash fake_culprit\nclean')"
bisect flaky
found 'a bug that crashes in 40 % of the runs' flaky
check 'runs from saved guests crash too' test "$(query flaky "
	SELECT count(*) > 2 FROM event WHERE outcome = 'crashed' AND how = 'saved'")" = 1

clear_play
play guest.bad "$(printf '40%%: crash fake_culprit\nclean')"
bisect rate --policy syzbot-2020 --runs 40 --max-runs 40
bisect again --policy syzbot-2020 --runs 40 --max-runs 40 --guests 1
check 'chance has its share' test "$(query rate "SELECT count(*) = 40 AND
	avg(outcome = 'crashed') BETWEEN 0.2 AND 0.6 FROM event WHERE kind = 'ran'")" = 1
check 'and is the same each time' test "$(outcomes rate 1)" = "$(outcomes again 1)"

clear_play
play guest.good "$(printf 'no-save no such luck\nclean')"
play guest.bad "$(printf 'no-restore nor here\ncrash fake_culprit')"
bisect luckless --policy syzbot-2020 --runs 4
found 'guests that are not saved or do not go on' luckless
check 'why is told' test "$(query luckless "
	SELECT count(*) FROM event WHERE kind = 'note' AND text LIKE 'saved guests: %nor here%'")" = 1

"$CULPRIT" bisect --kernel linux --bad main --config "$CONFIG" --repro "$REPRO" --dir none \
	--guest vax >vax.out 2>vax.err
STATUS=$?
check 'a guest that there is not' test $STATUS = 1
one_line 'is told' vax '--guest is qemu or uml'
done_testing
