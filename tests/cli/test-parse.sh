#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit parse: what it prints, in text and in JSON; how alike two consoles are; bad input, each
# with one line on stderr; and its memory, which no console makes larger.

set -u
. "$(dirname "$0")/functions.sh"

requires jq setpriv
program CULPRIT culprit
program PARSE_MEMORY parse_memory

# parse NAME ARG...: sets $status, writes NAME.out and NAME.err
parse() {
	local name=$1

	shift
	"$CULPRIT" parse "$@" >"$name.out" 2>"$name.err" </dev/null
	status=$?
}

# exits DESC WANT
exits() {
	check "$1: status $2" test "$status" = "$2"
}

# refused DESC PATTERN ARG...: one line on stderr, nothing on stdout, status 1
refused() {
	local desc=$1 pattern=$2

	shift 2
	parse refused "$@"
	exits "$desc" 1
	one_line "$desc: one line" refused "^culprit: parse: $pattern"
	check "$desc: no output" test ! -s refused.out
	check "$desc: what prints" bash -c '! grep -q "[^[:print:]]" refused.err'
}

cat >kasan <<'E1'
[    1.000000][    T1] Run /init as init process
[    9.000100][   T77] ==================================================================
[    9.000200][   T77] BUG: KASAN: slab-use-after-free in foo_read+0x30/0x90 drivers/foo/bar.c:12
[    9.000300][   T77] Read of size 8 at addr ffff888004a5c010 by task syz.3.584/77
[    9.000400][   T77] CPU: 0 PID: 77 Comm: syz.3.584 Not tainted 6.1.0 #1
[    9.000500][   T77] Call Trace:
[    9.000600][   T77]  <TASK>
[    9.000700][   T77]  dump_stack_lvl+0x45/0x5d lib/dump_stack.c:106
[    9.000800][   T77]  foo_read+0x30/0x90 drivers/foo/bar.c:12
[    9.000900][   T77]  foo_ioctl+0x30/0x90 drivers/foo/bar.c:99
[    9.000950][   T77]  chr_ioctl+0x30/0x90 drivers/foo/chr.c:7
[    9.001000][   T77]  </TASK>
[   20.000000][    T1] all is well
E1
cat >warning <<'E1'
[    9.000100] WARNING: CPU: 0 PID: 77 at net/core/dev.c:12 bar_xmit+0x30/0x90
[    9.000200] RIP: 0010:bar_xmit+0x30/0x90
[    9.000300] Call Trace:
[    9.000400]  bar_send+0x30/0x90
[    9.000500]  bar_flush+0x30/0x90
E1
printf '[    1.000000] Run /init as init process\nnothing happens\n' >clean
: >empty

### text

parse kasan kasan
exits 'a crash' 0
start=$(grep -b 'BUG: KASAN' kasan | cut -d: -f1) end=$(grep -b 'all is well' kasan | cut -d: -f1)
echo "KASAN: slab-use-after-free Read in foo_read  (KASAN-USE-AFTER-FREE-READ, bytes $start-$end, drivers/foo/bar.c)" >want
same 'title, type, bytes and guilty file' want kasan.out
check 'nothing on stderr' test ! -s kasan.err
parse clean clean
exits 'no crash' 0
echo 'no crash' >want
same 'and says so' want clean.out
parse empty empty
exits 'an empty console' 0
same 'has no crash' want empty.out
parse dev /dev/null
exits 'a device' 0
same 'may be a console' want dev.out
"$CULPRIT" parse - <kasan >stdin.out 2>stdin.err
same '"-" is standard input' kasan.out stdin.out
{ head -n 5 kasan && sleep 0.1 && tail -n +6 kasan; } | "$CULPRIT" parse - >stdin.out 2>stdin.err
same 'a pipe too' kasan.out stdin.out
"$CULPRIT" parse - <&- >stdin.out 2>stdin.err
check 'standard input that is closed has no crash' same x want stdin.out
parse both kasan clean
exits 'two consoles' 0
{ echo kasan: && cat kasan.out && echo clean: && cat clean.out; } >want
same 'each below its name' want both.out
cat kasan warning >two
parse two two
check 'two crashes, two lines' test "$(wc -l <two.out)" = 2
{
	cat kasan
	echo '[   21.000000][   T77] Kernel panic - not syncing: panic_on_warn set ...'
} >panic
parse panic panic
check 'panicked' grep -q ', panicked,' panic.out
printf '[    9.0] BUG: KASAN: \x1b[31mslab-out-of-bounds in \x1b]0;x\afoo\x01+0x30/0x90\n' >escape
parse escape escape
check 'nothing of a console harms the terminal' bash -c '! grep -q "[^[:print:]]" escape.out'
sed 's/$/\r/' kasan >crlf
parse crlf crlf
check 'CRLF: the same title' test "$(cut -d'(' -f1 crlf.out)" = "$(cut -d'(' -f1 kasan.out)"

### JSON

parse json --json kasan clean empty
exits 'JSON' 0
check 'one object a file and line' test "$(wc -l <json.out)" = 3
check 'the files in order' test "$(jq -r .file json.out | paste -sd' ')" = 'kasan clean empty'
check 'no crash is an empty list' jq -se '.[1].reports == [] and .[2].reports == []' json.out
jq -S '.reports[]' <(head -n 1 json.out) >got
jq -S . >want <<E1
{"title": "KASAN: slab-use-after-free Read in foo_read", "alt": ["bad-access in foo_read"],
 "type": "KASAN-USE-AFTER-FREE-READ", "frame": "foo_read", "corrupted": false,
 "suppressed": false, "panicked": false, "guilty": "drivers/foo/bar.c",
 "executor": {"proc": 3, "id": 584}, "start": $start, "end": $end}
E1
same 'all fields' want got
parse json kasan --json
check 'options may follow' jq -e .reports json.out
printf 'x' >$'a "name"\n\xff'
parse json --json $'a "name"\n\xff'
check 'any file name' jq -e '.reports == []' json.out

### --compare

parse same --compare kasan kasan
exits 'compare' 0
check 'the same: 1' grep -q '^similarity 1\.00: same title; ' same.out
check 'one line' test "$(wc -l <same.out)" = 1
parse other --compare kasan warning
exits 'strangers' 0
check 'strangers: below 0.25' grep -q '^similarity 0\.[01][0-9]*: ' other.out
check 'why is told' grep -q ': ..*' other.out
parse other2 --compare warning kasan
check 'in either order' test "$(cut -d: -f1 other.out)" = "$(cut -d: -f1 other2.out)"
parse second --compare kasan clean
exits 'one without a crash' 0
echo 'similarity 0.00: no crash in the second' >want
same 'the second' want second.out
parse first --compare empty kasan
exits 'an empty one' 0
echo 'similarity 0.00: no crash in the first' >want
same 'the first' want first.out
parse neither --compare clean empty
exits 'neither' 0
echo 'similarity 1.00: no crash in either' >want
same 'alike' want neither.out
parse json --compare --json kasan kasan
exits 'compare, JSON' 0
check 'similarity and why' jq -e '.similarity == 1 and (.why | startswith("same title"))' json.out
"$CULPRIT" parse --compare kasan - <kasan >stdin.out
same 'one from standard input' same.out stdin.out

### bad input

refused 'no file' 'nowhere: cannot read: No such file or directory$' nowhere
mkdir folder
refused 'a folder' 'folder: cannot read: Is a directory; give the files in it$' folder
refused 'a file as a folder' 'clean/x: cannot read: Not a directory$' clean/x
refused 'an empty name' ': cannot read: No such file' ''
refused 'a name with control characters' 'no such: cannot read' $'no\nsuch'
ln -s loop loop
refused 'a loop of links' 'loop: cannot read: Too many levels' loop
: >secret
chmod 0 secret
# Root reads anything unless it gives that up.
if [ -r secret ]; then
	plain=$CULPRIT
	printf '#!/bin/sh\nexec setpriv --bounding-set -all --inh-caps -all "%s" "$@"\n' "$plain" >powerless
	chmod +x powerless
	CULPRIT=$TMP/powerless
fi
refused 'unreadable' 'secret: cannot read: Permission denied$' secret
CULPRIT=${plain-$CULPRIT}
refused 'a file that fails' '/proc/self/mem: cannot read: Input/output error$' /proc/self/mem
refused 'nothing given' 'no console given; name files, or "-" for standard input$'
refused 'nothing but an option' 'no console given' --json
refused 'unknown option' 'no option --frobnicate (culprit parse --help)$' --frobnicate kasan
refused 'a value where there is none' 'no option --json=x (culprit parse --help)$' --json=x kasan
refused 'compare nothing' '--compare takes two consoles, not 0 (culprit parse --help)$' --compare
refused 'compare one' '--compare takes two consoles, not 1 (culprit parse --help)$' --compare kasan
refused 'compare three' '--compare takes two consoles, not 3' --compare kasan warning clean
refused 'compare, no first' 'nowhere: cannot read: No such file' --compare nowhere kasan
refused 'compare, no second' 'nowhere: cannot read: No such file' --compare kasan nowhere
refused 'compare, neither' 'nowhere: cannot read: No such file' --compare nowhere nothing
refused 'compare a folder' 'folder: cannot read: Is a directory' --compare --json kasan folder
refused 'compare standard input with itself' '--compare: only one console can be standard input' --compare - -
"$CULPRIT" parse - <folder >refused.out 2>refused.err
status=$?
exits 'a folder as standard input' 1
one_line 'it is named' refused '^culprit: parse: standard input: cannot read: Is a directory'

parse some nowhere kasan folder clean
exits 'some cannot be read' 1
check 'a line for each of these' test "$(wc -l <some.err)" = 2
{ echo kasan: && cat kasan.out && echo clean: && cat clean.out; } >want
same 'the others are there' want some.out
"$CULPRIT" parse kasan >/dev/full 2>full.err
status=$?
exits 'standard output is full' 1
one_line 'it is named' full 'cannot write standard output: No space left'

parse help --help
exits 'help' 0
check 'on stdout' grep -q '^usage: culprit parse' help.out
check 'the exit codes too' grep -q '^exit codes: 0 ' help.out

### memory

LIMIT_KB=65536 GROWTH_KB=4096

# peak DESC WANT: a console on stdin; output that matches, and the limit; sets $kb
peak() {
	"$PARSE_MEMORY" - >mem.out 2>mem.err
	status=$?
	kb=$(tail -n 1 mem.err)
	if [ $status = 0 ] && [ "${kb:-$LIMIT_KB}" -lt $LIMIT_KB ] && grep -q -- "$2" mem.out; then
		ok "$1: below $((LIMIT_KB / 1024)) MiB"
	else
		not_ok "$1: below $((LIMIT_KB / 1024)) MiB"
		diag "status $status, ${kb:-?} KiB"
		head -c 300 mem.out | diag
		diag <mem.err
	fi
}

# grows DESC WANT CMD SMALL LARGE: CMD N prints a console of size N
grows() {
	local small

	peak "$1, $4" "$2" < <($3 "$4")
	small=$kb
	peak "$1, $5" "$2" < <($3 "$5")
	check "$1: $5 takes as much as $4" test "$kb" -lt $((small + GROWTH_KB))
}
nuls() { head -c "$1" /dev/zero; }
one_long() { nuls "$1" | tr '\0' x; }
blank() { nuls "$1" | tr '\0' '\n'; }
starts() { yes '[    9.0001][   T77] BUG: KASAN: slab-use-after-free in foo_read+0x30/0x90' | head -n "$1"; }
# Each report goes on until the end and gets all lines of its task.
endless() {
	starts 100
	yes "[    9.0002][   T77]  foo_read+0x30/0x90 $(one_long 3000)" | head -n "$1"
}
reports() { yes "$(cat kasan warning)" | head -n $((17 * $1)); }

peak 'no bytes' '^no crash$' </dev/null
grows 'NULs' '^no crash$' nuls 64M 1G
grows 'a line without end' '^no crash$' one_long 64M 1G
grows 'blank lines' '^no crash$' blank 16M 256M
grows 'starts of crashes' '^KASAN: ' starts 100000 2000000
grows 'crashes without end' '^KASAN: ' endless 5000 50000
grows 'crashes' '^KASAN: ' reports 10000 100000
check 'there is a limit to the reports' test "$(wc -l <mem.out)" = 64
reports 20000 >file
"$PARSE_MEMORY" file >mem.out 2>mem.err
check 'a file is like a pipe' test "$(tail -n 1 mem.err)" -lt $LIMIT_KB
"$PARSE_MEMORY" --compare file file >mem.out 2>mem.err
check 'so are two' test "$(tail -n 1 mem.err)" -lt $LIMIT_KB
done_testing
