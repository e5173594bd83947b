#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit report: text, JSON and mail of searches that have ended, were stopped, failed; with and
# without what verification found; what is sent and what is not. Chromium looks at the HTML in
# test-report-html.sh.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git jq sqlite3 python3 setsid
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"
SCHEMA=$TESTS/../../docs/report.schema.json
MAIL="$TESTS/read_mail.py"

# Debian's modules belong to Debian's python3, whatever stands first on PATH.
PYTHON=
for p in python3 /usr/bin/python3; do
	"$p" -c 'import jsonschema' 2>/dev/null && PYTHON=$p && break
done
[ -n "$PYTHON" ] || skip_all 'python3-jsonschema is not installed'

# report NAME ARGS...: NAME.out, NAME.err, $STATUS
report() {
	local name=$1

	shift
	"$CULPRIT" report "$@" >"$name.out" 2>"$name.err" </dev/null
	STATUS=$?
}

# has FILE TEXT...: all of them stand in it
has() {
	local file=$1 text

	shift
	for text in "$@"; do
		grep -qF -- "$text" "$file" && continue
		echo "missing: $text"
		head -n 60 "$file"
		return 1
	done
}

lacks() {
	[ -s "$1" ] && ! grep -q -- "$2" "$1"
}

fits() {
	"$PYTHON" - "$SCHEMA" "$1" <<-'END'
		import json, sys
		import jsonschema
		schema, report = (json.load(open(p)) for p in sys.argv[1:])
		jsonschema.Draft7Validator.check_schema(schema)
		errors = list(jsonschema.Draft7Validator(schema).iter_errors(report))
		for e in errors[:5]:
		    print("/".join(map(str, e.path)), e.message[:300])
		sys.exit(bool(errors))
	END
}

# Nothing that a terminal acts on, in no format.
tame() {
	! LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]' "$1"
}

# mail FILE EXPRESSION: the mail as python's parser has it, and what is true of it
mail() {
	"$PYTHON" "$MAIL" "$@"
}

# every_format NAME STATE: all four are written, nothing on stderr, JSON fits, all is tame
every_format() {
	local f

	for f in text json html mail; do
		report "$1.$f" --format $f "$2"
		[ "$STATUS" = 0 ] && [ -s "$1.$f.out" ] && [ ! -s "$1.$f.err" ] && continue
		echo "$f: exit status $STATUS"
		cat "$1.$f.err"
		return 1
	done
	fits "$1.json.out" && tame "$1.text.out" && tame "$1.json.out" && tame "$1.html.out" &&
		tame "$1.mail.out" && mail "$1.mail.out" True
}

# fact STATE KEY TEXT: as verification would leave it
fact() {
	sqlite3 "$1/journal.db" "INSERT INTO event (wall_us, active_us, kind, test, run, outcome, text, a, b)
		SELECT wall_us, active_us, 'fact', 0, 0, '$2', '$(sed "s/'/''/g" <<<"$3")', 0, 0
		FROM event ORDER BY id DESC LIMIT 1"
}

### a command, a bug that shows each time

make_repo repo --topics-before-good --good 20 --culprit 201 300 40 7
WANT=$(git -C repo rev-parse culprit)
PARENT=$(git -C repo rev-parse culprit^)
git -C repo config remote.origin.url 'https://user:secret@example.org/demo.git'
git -C repo config user.name 'R. Porter'
git -C repo config user.email reporter@example.org

# bisect STATE ARGS...
bisect() {
	local state=$1

	shift
	"$CULPRIT" bisect --repo repo --bad main --good good --dir "$state" "$@" \
		>"$state.log" 2>&1 </dev/null
	STATUS=$?
}
DO=(--run sh -c 'test ! -e skip || exit 125; test ! -e bad')

bisect plain "${DO[@]}"
check 'a bisection' test "$STATUS" = 0
check 'in all formats' every_format plain plain
check 'text: the answer in the usual lines' has plain.text.out 'culprit has bisected this issue to:' \
	"commit $WANT" 'Author: A U Thor <author@example.com>' 'Date:   Sun Sep 13 15:47:40 2020 +0000' '    201' 'start commit:   ' 'good commit:' \
	'git tree:       https://example.org/demo.git' 'Reported-by: R. Porter <reporter@example.org>' \
	"Fixes: ${WANT:0:12} (\"201\")" 'label:          unverified' 'confidence:     '
check 'text: counts of culprit and parent' grep -qE "^ +parent ${PARENT:0:12} 0:[1-9]" plain.text.out
for f in text json html mail; do
	check "$f: no password of the URL" lacks plain.$f.out secret
done
check 'JSON: the answer' jq -e --arg want "$WANT" '.schema == 1 and .status == "culprit" and .ended and
	.culprit.commit == $want and .confidence > 0.98 and .label == "unverified" and .tier == null and
	.candidates[0].commit == $want and (.steps | length) > 3 and .steps[0].commit == null' plain.json.out
check 'JSON: the evidence has all runs' \
	test "$(jq '[.evidence[].runs | .same + .clean + .other + .failed] | add' plain.json.out)" = \
	"$(jq .runs plain/result.json)"
check 'JSON: runs of the timeline, one after the other' jq -e '[.timeline[] | select(.work == "run")] |
	length > 3 and all(.slot == 0 and .end >= .start)' plain.json.out
check 'JSON: probabilities of each step are at most 1' jq -e '.steps | all(([.candidates[].probability] |
	add) + .older + .not_history <= 1.0001)' plain.json.out
report again --format html plain
same 'the same again' plain.html.out again.out
report file --format html -o page.html plain
same 'into a file' plain.html.out page.html

# What the report says to do by hand is done, as it stands there.
jq -r '.recipes[0].commands' plain.json.out | sed "s,https://example.org/demo.git,$TMP/repo," >by-hand.sh
mkdir hand
check 'by hand: both are named' has by-hand.sh "REV=$WANT" "#REV=$PARENT"
check 'by hand: the culprit fails' bash -c 'cd hand && ! sh -e ../by-hand.sh'
rm -rf hand/tree
sed "s,^REV=$WANT.*,REV=$PARENT," by-hand.sh >parent.sh
check 'by hand: the parent passes' bash -c 'cd hand && sh -e ../parent.sh'

### mails

check 'mail: sender, author, subject' mail plain.mail.out \
	'm["From"].addresses[0].display_name == "R. Porter" and
	m["From"].addresses[0].addr_spec == "reporter@example.org" and m["To"] == "A U Thor <author@example.com>" and
	"bisected" not in m["Subject"] and "probably from" in m["Subject"] and m["Date"].datetime and
	m["Message-ID"].count("@") == 1'
check 'mail: the log is attached, byte by byte' mail plain.mail.out \
	'attachment("bisect.log") == open("plain/bisect.log", "rb").read()'
check 'mail: lines of the head fit' bash -c '! sed "/^$/q" plain.mail.out | grep -qE "^.{79}"'
SOURCE_DATE_EPOCH=1600000000 report dated --format mail plain
check 'mail: its date may be given' has dated.out 'Date: Sun, 13 Sep 2020 12:26:40 +0000'
report to --format mail --from 'Jörg Müller <j@example.org>' --to 'Ann <ann@example.org>' \
	--cc list@example.org --cc 'no address' --in-reply-to '<first@example.org>' \
	--url https://example.org/x plain
check 'mail: who gets it, and what it answers' mail to.out \
	'm["From"].addresses[0].display_name == "Jörg Müller" and
	[a.addr_spec for a in m["To"].addresses] == ["ann@example.org", "author@example.com"] and
	[a.addr_spec for a in m["Cc"].addresses] == ["list@example.org"] and
	m["In-Reply-To"] == "<first@example.org>" and not m.is_multipart()'
check 'mail: a URL instead of attachments' has to.out 'bisection log:  https://example.org/x/bisect.log'
report only --format mail --only-to me@example.org plain
check 'mail: to nobody else' mail only.out 'm["To"] == "me@example.org" and m["Cc"] is None'

cat >sendmail <<'END'
#!/bin/sh
printf '%s\n' "$*" >>"$SENT.args"
cat >"$SENT"
test ! -e "$SENT.fails" || { echo 'no such user' >&2; exit 67; }
END
chmod +x sendmail
export SENT=$TMP/sent
report unverified --send --sendmail ./sendmail plain
check 'an answer that was not verified is not sent' test "$STATUS" = 1 -a ! -e sent
one_line 'and why' unverified 'was not verified: not sent; .*--force'
report forced --send --force --sendmail ./sendmail plain
check '--force sends it' test "$STATUS" = 0 -a -s sent
check 'as sendmail wants it' test "$(cat sent.args)" = '-t -i'
check 'nothing is printed' test ! -s forced.out
rm -f sent

fact plain label detector
fact plain label_why 'check it adds the check'
fact plain counts "culprit $WANT 1 0 0 0"
report detector plain
check 'a detector is not what a fix mends' lacks detector.out '^Fixes: '
check 'nobody has looked behind it' has detector.out \
	'behind it:      not looked for; culprit bisect --follow-detector does'
report detector-mail --format mail plain
check 'which is no news for a mail' lacks detector-mail.out '^behind it:'
check 'nor what the crash comes from' mail detector-mail.out \
	'm["Subject"] == "[culprit] exit status 1, found by the check of '"${WANT:0:12}"'"'
report detector --format html plain
check 'nor in HTML' lacks detector.out 'Fixes: '
fact plain label cause
fact plain label_why "runs the culprit crashed in 5 of 5 runs, its parent in none of 14
revert without it the start commit is clean"
fact plain tier mail
fact plain revert PASS
fact plain counts "culprit $WANT 5 0 0 0
parent $PARENT 0 14 0 1
revert $WANT 0 9 0 0"
check 'verified: in all formats' every_format verified plain
check 'verified: text' has verified.text.out 'label:          cause: this change brings the crash' \
	"culprit ${WANT:0:12} 5:5" "parent ${PARENT:0:12} 0:14 (and 1 that told nothing)" 'revert:         PASS' \
	'  - the culprit crashed in 5 of 5 runs, its parent in none of 14'
check 'verified: JSON' jq -e '.label == "cause" and .tier == "mail" and .revert == "PASS" and
	.label_why[0].id == "runs" and (.counts | length) == 3 and .counts[1].runs.clean == 14' verified.json.out
check 'verified: HTML' has verified.html.out 'label <b>cause</b>' 'revert <b>PASS</b>' 'parent <b>0:14</b>'
report sent --send --sendmail ./sendmail plain
check 'tier mail: sent' test "$STATUS" = 0 -a -s sent
check 'and says so' mail sent 'm["Subject"] == "[culprit] exit status 1, bisected to '"${WANT:0:12}"'"'
rm -f sent

touch sent.fails
report failed --send --sendmail ./sendmail plain
check 'sendmail that fails' test "$STATUS" = 1
one_line 'and why' failed 'did not take the mail (exit status 67): no such user'
rm -f sent sent.fails
report missing --send --sendmail ./no-such-program plain
one_line 'no sendmail' missing 'no program ./no-such-program: install a mailer'

fact plain tier 'mail with warning'
fact plain tier_why 'old the bug may be older: 12 %'
report warned --send --sendmail ./sendmail plain
check 'tier warning: sent, with the reasons' has sent 'advice:         mail with warning' 'the bug may be older: 12 %'
rm -f sent
fact plain tier 'do not mail'
report refused --send --sendmail ./sendmail plain
check 'tier do not mail: not sent' test "$STATUS" = 1 -a ! -e sent
one_line 'and why' refused 'says "do not mail": not sent; .*--force'
git -C repo config --unset user.email
GIT_CONFIG_GLOBAL=/dev/null report nobody --send --force --sendmail ./sendmail plain
one_line 'a mail needs a sender' nobody 'give --from'

### bisections that did not find it

bisect stopped --run sh -c 'exit 255'
check 'stopped at its first run' every_format stopped stopped
check 'stopped: why' has stopped.text.out 'stopped before its end' 'exit status 255'
check 'stopped: JSON' jq -e '.status == "stopped" and .ended == false and .culprit == null and
	.range.commits == null and .steps == []' stopped.json.out
report stopped-mail --send --force --sendmail ./sendmail --from me@example.org stopped
one_line 'nobody to write to' stopped-mail 'nobody to send it to: give --to'

cat >some.sh <<'END'
#!/bin/sh
echo >>"$TMP/some.count"
test "$(wc -l <"$TMP/some.count")" -le 12 || exit 255
test ! -e bad
END
chmod +x some.sh
TMP=$TMP bisect middle --trust-ends --run "$TMP/some.sh"
check 'stopped in the middle' every_format middle middle
check 'middle: what the runs say so far' has middle.text.out 'What the runs say so far:' 'less likely one'
check 'middle: steps, the last one now' jq -e '(.steps | length) > 2 and .steps[0].commit == null and
	.culprit == null and .label == "unverified" and (.candidates | length) > 5' middle.json.out

# While it runs; then killed.
cat >slow.sh <<'END'
#!/bin/sh
echo >>"$TMP/slow.count"
test "$(wc -l <"$TMP/slow.count")" -lt 8 || sleep 60
test ! -e bad
END
chmod +x slow.sh
TMP=$TMP setsid "$CULPRIT" bisect --repo repo --bad main --good good --dir live --run "$TMP/slow.sh" >live.log 2>&1 </dev/null &
pid=$!
began() {
	[ "$(query live "SELECT count(*) FROM event WHERE kind = 'ran'" 2>/dev/null || echo 0)" -ge 6 ]
}
check 'a bisection at work' wait_until 60 began
check 'at work: in all formats' every_format live live
check 'at work: it says so' jq -e '.status == "running" and .ended == false' live.json.out
{
	kill_session $pid
	wait $pid
} 2>/dev/null
check 'killed: in all formats' every_format killed live
check 'killed: it says so' jq -e '.status == "not running"' killed.json.out

# More runs than can be drawn: told with others, and none is lost.
cp -r middle many
sqlite3 many/journal.db "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
	INSERT INTO event (wall_us, active_us, kind, test, run, rev, outcome, a, b)
	SELECT wall_us, active_us + i * 1000, iif(i % 2, 'run', 'ran'), test, 1000 + (i + 1) / 2, rev,
		iif(i % 2, NULL, 'clean'), 0, 0
	FROM n, (SELECT * FROM event WHERE kind = 'test' ORDER BY id DESC LIMIT 1)"
check 'many runs: in all formats' every_format many many
check 'many runs: each is counted' jq -e '(.timeline | length) == 2500 and
	([.timeline[] | 1 + .more] | add) > 6000' many.json.out
check 'many runs: the page is small enough' test "$(wc -c <many.html.out)" -lt 2000000

bisect never --run true
check 'not reproduced' every_format never never
check 'never: text' has never.text.out 'The crash was not reproduced on the start commit.'
bisect older --check-ends --run false
check 'older than the range' every_format older older
check 'older: JSON' jq -e '.status == "predates-range" and .culprit == null' older.json.out
bisect unsure --policy git-bisect --run sh -c 'test -e bad && exit 125; test -e n && test "$(cat n)" -lt 150'
check 'inconclusive, by a fixed policy' every_format unsure unsure

mkdir empty
report empty empty
check 'no bisection: exit status' test "$STATUS" = 1
one_line 'no bisection' empty 'no journal at empty/journal.db'

### a kernel

fake_kernel linux --good 5 --culprit 37 --skip 45-52 --topics-before-good 60 10 1 ||
	skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c37)
clear_play
play guest.bad "crash fake_culprit
/3:clean"
play build.55 'echo "mm/x.c:7:2: error: no such thing" >&2; exit 2'
"$CULPRIT" bisect --kernel linux --bad main --good good --config "$CONFIG" --repro repro.c --dir kernel \
	--cache cache --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 2 >kernel.log 2>&1 </dev/null
check 'a kernel, a flaky crash' test $? = 0
check 'kernel: in all formats' every_format kernel kernel
check 'kernel: text' has kernel.text.out 'final oops:     WARNING in fake_culprit' 'kernel config:  config' \
	'C reproducer:   repro.c' 'fake_culprit+0x' 'WARNING: CPU: ' 'compiler:       gcc'
check 'kernel: commands of make, compiler and QEMU' has kernel.text.out 'git -C tree checkout --detach $REV' \
	'make -C tree O=$PWD/obj CC=gcc KERNELRELEASE=culprit olddefconfig' 'bzImage' \
	'gcc -static -O1 -w -pthread -o repro repro.c' '-kernel obj/arch/x86/boot/bzImage' \
	'console=ttyS0' "git -C tree revert --no-commit $WANT" 'culprit bisect --kernel tree'
check 'kernel: two guests, one builder' jq -e '[.timeline[] | select(.work == "run") | .slot] | max == 1' \
	kernel.json.out
check 'kernel: mail with reproducer, config and log' mail kernel.mail.out \
	'attachment("repro.c") == open("repro.c", "rb").read() and b"CONFIG_64BIT=y" in attachment("config") and
	attachment("bisect.log") == open("kernel/bisect.log", "rb").read() and
	m["Subject"] == "[culprit] WARNING in fake_culprit, probably from '"${WANT:0:12}"'"'
check 'kernel: the mail is small enough for a list' test "$(wc -c <kernel.mail.out)" -lt 100000

### usage

# usage DESC PATTERN ARGS...
usage() {
	local desc=$1 pattern=$2

	shift 2
	report usage "$@"
	if [ "$STATUS" = 1 ]; then one_line "$desc" usage "$pattern"; else not_ok "$desc: $STATUS"; fi
}
usage 'no folder' 'give the folder'
usage 'an unknown format' 'no format "pdf": text, json, html or mail' --format pdf plain
usage 'an unknown option' 'no option --what' --what plain
usage 'an option without a value' 'needs a value' plain --format
usage 'two folders' 'what is "b"' a b
usage 'no folder of a bisection' 'no journal at' nowhere
usage '--force alone' '--force needs --send' --force plain
usage '--send of another format' '--send sends a mail' --send --format html plain
usage 'a file that cannot be written' '/proc/x' -o /proc/x plain
usage 'a sender that is none' 'not an address' --format mail --from x plain
report help --help
check '--help' has help.out 'usage: culprit report' '--send'

done_testing
