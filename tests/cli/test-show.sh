#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit show: on searches that go on, were stopped and have ended, by any policy; other assumptions;
# hostile titles; and that nothing is written. Whether run n of a revision fails is a hash of both.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git jq sqlite3 setsid cksum
program CULPRIT culprit
program GEN_HISTORY gen_history

make_repo repo --topics-before-good --good 20 --culprit 201 300 40 7
WANT=$(git -C repo rev-parse culprit)

# Fails RATE of 100 times where the bug is; asks to stop after STOP runs, if that is set.
cat >test.sh <<'END'
#!/bin/sh
test -e skip && exit 125
mkdir -p "$COUNTS"
echo run >>"$COUNTS/$CULPRIT_REVISION"
test -z "${STOP-}" || test "$(cat "$COUNTS"/* | wc -l)" -le "$STOP" || exit 255
test -z "${SLOW-}" || sleep "$SLOW"
n=$(wc -l <"$COUNTS/$CULPRIT_REVISION")
luck=$(printf '%s %s' "$CULPRIT_REVISION" "$n" | cksum | cut -d' ' -f1)
test ! -e bad || test $((luck / 7 % 100)) -ge "$RATE"
END
chmod +x test.sh
export RATE=60

# bisect REPO STATE ARGS...
bisect() {
	local repo=$1 state=$2

	shift 2
	COUNTS=$TMP/$state.counts "$CULPRIT" bisect --repo "$repo" --bad main --good good \
		--dir "$state" "$@" --run "$TMP/test.sh" >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

# show NAME ARGS...: NAME.txt, NAME.err
show() {
	local name=$1

	shift
	"$CULPRIT" show "$@" >"$name.txt" 2>"$name.err" </dev/null
	STATUS=$?
}

# has NAME TEXT...: all of them stand in NAME.txt
has() {
	local name=$1 text

	shift
	for text in "$@"; do
		grep -qF -- "$text" "$name.txt" && continue
		echo "missing: $text"
		cat "$name.txt" "$name.err"
		return 1
	done
}

# Every line fits, and no byte that is none of text.
tame() {
	! LC_ALL=C awk 'length > 80 { print "too long: " $0; bad = 1 } END { exit !bad }' "$1" &&
		! LC_ALL=C grep -nP '[^\x20-\x7e]' "$1"
}

# The state folder as others would see it. What SQLite keeps for readers beside the journal is not
# part of it, and neither is the time of the lock.
contents() {
	(cd "$1" && find . -type f ! -name '*-shm' ! -name '*-wal' -exec sha256sum {} + | sort -k2)
}

### a search that has ended

bisect repo ended --policy bayes
check 'a flaky bug is found' test "$STATUS" = 0
contents ended >before.txt
show ended ended
check 'show: exit status 0' test "$STATUS" = 0
check 'nothing on stderr' test ! -s ended.err
check 'evidence, candidates, the end' has ended 'culprit, policy bayes' 'Evidence: ' 'has bug' odds \
	"${WANT:0:12}" 'Candidates: 95 % in 1 commit' 'the bug is older than the range' \
	'the crash does not depend on history' "the culprit is ${WANT:0:12}"
check 'at most 80 columns of plain text' tame ended.txt
check 'why commits are likely' grep -qE '^ {26}.*age [0-9]+ of [0-9]+ x[0-9.]+$' ended.txt
(export COLUMNS=50; show narrow ended)
check 'in more lines where they are short' grep -qE '^ {26}age [0-9]+ of [0-9]+ x[0-9.]+$' narrow.txt
contents ended >after.txt
same 'STATE is as it was' before.txt after.txt
check 'each tested revision has a row' test \
	"$(query ended "SELECT count(DISTINCT rev) FROM event WHERE kind = 'test'")" = \
	"$(sed -n '/^Evidence/,/odds:/p' ended.txt | grep -cE '^ +[0-9a-f]{12} ')"
show ended2 ended
same 'the same again' ended.txt ended2.txt
chmod -R a-w ended
show readonly ended
chmod -R u+w ended
same 'a folder that cannot be written to' ended.txt readonly.txt

show json --json ended
check '--json is JSON' jq -e . json.txt
check 'its keys' jq -e '[keys_unsorted[]] == ["status", "policy", "culprit", "crash", "range",
	"assumptions", "evidence", "other_crashes", "posterior", "next", "after_crash",
	"after_clean", "forecast", "what_if"]' json.txt
check 'the culprit leads' jq -e --arg want "$WANT" '.culprit == $want and .what_if == null and
	.posterior.candidates[0].commit == $want and .posterior.candidates[0].probability > 0.98 and
	.next.step == "found" and .next.commit == $want' json.txt
check 'its evidence speaks against it being clean' jq -e --arg want "$WANT" \
	'.evidence[] | select(.commit == $want) | .has_bug > 0.98 and .log10_odds > 0 and .same > 0' json.txt
check 'runs are counted as in the result' test "$(jq '[.evidence[] | .clean + .same + .other + .failed] | add' \
	json.txt)" = "$(jq .runs ended/result.json)"
check 'probabilities: all sums to one' jq -e '.posterior | [.candidates[].probability, .older, .not_history]
	| add | . > 0.99 and . < 1.0000001' json.txt
show few -n 2 --json ended
check '-n 2' jq -e '.posterior.candidates | length == 2' few.txt
show none -n 0 ended
check '-n 0' has none 'Candidates: 95 % in 1 commit' 'more commits'

### one that was stopped, on its way

STOP=12 bisect repo stopped --policy bayes --trust-ends
check 'stopped on the way' test "$STATUS" = 1
show stopped stopped
check 'what comes next, and why' has stopped 'stopped, policy bayes' 'chance that it has the bug' \
	'what it tells' 'what it costs' 'chance that it cannot be tested' 'then, after a crash' \
	'then, after' 'confidence in the best answer' 'Left: ' 'runs (' 'its test is under way'
check 'at most 80 columns' tame stopped.txt
show stopped-json --json stopped
check 'a forecast with intervals' jq -e '.forecast | .searches >= 8 and
	([.builds, .runs, .seconds][] | .low >= 0 and .low <= .median and .median <= .high)' stopped-json.txt
check 'a revision is named' jq -e '.next.commit | length == 40' stopped-json.txt
"$CULPRIT" status stopped >status.txt 2>&1
check 'status: the best candidate and what is left' grep -q '^best candidate: ' status.txt
check 'in a line each' grep -qE '^left: [0-9]+ runs \([0-9]+ to [0-9]+\), ' status.txt
COUNTS=$TMP/stopped.counts "$CULPRIT" resume stopped >/dev/null 2>&1
check 'it goes on' test $? = 0

### while it runs, and killed

{
	SLOW=0.05 COUNTS=$TMP/live.counts setsid "$CULPRIT" bisect --repo repo --bad main --good good \
		--dir live --policy bayes --run "$TMP/test.sh" >live.out 2>&1 </dev/null &
}
pid=$!
began() {
	[ "$(query live "SELECT count(*) FROM event WHERE kind = 'ran'" 2>/dev/null || echo 0)" -ge 25 ]
}
check 'a bisection at work' wait_until 60 began
show live live
check 'show works meanwhile' has live 'running, policy bayes' 'Evidence: '
{
	kill_session $pid
	wait $pid
} 2>/dev/null
show killed live
check 'and after kill -9' has killed 'not running, policy bayes' 'Evidence: '
check 'which can be resumed nevertheless' env COUNTS="$TMP/live.counts" "$CULPRIT" resume live

### other policies, and ends

bisect repo git --policy git-bisect
show git git
check 'a journal of git-bisect' has git 'policy git-bisect' 'Next, if it went on' 'Evidence: '
"$CULPRIT" status git >status.txt
check 'status of it tells no odds' test "$(grep -c 'best candidate' status.txt)" = 0
RATE=0 bisect repo never --policy bayes
show never never
check 'not reproduced: no search' has never 'not-reproduced' 'It ended before a search began.'
show never-json --json never
check 'its JSON' jq -e '.range == null and .posterior == null and .next == null and .forecast == null and
	(.evidence | length == 1) and .evidence[0].clean > 10' never-json.txt
STOP=3 RATE=0 bisect repo early --policy bayes
show early early
check 'stopped before there is a range' has early 'The search has not begun' 'Evidence: 3 runs of 1 revision'
show early-if --what-if --rho 0 early
one_line 'nothing to compare then' early-if 'the search has not begun'

### what if

STOP=40 bisect repo if --policy bayes --trust-ends
contents if >before.txt
show if-json --json if
rev=$(jq -r '[.evidence[] | select(.same > 0 and .place == "range")] | last | .commit' if-json.txt)
show exclude --what-if --exclude "${rev:0:12}" --json if
check '--exclude: JSON' jq -e --arg rev "$rev" '.what_if.assumptions.excluded == [$rev]' exclude.txt
check 'its runs do not count' jq -e --arg rev "$rev" '.what_if.evidence[] | select(.commit == $rev) |
	.excluded and .same == 0 and .clean == 0 and .log10_odds == null' exclude.txt
check 'the others do' jq -e --arg rev "$rev" '([.evidence[] | select(.commit != $rev) | .clean + .same] | add) ==
	([.what_if.evidence[] | select(.commit != $rev) | .clean + .same] | add)' exclude.txt
check 'as is, nothing changes' test "$(jq -c 'del(.what_if)' exclude.txt)" = "$(jq -c 'del(.what_if)' if-json.txt)"
check 'less is known then' jq -e '.what_if.posterior.bits_left > .posterior.bits_left' exclude.txt
show exclude --what-if --exclude "$rev" if
check 'as text' has exclude 'as is:' "without ${rev:0:12}" 'commits hold 95 %' Next Left
check 'at most 80 columns' tame exclude.txt

show rho --what-if --rho 0.5 --epsilon 0.2 --json if
check '--rho, --epsilon' jq -e '.what_if.assumptions | .rho == 0.5 and .epsilon == 0.2' rho.txt
show rho --what-if --rho 0.5 --json ended
check 'runs that are alike tell less' jq -e '.what_if.posterior.confidence < .posterior.confidence' rho.txt
show uniform --what-if --prior uniform --json if
check '--prior uniform' jq -e '.assumptions.prior == "paths" and .what_if.assumptions.prior == "uniform" and
	([.what_if.posterior.candidates[] | .prior] | max - min < 1e-12) and
	.what_if.posterior.candidates[0].reason == ""' uniform.txt
echo "$WANT 1000000 # I know" >weights
show weights --what-if --prior-file weights --json if
check '--prior-file' jq -e --arg want "$WANT" '.what_if.posterior.candidates[0] | .commit == $want and
	.reason == "line 1 of weights"' weights.txt
check 'changes the odds' jq -e '.what_if.posterior.candidates[0].probability > .posterior.candidates[0].probability' weights.txt
contents if >after.txt
same 'STATE is as it was' before.txt after.txt
bisect repo given --policy bayes --prior-file weights --epsilon 0.05 --rho 0
show given --json given
check 'the assumptions of the request' jq -e '.assumptions | .prior == "file" and .epsilon == 0.05 and .rho == 0' given.txt

### what was given wrong

refused() { # PATTERN ARGS...
	local pattern=$1

	shift
	show refused "$@"
	check "refused: $*" test "$STATUS" = 1
	one_line "$*: one line" refused "$pattern"
}
mkdir empty
refused 'give the folder'
refused 'journal' empty
refused 'journal' /nonexistent
refused 'what is "more"' if more
refused '--odd' --odd if
refused 'needs a value' --what-if if --rho
refused '--what-if' --rho 0.1 if
refused 'needs an assumption' --what-if if
refused '--rho.*0 to 0.99' --what-if --rho 1 if
refused '--rho' --what-if --rho nan if
refused '--epsilon' --what-if --epsilon 0 if
refused 'no such prior' --what-if --prior odd if
refused 'either' --what-if --prior uniform --prior-file weights if
refused 'absent' --what-if --prior-file absent if
refused '--exclude.*no-such' --what-if --exclude no-such if
refused 'was not run' --what-if --exclude "$(git -C repo rev-parse good~1)" if
refused '-n' -n -1 if
refused '-n' -n x if
check '--help' "$CULPRIT" show --help
if [ -e /dev/full ]; then
	"$CULPRIT" show ended >/dev/full 2>refused.err
	check 'a full disk: exit status 1' test $? = 1
	one_line 'a full disk: one line' refused 'standard output'
fi
mv repo gone
refused 'no such folder' ended
"$CULPRIT" status if >status.txt 2>&1
check 'status does without the repository' test $? = 0
mv gone repo

### hostile titles

git init -q evil
(
	cd evil || exit
	commit() { # BAD TITLE-FILE
		if [ "$1" = 1 ]; then echo bug >bad && git add bad; fi
		echo "$RANDOM" >>n
		git add n
		git -c i18n.commitEncoding=UTF-8 commit -q --cleanup=verbatim -F "$2"
	}
	git symbolic-ref HEAD refs/heads/main
	printf 'first\n' >"$TMP/t"
	commit 0 "$TMP/t"
	git tag good
	for i in 1 2 3 4 5 6 7 8; do
		printf '\033[31mred\033[0m \033]0;title\007 %s \342\200\256evil\342\201\246 \302\233 %s\n' $i \
			"$(printf 'x%.0s' {1..200})" >"$TMP/t"
		commit 0 "$TMP/t"
	done
	head -c 1000000 /dev/zero | tr '\0' y >"$TMP/t"
	commit 1 "$TMP/t"
	for i in 1 2 3 4 5 6 7 8; do
		printf '\342\200\217 %s\n' $i >"$TMP/t"
		commit 0 "$TMP/t"
	done
)
RATE=100 bisect evil evil-state --policy bayes
check 'hostile titles: found' test "$STATUS" = 0
show evil evil-state
check 'show: exit status 0' test "$STATUS" = 0
check 'nothing but text, at most 80 columns' tame evil.txt
check 'what was hidden is seen' has evil '\x1b[31mred' '\u200f'
COLUMNS=300 "$CULPRIT" show evil-state >wide.txt
check 'a wider terminal shows more' grep -qF '\u202eevil\u2066' wide.txt
show evil-json --json evil-state
check '--json is JSON' jq -e . evil-json.txt
check 'with no control characters' test "$(LC_ALL=C grep -cP '[\x00-\x09\x0b-\x1f\x7f]' evil-json.txt)" = 0
"$CULPRIT" status evil-state >status.txt
check 'status is tame too' test "$(LC_ALL=C grep -cP '[^\x20-\x7e]' status.txt)" = 0

### crashes with titles, and revisions that do not build: a kernel's journal, made from this one

cp -r ended kernel
rm -f kernel/journal.db-*
skipped=$(query kernel "SELECT rev FROM event WHERE kind = 'verdict' AND outcome = 'good'
	ORDER BY id DESC LIMIT 1")
sqlite3 kernel/journal.db "
	DELETE FROM request WHERE key = 'command';
	UPDATE event SET title = 'KASAN: use-after-free Read in foo' WHERE kind = 'ran' AND outcome = 'crashed';
	UPDATE event SET title = 'INFO: task hung in bar' WHERE id IN
		(SELECT id FROM event WHERE kind = 'ran' AND outcome = 'crashed' ORDER BY id LIMIT 2 OFFSET 2);
	UPDATE event SET outcome = 'failed', title = 'fs/foo.c:12:3: error: ' || char(27) || '[1mbar' WHERE
		kind = 'built' AND rev = '$skipped';
	DELETE FROM event WHERE kind IN ('run', 'ran') AND rev = '$skipped';
	UPDATE event SET outcome = 'skip' WHERE kind = 'verdict' AND rev = '$skipped';" ||
	skip_all 'the journal has another form'
show kernel kernel
check 'a kernel: other crashes' has kernel 'Other crashes' 'INFO: task hung in bar' 'likeness 0.' ' other'
check 'what does not build, and its cause' has kernel "${skipped:0:12}" 'not testable: fs/foo.c:12:3: error: \x1b[1mbar'
check 'the crash that is looked for' has kernel 'crash:  KASAN: use-after-free Read in foo'
check 'at most 80 columns' tame kernel.txt
show kernel-json --json kernel
check 'as JSON' jq -e --arg rev "$skipped" '(.other_crashes | length == 1) and
	(.other_crashes[0] | .runs >= 1 and .likeness < 0.5 and .is_bug >= 0 and .is_bug <= 1) and
	(.evidence[] | select(.commit == $rev) | .broken and (.cause | startswith("fs/foo.c")))' kernel-json.txt

done_testing
