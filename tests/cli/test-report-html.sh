#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The HTML of culprit report, as Chromium sees it: no complaint, no request, the pictures are there, it
# fits a phone, texts can be read in light and dark. Screenshots are left in $CULPRIT_ARTIFACTS. One
# bisection has 20,000 candidates, one has hostile texts wherever they can stand.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git jq sqlite3 python3 chromium
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"
SHOTS=${CULPRIT_ARTIFACTS-$TMP/shots}

# page NAME STATE: NAME.html, and NAME.json with what Chromium sees
page() {
	"$CULPRIT" report --format html -o "$1.html" "$2" &&
		python3 "$TESTS/browser.py" "$SHOTS" "$1" "$1.html" >"$1.json"
}

# sees DESC NAME JQ...
sees() {
	local desc=$1 name=$2 why=

	shift 2
	while [ -z "$why" ] && [ $# -gt 0 ]; do
		jq -e "$1" "$name.json" >/dev/null || why="not $1: $(jq -c . "$name.json")"
		shift
	done
	if [ -z "$why" ]; then ok "$desc"; else not_ok "$desc"; diag <<<"$why"; fi
}

QUIET='.problems == []'
READABLE='.contrast.light == [] and .contrast.dark == []'
FITS='.overflow.wide == 0 and .overflow.phone == 0'
PICTURES='[.pictures[].id] == ["svg-graph", "svg-posterior", "svg-left", "svg-timeline"]'
NAMED='.pictures | all(.title != "" and .desc != "" and .shapes > 2 and .width > 20 and .height > 20)'

### what the tool finds, so that nothing found means something

cat >bad.html <<'END'
<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<p style="color:#ccc;background:#fff;width:2000px">x</p><script>alert(1)</script><img src="http://127.0.0.1:9/x">
END
python3 "$TESTS/browser.py" "$TMP/none" bad bad.html >bad.json
sees 'a script and an image that the policy forbids are noticed' bad '.problems | length >= 2'
sees 'so are pale texts and a page that is too wide' bad '.contrast.light != [] and .overflow.phone > 0'

### a kernel with all there is

fake_kernel linux --good 5 --culprit 37 --skip 45-52 --topics-before-good 60 10 1 ||
	skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c37)
PARENT=$(git -C linux rev-parse c37^)
clear_play
play guest.bad "crash fake_culprit
/3:clean"
play build.55 'echo "mm/x.c:7:2: error: no such thing" >&2; exit 2'
"$CULPRIT" bisect --kernel linux --bad main --good good --config "$CONFIG" --repro repro.c --dir kernel \
	--cache cache --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 2 >kernel.log 2>&1 </dev/null ||
	diag <kernel.log

# fact STATE KEY TEXT: as verification would leave it
fact() {
	sqlite3 "$1/journal.db" "INSERT INTO event (wall_us, active_us, kind, test, run, outcome, text, a, b)
		SELECT wall_us, active_us, 'fact', 0, 0, '$2', '$(sed "s/'/''/g" <<<"$3")', 0, 0
		FROM event ORDER BY id DESC LIMIT 1"
}
fact kernel label cause
fact kernel label_why "runs the culprit crashed in 6 of 8 runs, its parent in none of 19
revert with the culprit reverted, the start commit ran 20 times without this crash
stack it changes fake_culprit, the function of the crash"
fact kernel tier mail
fact kernel tier_why 'verified what was asked for was checked'
fact kernel revert PASS
fact kernel counts "culprit $WANT 6 2 0 0
parent $PARENT 0 19 0 0
revert $WANT 0 20 0 0"
page kernel kernel
sees 'a kernel: no complaint and no request' kernel "$QUIET"
sees 'the graph and three charts, each with a title and a description' kernel "$PICTURES" "$NAMED"
sees 'it fits a phone' kernel "$FITS"
sees 'all texts can be read' kernel "$READABLE"
check 'screenshots' test -s "$SHOTS/kernel-light.png" -a -s "$SHOTS/kernel-dark.png" -a \
	-s "$SHOTS/kernel-phone.png" -a -s "$SHOTS/kernel.pdf"

### 20,000 candidates

make_repo large --good 1 20050 1300 7
LEFT=$(git -C large rev-list --count good..main)
check 'a range of 20,000 commits' test "$LEFT" -ge 20000

# large STATE RUNS: asks to stop after so many
cat >large.sh <<'END'
#!/bin/sh
echo >>"$COUNT"
test "$(wc -l <"$COUNT")" -le "$STOP" || exit 255
test ! -e bad
END
chmod +x large.sh
for stop in 3 1000; do
	COUNT=$TMP/large-$stop.count STOP=$stop "$CULPRIT" bisect --repo large --bad main --good good \
		--trust-ends --dir large-$stop --run "$TMP/large.sh" >large-$stop.log 2>&1 </dev/null
	page large-$stop large-$stop
	sees "after $stop runs: no complaint" large-$stop "$QUIET" "$PICTURES" "$FITS" "$READABLE"
	check 'less than 2 MB' test "$(wc -c <large-$stop.html)" -lt 2000000
	diag "$(wc -c <large-$stop.html) bytes, loaded in $(jq .load_ms large-$stop.json) ms"
	sees 'opens in less than a second' large-$stop '.load_ms < 1000'
	"$CULPRIT" report --format json large-$stop >large-$stop.report
done
check 'most of the 20,000 are candidates after 3 runs' jq -e '.commits_95 > 10000' large-3.report
check 'the other one found it' jq -e --arg want "$(git -C large rev-parse culprit)" \
	'.culprit.commit == $want' large-1000.report
# Every commit of the range is in one row: as itself, or in a stretch.
shown() {
	grep -cE '<li( class="hit")?><code title="[0-9a-f]{40}' "$1"
}
hidden() {
	sed -nE 's,^<li><code></code><span class="t soft">([0-9,]+) commits?</span>.*,\1,p' "$1" | tr -d , |
		awk '{ n += $1 } END { print n + 0 }'
}
# (less the good end, which has a row and is not of the range)
for f in large-3 large-1000; do
	check "$f: each commit has its place in the graph" \
		test $(($(shown $f.html) - 1 + $(hidden $f.html))) = "$LEFT"
done

### hostile texts, where git and the kernel let them in

git init -q hostile
(
	cd hostile || exit
	for i in $(seq 12); do
		echo "$i" >n
		[ "$i" -lt 7 ] || echo >bad
		git add -A
		case $i in
		3) m='<script>alert(1)</script>' ;;
		5) m=$'\x1b[31mred\x1b[2J \xe2\x80\xaecba \xff' ;;
		7) m='</title></pre><img src=x onerror=alert(1)>"'"'" ;;
		8) m=$(head -c 1000000 /dev/zero | tr '\0' '<') ;;
		*) m="commit $i" ;;
		esac
		printf '%s\n' "$m" | GIT_AUTHOR_NAME=$'"><script>alert(2)</script> \xe2\x80\xae' \
			GIT_AUTHOR_EMAIL='x@y"onmouseover=alert(3)' git commit -q --cleanup=verbatim -F -
	done
)
HARM=$'<b onclick=alert(4)>\x1b[2J \xe2\x80\xae \xc2\x9b31m\x07'
STATE='<i>&"state'
"$CULPRIT" bisect --repo hostile --bad HEAD --good HEAD~11 --dir "$STATE" \
	--run sh -c "printf '%s' '$HARM'; test ! -e bad" >hostile.log 2>&1 </dev/null
fact "$STATE" label "$HARM"
fact "$STATE" label_why "x $HARM"
fact "$STATE" tier "$HARM"
fact "$STATE" crash "$HARM"$'\nBcc: evil@example.org\n\n'
fact "$STATE" report "$HARM"
fact "$STATE" counts "<script> <img> 1 2 3 4"
page hostile "$STATE"
sees 'hostile texts: nothing runs, nothing is loaded' hostile "$QUIET" "$PICTURES" "$FITS" "$READABLE"
check 'no element of theirs' bash -c '! grep -qiE "<(script|img|b|i) ?(src|onclick|onerror|>alert)" hostile.html'
"$CULPRIT" report --format mail "$STATE" >hostile.mail
check 'mail: no field of theirs' python3 "$TESTS/read_mail.py" hostile.mail 'm["Bcc"] is None and m["To"] is None'
for f in text json mail html; do
	"$CULPRIT" report --format $f "$STATE" >hostile.$f
	check "$f: nothing that a terminal acts on" bash -c "! LC_ALL=C grep -nP \
		'[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' hostile.$f"
	check "$f: a title of 1 MB is cut" test "$(wc -c <hostile.$f)" -lt 200000
done

done_testing
