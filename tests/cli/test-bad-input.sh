#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad input and bad surroundings: each gives exactly one line on stderr, which names the thing and
# says what to mend, exit status 1, and nothing is left behind.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires git gcc make objcopy sqlite3
program CULPRIT culprit
program GEN_HISTORY gen_history
program FAKE_QEMU_PROGRAM fake_qemu
. "$TESTS/../fake/kernel.sh"

fake_kernel linux --good 5 --culprit 17 20 2 1 || skip_all "git fast-import failed"

# refused DESC PATTERN CMD...: one line, status 1
refused() {
	local desc=$1 pattern=$2 status why=

	shift 2
	"$@" >out.txt 2>err.txt </dev/null
	status=$?
	[ $status = 1 ] || why="exit status $status"
	[ "$(wc -l <err.txt)" = 1 ] || why="$why; not one line"
	grep -q -- "$pattern" err.txt || why="$why; no match of: $pattern"
	! grep -q '[^[:print:]]' err.txt || why="$why; bytes that do not print"
	if [ -z "$why" ]; then
		ok "$desc"
	else
		not_ok "$desc"
		diag "$* :$why"
		diag <out.txt
		diag <err.txt
	fi
}

# bisect OPTION...: a good command line but for what OPTIONs say otherwise; STATE is "st"
bisect() {
	"$CULPRIT" bisect --kernel linux --bad main --config "$CONFIG" --repro "$REPRO" --dir st \
		--cache cache --cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 1 \
		--policy git-bisect "$@"
}

# bad DESC PATTERN OPTION...: refused, and no folder is left
bad() {
	refused "$1" "$2" bisect "${@:3}"
	if [ -e st ]; then
		not_ok "$1: the folder is left"
		ls -A st | diag
		rm -rf st
	fi
}

### revisions and repositories

bad 'no such bad revision' 'no such revision in .*linux: v9.9' --bad v9.9 --good good
bad 'no such good revision' 'no such revision in .*linux: v9.8' --good v9.8
bad 'a revision like an option' 'no such revision in .*linux: --all' --bad=--all --good good
bad 'an empty revision' 'no such revision' --bad '' --good good
bad 'good is the bad one' 'good revision main is the bad one' --good main
bad 'good is newer than bad' 'good revision main is not an ancestor of the bad one' --bad c10 --good main
tree=$(git -C linux hash-object -t tree /dev/null)
other=$(git -C linux commit-tree -m other "$tree" </dev/null 2>/dev/null ||
	git -C linux commit-tree -m other "$(git -C linux mktree </dev/null)")
bad 'good shares no history' 'shares no history with the bad one' --good "$other"
bad 'no release tags and no --good' 'no release tag (vX.Y) is reachable from .*: give a good revision with --good'
bad '--kernel is missing' '/nonexistent: no such folder' --kernel /nonexistent --good good
mkdir empty
bad '--kernel is no repository' 'empty is not a git repository' --kernel empty --good good
bad '--kernel is a file' "$(basename "$CONFIG")" --kernel "$CONFIG" --good good
bad 'a shell-like name' 'no such folder' --kernel '$(touch oops)' --good good

### config

bad 'config missing' 'nonexistent.config: No such file' --config nonexistent.config --good good
bad 'config is a folder' 'empty: Is a directory' --config empty --good good
: >c.empty
bad 'config empty' 'c.empty: no CONFIG_ line' --config c.empty --good good
echo 'this is not a config' >c.text
bad 'config is any text' 'c.text:1: not a kernel config: "this is not a config"' --config c.text --good good
printf '<!DOCTYPE html>\n<html><body>404</body></html>\n' >c.html
bad 'config is a web page' 'c.html:1: not a kernel config: "<!DOCTYPE html>"' --config c.html --good good
bad 'config is a program' 'not a kernel config: it holds a NUL byte' --config "$REPRO" --good good
printf 'CONFIG_64BIT=y\n\033[31m\377\n' >c.binary
bad 'config with control characters' 'c.binary:2: not a kernel config' --config c.binary --good good
head -c 9000000 /dev/zero | tr '\0' '#' >c.big
bad 'config too big' 'c.big is larger than the limit' --config c.big --good good

### reproducer

bad 'reproducer missing' 'nonexistent.c: No such file' --repro nonexistent.c --good good
printf 'int main(void)\n{\n\treturn x;\n}\n' >r.c
bad 'reproducer does not compile' 'the reproducer does not compile: .*r.c:3:.*error: .x. undeclared' --repro r.c --good good
: >r.empty.c
bad 'reproducer empty' 'the reproducer does not compile' --repro r.empty.c --good good
gcc -o r.dynamic repro.c
bad 'reproducer linked dynamically' 'r.dynamic is linked dynamically; link it with -static' --repro r.dynamic --good good
printf '#!/bin/sh\n./x\n' >r.sh
bad 'reproducer that is a script' 'r.sh is a script' --repro r.sh --good good
printf 'CONFIG_64BIT=y\n' >r.txt
bad 'reproducer is something else' 'the reproducer does not compile: r.txt:1:' --repro r.txt --good good

### tools

bad 'no QEMU' 'no QEMU (/nonexistent/qemu): apt-get install qemu-system-x86' --qemu /nonexistent/qemu --good good
FAKE_QEMU=broken bad 'QEMU that fails' 'fake_qemu cannot run a guest: qemu-system-x86_64: failed to init' --good good
bad 'QEMU that ends at once' 'true cannot run a guest: the probe guest printed nothing' --qemu true --good good
[ -z "${CULPRIT_SLOW_TESTS-}" ] ||
	FAKE_QEMU=silent bad 'QEMU that prints nothing' 'cannot run a guest: the probe guest printed nothing' --good good
bad 'no compiler' 'no compiler no-such-gcc: install it or name one with --cc' --cc no-such-gcc --good good
bad 'no compiler, for C source' 'no compiler no-such-gcc' --cc no-such-gcc --repro repro.c --good good
bad 'a compiler that fails' 'false --version fails; name a compiler with --cc' --cc false --good good
: >file
bad 'a cache that cannot be made' 'file' --cache file/cache --good good

### options

for option in --runs --run-seconds --jobs --guests --guest-memory --guest-cpus --procs --timeout --boot-timeout; do
	for value in 0 -1 x 1x '' 99999999999999999999999; do
		bad "$option $value" "$option: \"$value\" is not a number from" "$option" "$value" --good good
	done
done
bad 'unknown option' 'no option --frobnicate' --frobnicate --good good
bad 'option without a value' '--policy needs a value' --good good --policy
bad 'unknown policy' 'no policy "guess"' --policy guess --good good
bad 'a policy that never says bad' '--runs 1 is too few for policy syzbot-now' --policy syzbot-now --runs 1 --good good
bad 'unknown accelerator' '--accel is auto, kvm or tcg' --accel warp --good good
bad 'a word too many' 'what is "please"?' --good good please
refused 'no --kernel' 'give --kernel DIR' "$CULPRIT" bisect
refused 'no --bad' 'give --bad REV' "$CULPRIT" bisect --kernel linux
refused 'no --dir' 'give --dir STATE' "$CULPRIT" bisect --kernel linux --bad main
refused 'no --config' 'give --config FILE' "$CULPRIT" bisect --kernel linux --bad main --dir st
refused 'no --repro' 'give --repro FILE' "$CULPRIT" bisect --kernel linux --bad main --dir st --config "$CONFIG"
refused '--run without a command' '--run needs a command' "$CULPRIT" bisect --repo linux --bad main --good good --dir st --run
refused '--run without --good' 'give --good REV' "$CULPRIT" bisect --repo linux --bad main --dir st --run true
refused '--run without --repo' 'give --repo DIR' "$CULPRIT" bisect --bad main --good good --dir st --run true
refused 'unknown command' 'no command "frobnicate"' "$CULPRIT" frobnicate
check 'nothing is left of these' test ! -e st

### the state folder

echo mine >taken-file
refused 'STATE is a file' 'taken-file' bisect --dir taken-file --good good
check 'it is left alone' grep -qx mine taken-file
mkdir taken
echo mine >taken/file
refused 'STATE is not empty' 'taken is not empty and holds no bisection: give a new folder with --dir' bisect --dir taken --good good
check 'what is in it is left alone' grep -qx mine taken/file
refused 'STATE below a file' 'taken-file' bisect --dir taken-file/st --good good
mkdir there
refused 'a bad config and an empty folder that was there' 'nonexistent.config' bisect --dir there --config nonexistent.config --good good
check 'the folder stays' test -d there
bisect --dir ended --good good >/dev/null 2>&1
refused 'STATE holds a bisection' 'ended holds a bisection: go on with "culprit resume ended"' bisect --dir ended --good good
check 'which stays as it is' "$CULPRIT" resume ended
check 'resume: an option, on either side' "$CULPRIT" resume --cache-size 1G ended
check 'resume: an option, on either side' "$CULPRIT" resume ended --cache-size 0
refused 'resume: a size that is none' '--cache-size: "much" is no size' "$CULPRIT" resume ended --cache-size much
refused 'resume: an option without a value' '--cache-size needs a value' "$CULPRIT" resume ended --cache-size
refused 'resume: unknown option' 'no option --guests' "$CULPRIT" resume ended --guests 3
refused 'resume: a word too many' 'give the folder of a bisection' "$CULPRIT" resume ended please

for command in resume status; do
	refused "$command: no folder" 'nowhere' "$CULPRIT" $command nowhere
	refused "$command: no bisection in it" 'taken' "$CULPRIT" $command taken
	refused "$command: a file" 'taken-file' "$CULPRIT" $command taken-file
	refused "$command: no argument" "$command: give the folder of a bisection" "$CULPRIT" $command
	cp -r ended damaged
	head -c 100000 /dev/urandom >damaged/journal.db
	rm -f damaged/journal.db-*
	refused "$command: a journal of random bytes" 'damaged/journal.db is not a journal of culprit, or it is damaged' "$CULPRIT" $command damaged
	: >damaged/journal.db
	refused "$command: an empty journal" 'damaged/journal.db' "$CULPRIT" $command damaged
	cp ended/journal.db damaged/journal.db
	# Holes in the middle of the events: pages 3 and on.
	head -c 12000 /dev/zero | tr '\0' '\252' | dd of=damaged/journal.db bs=4096 seek=2 conv=notrunc status=none
	refused "$command: a journal with holes" 'damaged/journal.db' "$CULPRIT" $command damaged
	cp ended/journal.db damaged/journal.db
	sqlite3 damaged/journal.db 'PRAGMA user_version = 99'
	refused "$command: a journal of a later version" 'journal version 99, this culprit reads' "$CULPRIT" $command damaged
	rm -rf damaged
done
refused 'sign: not an ELF file' 'c.text is not an ELF file' "$CULPRIT" sign c.text
refused 'sign: no such file' 'nowhere: No such file' "$CULPRIT" sign nowhere
refused 'parse: no such file' 'nowhere: cannot read: No such file' "$CULPRIT" parse nowhere

### kconfig has the last word

play config 'sed -i "/CONFIG_SERIAL_8250=/d" .config'
bisect --good good >out.txt 2>err.txt
check 'a config that kconfig does not take: exit status 1' test $? = 1
check 'one line' test "$(wc -l <err.txt)" = 1
check 'it names the option' \
	grep -q 'kconfig does not take CONFIG_SERIAL_8250=y from this config' err.txt
rm -rf st
clear_play

### a full disk, in a mount namespace of our own

fill() {
	mkdir small
	mount -t tmpfs -o size=6m none small || exit
	"$CULPRIT" bisect --kernel linux --bad main --good good --config "$CONFIG" --repro "$REPRO" \
		--dir small/st --cache cache --cache-size 0 --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 --guests 1 \
		--policy git-bisect >full.out 2>full.err </dev/null
	echo $? >full.status
	"$CULPRIT" status small/st >full.told 2>&1
	mount -o remount,size=64m small
	"$CULPRIT" resume small/st >resumed.out 2>resumed.err </dev/null
	echo $? >resumed.status
	cp small/st/result.json .
}

# The first guest writes more than the disk takes.
play guest.20 "$(printf 'crash fake_culprit\n1:flood')"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	export -f fill
	export CULPRIT CONFIG REPRO FAKE_QEMU_PROGRAM
	unshare -m bash -c fill
fi
if [ -e full.status ]; then
	check 'disk full: exit status 1' test "$(cat full.status)" = 1
	check 'disk full: one line' test "$(wc -l <full.err)" = 1
	check 'disk full: it is named' grep -q 'No space left on device\|the disk is full' full.err
	diag <full.err
	check 'disk full: status works' grep -q 'go on with: culprit resume' full.told
	check 'with room again it goes on' test "$(cat resumed.status)" = 0
	check 'to the culprit' grep -q "$(git -C linux rev-parse culprit)" result.json
else
	diag 'no right to mount a small file system: full disks are not tested'
fi
done_testing
