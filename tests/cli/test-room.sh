#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builders and guests side by side, told by the journal: builds that run ahead, are taken over or
# called off, runs that are not waited for, and the ends that are asked for. Fake kernels and a
# fake QEMU (tests/fake/), whose builds and runs take long enough to overlap.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"
. "$TESTS/../fake/bisect.sh"

# 5 (good) ... 60; the culprit, 37, came in by the merge 42.
fake_kernel linux --good 5 --culprit 37 --skip 43-56 --topics-before-good 60 10 1 ||
	skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c37)
# A store would make most builds needless.
BISECT_OPTIONS=(--good good --policy bayes --cache-size 0)

# busy BUILD_SECONDS RUN_MS: how long everything takes
busy() {
	local n

	clear_play
	for n in $(seq 60); do
		play "build.$n" "sleep $1"
	done
	play guest.good "$(printf 'slow %d\nclean' "$2")"
	play guest.bad "$(printf 'slow %d\ncrash fake_culprit' "$2")"
}

# some DESC STATE FROM_WHERE: the journal has such
some() {
	local n

	n=$(query "$2" "SELECT count(*) FROM $3")
	check "$1 (${n:-?})" test "${n:-0}" -gt 0
}

none() {
	check "$1" test "$(query "$2" "SELECT count(*) FROM $3")" = 0
}

# The end of build b: the next event of that kernel.
END="(SELECT min(id) FROM event WHERE kind = 'built' AND rev = b.rev AND id > b.id)"
AHEAD="event b WHERE b.kind = 'build' AND b.test = 0"
OVERLAPPED="event b JOIN event r ON r.kind = 'run' AND r.id > b.id AND r.id < $END
	WHERE b.kind = 'build'"
TAKEN="$AHEAD AND EXISTS (SELECT 1 FROM event t WHERE t.kind = 'test' AND t.rev = b.rev
	AND t.id > b.id)"
BUILT_TWICE="(SELECT rev FROM event WHERE kind = 'built' AND outcome IN ('ok', 'failed')
	GROUP BY rev HAVING count(*) > 1)"
RUNS_CANCELLED="event WHERE kind = 'ran' AND outcome = 'cancelled'"
BUILDS_CANCELLED="event WHERE kind = 'built' AND outcome = 'cancelled'"
OPEN_AT_END="event b WHERE b.kind = 'build' AND $END IS NULL"
RUNS_OPEN="event r WHERE r.kind = 'run' AND NOT EXISTS (SELECT 1 FROM event x WHERE
	x.kind = 'ran' AND x.test = r.test AND x.run = r.run AND x.id > r.id)"

### ahead

# Builds are slower than runs, so that outcomes come while they are made.
busy 0.3 150
bisect ahead --guests 4
ended 'builds that run ahead: the culprit' ahead 0 "$CULPRIT_FOUND" \
	'.candidates[0].probability > 0.99'
some 'kernels are built before a test needs them' ahead "$AHEAD"
some 'guests run meanwhile' ahead "$OVERLAPPED"
some 'tests take over what was made ahead' ahead "$TAKEN"
some 'builds are called off when the posterior moves away' ahead "$BUILDS_CANCELLED"
some 'runs that decide nothing any more are called off' ahead "$RUNS_CANCELLED"
none 'no kernel is built twice' ahead "$BUILT_TWICE"
none 'every build has its end in the journal' ahead "$OPEN_AT_END"
none 'every run, too' ahead "$RUNS_OPEN"
check 'what was called off is not in the log' lacks cancelled ahead/bisect.log
check 'what was called off counts as no run' test "$(jq .runs ahead/result.json)" = \
	"$(query ahead "SELECT count(*) FROM event WHERE kind = 'ran'
		AND outcome NOT IN ('cancelled', 'infrastructure')")"
check 'nor as a build' test "$(jq .builds ahead/result.json)" = \
	"$(query ahead "SELECT count(*) FROM event WHERE kind = 'built' AND outcome != 'cancelled'")"

busy 0.05 50
bisect serial --serial
ended '--serial: the same culprit' serial 0 "$CULPRIT_FOUND"
none '--serial: nothing is built ahead' serial "$AHEAD"
none '--serial: nothing runs beside a build' serial "$OVERLAPPED"
none '--serial: no run beside another' serial "event WHERE kind = 'run' AND slot > 0"

# Every other guest is quick, the others take as long as a test may.
busy 0.1 20000
play guest.bad "$(printf 'slow 20000\ncrash fake_culprit\n/2:slow 50')"
play guest.good "$(printf 'slow 50\nclean')"
started=$SECONDS
bisect decided --guests 4
ended 'slow guests beside one that decides: the culprit' decided 0 "$CULPRIT_FOUND"
some 'they are called off' decided "$RUNS_CANCELLED"
diag "it took $((SECONDS - started)) s"

### builders

busy 0.5 100
bisect builders --guests 2 --builders 2
ended '--builders 2: the same culprit' builders 0 "$CULPRIT_FOUND"
none '--builders 2: each makes one at a time' builders "event b JOIN event o ON
	o.kind = 'build' AND o.slot = b.slot AND o.id > b.id AND o.id < $END WHERE b.kind = 'build'"
some '--builders 2: both are at work' builders "event b JOIN event o ON
	o.kind = 'build' AND o.slot != b.slot AND o.id > b.id AND o.id < $END WHERE b.kind = 'build'"
none '--builders 2: no kernel is built twice' builders "$BUILT_TWICE"
check '--builders 2: two trees' test "$(ls -d cache/trees/*-[01] | wc -l)" = 2

### builds that fail

busy 0.1 150
play build.skip 'echo "mm/fake.c:12:3: error: unknown type name '\''x'\''" >&2; exit 1'
bisect failing --guests 2
ended 'revisions that do not build: the culprit' failing 0 "$CULPRIT_FOUND"
FAILED_AHEAD="event b JOIN event e ON e.id = $END AND e.outcome = 'failed'
	WHERE b.kind = 'build' AND b.test = 0"
some 'builds that run ahead fail' failing "$FAILED_AHEAD"
untold=$(query failing "SELECT b.rev FROM $FAILED_AHEAD" | while read -r rev; do
	grep -qx "# git bisect skip $rev" failing/bisect.log || echo "$rev"
done)
check 'each is a skip in the log' test -z "$untold"
check 'with its cause' test "$(grep -cxF "mm/fake.c:12:3: error: unknown type name 'x'" \
	failing/bisect.log)" = "$(grep -c '^# git bisect skip' failing/bisect.log)"

### all runs of a batch

busy 0 0
bisect full --guests 4 --full-batch
ended '--full-batch: the same culprit' full 0 "$CULPRIT_FOUND"
none '--full-batch: all runs to their end' full "$RUNS_CANCELLED"
check '--full-batch: ten runs a revision' test "$(query full "SELECT DISTINCT n FROM
	(SELECT count(*) AS n FROM event WHERE kind = 'ran' GROUP BY test)")" = 10
bisect fullserial --full-batch --serial
ended '--full-batch --serial: the same culprit' fullserial 0 "$CULPRIT_FOUND"

### limits

LIMITED='.status == "budget" and .culprit == null'
CANDIDATES='[.candidates[].commit] | index($want) != null and length > 1'

# limited STATE OPTIONS...: ends as it stands
limited() {
	local state=$1

	shift
	bisect "$state" --guests 2 "$@"
	ended "$*: the answer as it stands" "$state" 5 "$LIMITED" "$CANDIDATES" \
		'([.candidates[].probability] | add) > 0.9'
	check "$*: the candidates are in the log" grep -qx "$WANT" "$state/bisect.log"
	none "$*: nothing is left open" "$state" "$RUNS_OPEN"
	resume "$state"
	check "$*: resume gives the same answer" test "$STATUS" = 5
}

busy 0 20
limited builds --max-builds 4
check '--max-builds: no more' test "$(jq .builds builds/result.json)" -le 4
limited runs --max-runs 9
check '--max-runs: no more' test "$(jq .runs runs/result.json)" -le 9
# However loaded the machine is: the ends are tested at once, the search never ends in time.
busy 0 0
for n in $(seq 6 59); do
	play "build.$n" 'sleep 98765'
done
limited deadline --deadline 6s
check '--deadline: not before its time' jq -e '.seconds.total >= 6' deadline/result.json

check 'nothing of all this is left running' test -z "$(pgrep -f "$TMP/fake|sleep 98765")"
done_testing
