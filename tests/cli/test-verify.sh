#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Answers that are checked before they are told: on fake kernels (tests/fake/) and with --verify on a
# command. Labels, tiers, reverts, and the way on behind a detector.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"
. "$TESTS/../fake/bisect.sh"
BISECT_OPTIONS=(--cache-size 0 --guests 2 --policy bayes)

fact() { # STATE KEY
	query "$1" "SELECT text FROM event WHERE kind = 'fact' AND outcome = '$2'"
}

# is DESC STATE KEY VALUE
is() {
	local got

	got=$(fact "$2" "$3")
	if [ "$got" = "$4" ]; then
		ok "$1"
	else
		not_ok "$1"
		diag <<<"$3 is $got"
		fact "$2" "$3_why" | diag
	fi
}

has_why() { # STATE KEY ID
	fact "$1" "$2_why" | grep -q "^$3 "
}

# A history of its own: 24 commits of a driver, each with a file of its own, so that reverts apply. The
# kernel warns in fs/fake.c when fs/cond.c is there and the check is in the source; which of the two
# came last is the play. What a kernel is made of is the source without its comments.
fake_history() { # FOLDER COND CHECK [COMMENT]
	local dir=$1 cond=$2 check=$3 n

	git init -q "$dir"
	(
		cd "$dir" || exit
		git config user.name A
		git config user.email a@example.com
		fake_makefile >Makefile
		cat >build.sh <<-'END'
			set -e
			n=$(ls "$1/Documentation" | sort -n | tail -n 1)
			cd "$2"
			guest=$FAKE_KERNEL/guest.good
			if test -e "$1/fs/cond.c" && grep -q WARN_ON "$1/fs/fake.c"; then
				guest=$FAKE_KERNEL/guest.bad
			fi
			test ! -e "$FAKE_KERNEL/guest.$n" || guest=$FAKE_KERNEL/guest.$n
			mkdir -p arch/x86/boot
			cp "$guest" arch/x86/boot/bzImage
			cat "$1"/fs/*.c | sed 's, */\*.*\*/,,' | grep -v '^[[:space:]]*$' >sections
			objcopy -I binary -O elf64-x86-64 sections vmlinux
		END
		mkdir -p fs Documentation
		fake_source "" >fs/fake.c
		for n in $(seq 24); do
			touch "Documentation/$n"
			[ "$n" = "${4-}" ] || echo "int other_$n;" >"fs/other_$n.c"
			[ "$n" != "$cond" ] || echo 'int cond = 1;' >fs/cond.c
			[ "$n" != "$check" ] || fake_source $'\tWARN_ON(x == 77);' >fs/fake.c
			[ "$n" != "${4-}" ] || sed -i '1s,$, /* what this is for */,' fs/fake.c
			git add -A
			GIT_COMMITTER_DATE="2020-01-01T00:$n:00Z" GIT_AUTHOR_DATE="2020-01-01T00:$n:00Z" \
				git commit -q -m "fs: change $n"
			git tag "c$n"
			[ $((n % 6)) != 1 ] || git tag "v5.$((n / 6))"
		done
	)
}

# The check stands at line 42, where the fake guest's warning points.
fake_source() {
	local i

	for i in $(seq 38); do
		echo "int f$i;"
	done
	printf 'int fake_culprit(int x)\n{\n\tint y = x;\n%s\n\treturn y;\n}\n' "$1"
}

### a cause

clear_play
fake_history cause 15 3
bisect_in() { # REPO STATE [OPTION]...
	local repo=$1 state=$2

	shift 2
	"$CULPRIT" bisect --kernel "$repo" --bad HEAD --config "$CONFIG" --repro "$REPRO" \
		--dir "$state" --cache cache --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 \
		"${BISECT_OPTIONS[@]}" "$@" >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

names() { # DESC STATE REPO COMMIT
	local got

	got=$(jq -r .culprit.commit "$2/result.json")
	if [ "$got" = "$(git -C "$3" rev-parse "$4")" ]; then
		ok "$1"
	else
		not_ok "$1"
		{ echo "$got, exit status $STATUS"; cat "$2.out" "$2.err"; } | diag
	fi
}

bisect_in cause cause.1 --good c5
names 'a cause: found' cause.1 cause c15
is 'the revert helps' cause.1 revert PASS
check 'the parent was told apart' has_why cause.1 label told-apart
check 'counts of culprit, parent, bad and revert' test "$(fact cause.1 counts | grep -c .)" = 4
check 'the revert was built and run' test "$(query cause.1 "
	SELECT count(*) FROM event WHERE kind = 'test' AND outcome = 'verify' AND title = 'revert'")" = 1
check 'the log knows nothing of the revert' lacks \
	"$(query cause.1 "SELECT rev FROM event WHERE kind = 'test' AND title = 'revert'")" cause.1/bisect.log
check 'the log is one' test -z "$(awk -f "$TESTS/log2020.awk" cause.1/bisect.log)"
check 'and reads like one' "$CULPRIT" replay cause.1/bisect.log
check 'the end tells' grep -q '^label: .*; reverted on the start revision: PASS' cause.1.out
check 'the repository has no new name' test "$(git -C cause for-each-ref | wc -l)" = 29
bisect_in cause cause.2 --good c5 --no-verify
names '--no-verify: found' cause.2 cause c15
check '--no-verify: no label' test -z "$(fact cause.2 label)"

### a detector, and what is behind it

fake_history detector 9 18
bisect_in detector detector.1 --follow-detector
names 'a detector: found' detector.1 detector c18
is 'its label' detector.1 label detector
check 'why: it adds the check' has_why detector.1 label adds-check
names 'behind it: the older cause' detector.1/older detector c9
check 'every revision had the check carried' test "$(query detector.1/older "
	SELECT value FROM request WHERE key = 'carry'")" = "$(git -C detector rev-parse c18)"
check 'the way on is told' grep -q 'going on behind it, in ' detector.1.out
"$CULPRIT" resume detector.1 >again.out 2>&1
check 'resumed, both are there' test "$(grep -c '^first bad commit: ' again.out)" = 2

"$CULPRIT" status detector.1 >status.out
check 'so does the status' grep -qx 'behind it: culprit status detector.1/older' status.out
for args in '--no-verify' '--policy syzbot-2020'; do
	# shellcheck disable=SC2086 # words
	bisect_in detector unchecked --follow-detector $args
	check "$args finds no detector" test "$STATUS" = 1 -a ! -e unchecked
	one_line 'and it is said at once' unchecked 'needs an answer that is checked'
done
git clone -q --no-tags detector tagless
echo "$(git -C detector rev-parse c9) 2" >weights
bisect_in tagless tagless.1 --good "$(git -C detector rev-parse c5)" --prior-file weights --follow-detector
names 'without releases: the check' tagless.1 detector c18
names 'without releases: what is behind it, from the good end that was given' tagless.1/older detector c9
check 'and with the weights that were given' cmp weights tagless.1/older/weights

# Who reads of the older one must know what its kernels were made of, and have it to make them again.
"$CULPRIT" report detector.1 >detector.report
"$CULPRIT" report --format mail --from a@example.com detector.1 >detector.mail
"$CULPRIT" report detector.1/older >older.report
"$CULPRIT" report --format json detector.1/older >older.json
CHECK=$(git -C detector rev-parse c18) CONDITION=$(git -C detector rev-parse c9)
check 'the report of the detector names what is behind it' \
	grep -q "^behind it:  *${CONDITION:0:12} fs: change 9$" detector.report
check 'and where that is told' grep -q 'see culprit report detector.1/older$' detector.report
check 'its mail names it too' grep -q "^behind it:  *${CONDITION:0:12} fs: change 9$" detector.mail
check 'but no folder of ours' lacks 'detector.1' detector.mail
check 'JSON: what is behind it' test "$("$CULPRIT" report --format json detector.1 |
	jq -r '"\(.older.status) \(.older.culprit.commit) \(.carry)"')" = "culprit $CONDITION null"
check 'the report of the older one says what was carried' grep -qF \
	"Each revision was tested with the change of ${CHECK:0:12} (\"fs: change 18\") on" older.report
check 'JSON: what was carried' test "$(jq -r '"\(.carry.commit) \(.older)"' older.json)" = "$CHECK null"
check 'its log says it' grep -qx "carried along: $CHECK" detector.1/older/bisect.log
check 'the log is one' test -z "$(awk -f "$TESTS/log2020.awk" detector.1/older/bisect.log)"
check 'and reads like one' "$CULPRIT" replay detector.1/older/bisect.log
check 'a log without a change carried has no such line' lacks 'carried along' detector.1/bisect.log

"$CULPRIT" audit --json detector.1/older/bisect.log >audit.json
check 'an audit of the log says it' jq -e '.findings | any(.id == "carried")' audit.json
bisect_in detector again --bad c17 --from-log detector.1/older/bisect.log
names 'from that log: the same' again detector c9
check 'with the same change carried' test "$(query again "
	SELECT value FROM request WHERE key = 'carry'")" = "$CHECK"

# git's part of what the report says to do by hand; the sources are those of the kernels that ran.
by_hand() { # HEADING [REV]: the commands below it, with another REV
	jq -r --arg h "$1" '.recipes[] | select(.heading == $h) | .commands' older.json |
		grep -E '^(git|REV=)' | sed "s,^REV=[0-9a-f]*,REV=${2:-&}," | sed 's,REV=REV=,REV=,'
}
by_hand 'The kernel of a step' >step.sh
check 'by hand: the culprit with the check' bash -c 'sh -e step.sh && test -e tree/fs/cond.c &&
	grep -q WARN_ON tree/fs/fake.c'
by_hand 'The kernel of a step' c8 | grep -v clone >parent.sh
check 'by hand: then its parent with the check' bash -c 'sh -e parent.sh && test ! -e tree/fs/cond.c &&
	grep -q WARN_ON tree/fs/fake.c'
by_hand 'The start commit without the culprit' >revert.sh
check 'by hand: the revert' bash -c 'sh -e revert.sh && test ! -e tree/fs/cond.c &&
	grep -q WARN_ON tree/fs/fake.c && test -e tree/fs/other_17.c'
rm -rf tree
check 'all of it carries the check too' bash -c \
	"jq -r '.recipes[-1].commands' older.json | grep -q -- '--carry $CHECK'"

# What is carried and does not apply makes a skip.
bisect_in cause carried --good c5 --carry c18
check '--carry of a commit that is there: the same' test "$(jq -r .culprit.commit carried/result.json)" = \
	"$(git -C cause rev-parse c15)"
bisect_in cause nothing --good c5 --carry nonesuch
check '--carry of nothing' test "$STATUS" = 1
check 'one line' test "$(wc -l <nothing.err)" = 1

### no code change: guests that lie about a commit that only comments

fake_history lies 0 3 14
clear_play
for n in $(seq 14 24); do
	play "guest.$n" 'crash fake_culprit'
done
bisect_in lies lies.1 --good c5
names 'guests lie: the comment is named' lies.1 lies c14
is 'its label' lies.1 label 'no code change'
is 'nobody gets a mail' lies.1 tier 'do not mail'

### an evil merge

clear_play
git init -q evil
(
	cd evil || exit
	git config user.name A
	git config user.email a@example.com
	cp ../cause/Makefile ../cause/build.sh .
	mkdir fs Documentation
	fake_source "" >fs/fake.c
	commit() {
		touch "Documentation/$1"
		git add -A
		GIT_COMMITTER_DATE="2020-01-01T00:$1:00Z" GIT_AUTHOR_DATE="2020-01-01T00:$1:00Z" \
			git commit -q -m "fs: change $1"
		git tag "c$1"
	}
	for n in 1 2 3; do
		commit $n
	done
	git checkout -q -b side
	for n in 4 5 6; do
		echo "int side_$n;" >>fs/side.c
		commit $n
	done
	git checkout -q -
	for n in 7 8 9; do
		echo "int main_$n;" >>fs/main.c
		commit $n
	done
	git merge -q --no-commit side >/dev/null 2>&1
	touch Documentation/10
	echo 'int cond = 1;' >fs/cond.c
	fake_source $'\tWARN_ON(x == 77);' >fs/fake.c
	git add -A
	git commit -q -m "Merge branch side"
	git tag c10
	for n in 11 12 13; do
		commit $n
	done
)
bisect_in evil evil.1 --good c2
names 'an evil merge: found' evil.1 evil c10
is 'its label' evil.1 label merge
# What the report says to do by hand: git wants the side of the merge that stays.
"$CULPRIT" report --format json evil.1 | jq -r '.recipes[].commands' >evil.txt
check 'by hand: the revert of a merge' bash -c \
	'git clone -q evil tree && git -C tree config user.name A && git -C tree config user.email a@example.com &&
	cmd=$(grep "^git -C tree revert" evil.txt) && eval "$cmd" && test ! -e tree/fs/cond.c'

### a command

bisect_run() { # STATE [OPTION]...
	local state=$1

	shift
	"$CULPRIT" bisect --repo cause --bad HEAD --good c5 --dir "$state" "$@" \
		--run sh -c 'test ! -e fs/cond.c' >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}
bisect_run command
names 'a command: found' command cause c15
check 'not checked unless it is asked for' test -z "$(fact command label)"
bisect_run checked --verify
names '--verify: found' checked cause c15
is 'the revert helps' checked revert PASS
check 'the work tree of our own is gone' test ! -e checked/tree

done_testing
