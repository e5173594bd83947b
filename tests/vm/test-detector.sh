#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A check that comes late, on real kernels: demo/detector. The crash is bisected to the commit that only
# adds the check; the way on behind it, with the check carried back, to the one that brought what the
# check finds. Eleven kernels: 12 minutes from nothing on two busy cores, one when the store has them.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd) # functions.sh changes the folder
. "$top/tests/cli/functions.sh"

[ -n "${CULPRIT_SLOW_TESTS-}" ] || skip_all "takes ten minutes (CULPRIT_SLOW_TESTS=1)"
. "$top/tests/vm/demo.sh"
title='WARNING in __vm_enough_memory'
text='memory commitment underflow' # of the check
demo_history detector
check=$truth
cause=$(sed -n 's/^cause //p' "$history/culprit-demo-marks")
check 'and the cause behind its check' test ${#cause} -eq 40
refs=$(git -C "$history" for-each-ref | sha256sum)

fact() { # STATE KEY
	query "$1" "SELECT text FROM event WHERE kind = 'fact' AND outcome = '$2'"
}

has_why() { # STATE KEY ID
	fact "$1" "$2_why" | grep -q "^$3 "
}

verdict() { # STATE NAME: of the release
	query "$1" "SELECT v.outcome FROM event t JOIN event v ON v.kind = 'verdict' AND v.test = t.test
		WHERE t.kind = 'test' AND t.title = '$2'"
}

tell() { # STATE: what it took
	jq -r '"\(.builds) builds, \(.runs) runs, \(.seconds.total) s, of these builds \(.seconds.build) s, runs \(.seconds.test) s"' \
		"$1/result.json" | diag
	diag "label: $(fact "$1" label), $(fact "$1" tier), reverted: $(fact "$1" revert)"
}

# mail_of STATE FILE: the mail that would be sent
mail_of() {
	"$culprit" report --format mail --from tester@example.org "$1" >"$2"
}

"$culprit" bisect --kernel "$history" --bad master --config "$top/demo/config" --repro "$top/demo/repro.c" \
	--dir STATE --cache "$cache" --run-seconds 3 --follow-detector >out 2>&1 </dev/null
status=$?
check "it ends with a culprit (exit code $status)" test $status -eq 0
[ $status -eq 0 ] || tail -n 20 out | diag

### the check

tell STATE
check 'the commit is the one that adds the check' \
	test "$(jq -r .culprit.commit STATE/result.json)" = "$check"
check 'the crash is that of the check' test "$(jq -r .crash.title STATE/result.json)" = "$title"
check 'its label is detector' test "$(fact STATE label)" = detector
check 'because it adds the check that fired' has_why STATE label adds-check
check 'its author gets no mail without a warning' test "$(fact STATE tier)" = 'mail with warning'
check 'without the check nothing is seen of what is there' test "$(verdict STATE v6.3)" = good

### behind it

older=STATE/older
tell $older
check 'the way on is told' grep -q 'going on behind it, in STATE/older$' out
check 'behind it is the commit that brings what the check finds' \
	test "$(jq -r .culprit.commit $older/result.json)" = "$cause"
check 'by the same crash' test "$(jq -r .crash.title $older/result.json)" = "$title"
check 'its label is cause' test "$(fact $older label)" = cause
check 'its revert helps' test "$(fact $older revert)" = PASS
check 'its author may get a mail' test "$(fact $older tier)" = mail
check 'it started before the check' test "$(query $older "SELECT rev FROM event WHERE kind = 'test' AND test = 1")" = \
	"$(git -C "$history" rev-parse "$check^")"
check 'with the check the release crashes that was clean without it' test "$(verdict $older v6.3)" = bad
check 'its good end was found by walking on' test "$(verdict $older v6.2)" = good
check 'which does not have it' \
	sh -c "! git -C '$history' merge-base --is-ancestor $cause v6.2"
check 'each of its kernels has the check' sh -c "ls $older/builds/*/vmlinux >/dev/null &&
	test -z \"\$(grep -L '$text' $older/builds/*/vmlinux)\""
check 'no kernel failed for what was carried' test -z "$(query $older "SELECT title FROM event
	WHERE kind = 'built' AND outcome = 'failed'")"
check 'the repository has no new name' test "$(git -C "$history" for-each-ref | sha256sum)" = "$refs"

### what people read

for state in STATE $older; do
	check "the log of $state is one" test -z "$(awk -f "$top/tests/cli/log2020.awk" "$state/bisect.log")"
done
"$culprit" report STATE >check.report
check 'the report of the check names the cause' grep -q "^behind it:  *${cause:0:12} mm/mremap: account" check.report
check 'no fix is asked of the check' sh -c '! grep -q ^Fixes: check.report'
"$culprit" report $older >cause.report
check 'the report of the cause names the check' \
	grep -q "^Each revision was tested with the change of ${check:0:12} (\"mm/util: warn when" cause.report
check 'a fix is asked of the cause' grep -q "^Fixes: ${cause:0:12} (\"mm/mremap: account " cause.report
mail_of $older cause.mail
check 'a mail goes to the author of the cause' grep -qx 'To: Olga Marchenko <olga.marchenko@example.org>' cause.mail
check 'and says how the crash can be had' grep -qx "git -C tree cherry-pick --no-commit $check" cause.mail
mail_of STATE check.mail
check 'one about the check says that it found the crash' grep -q '^Subject: .*found by the check of' check.mail
grep -v '^  ' out | diag
done_testing
