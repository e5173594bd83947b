#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit sign, on files that are compiled and linked here as a kernel is: at the top of the address
# space, with a table of bugs and an area for each CPU.
set -u
. "$(dirname "$0")/functions.sh"
requires gcc ld objcopy jq perl
program CULPRIT culprit

flags='-O2 -mcmodel=kernel -fno-pic -fno-pie -fno-asynchronous-unwind-tables -fcf-protection=none
-ffreestanding -fno-stack-protector -fno-common -falign-functions=16 -fno-ipa-icf'

cat >kernel.h <<'END'
#define noinline __attribute__((noinline))
void note(const char *file, int line);
void say(const char *what);
int other(int x);
int first(int x), second(int x), third(int x);
void fill(int *to, int x);
#define TEXT(x) TEXT_(x)
#define TEXT_(x) #x
/* As x86 has it: the place, the file, the line, the flags. */
#define WARN(flag)                                                                          \
	asm volatile("1: ud2\n.pushsection __bug_table,\"aw\"\n2: .long 1b - .\n"           \
		     " .long %c0 - .\n .word %c1\n .word %c2\n .popsection" ::"i"(__FILE__), \
		     "i"(__LINE__), "i"(flag))
#define percpu __attribute__((section(".data..percpu")))
END

cat >mm.c <<'END'
#include "kernel.h"
/*EARLY*/
int counter = 3, table[6] = {1, 2, 3, 4, 5, 6};
int (*const calls[])(int) = {first, second, third};
static __attribute__((used)) percpu int before_slot/*PERCPU*/;
percpu long slot = 7;
/*GROWN*/
noinline int early(int x) { say("early"); return x/*GROW*/; }
noinline int moved(int x) { say("moved"); return other(x) + counter; }
noinline int changed(int x) { return other(x + 100/*CHANGED*/); }
noinline int checks(int x) { note(__FILE__, __LINE__); return other(x); }
noinline int warns(int x) { if (x > 40) WARN(1); return x; }
noinline int warns_harder(int x) { if (x > 41) WARN(1/*FLAG*/); return x; }
noinline void speaks(void) { say("hello world"/*SPEECH*/); }
noinline void named(void) { say(__func__); say("named"); }
noinline void named_too(void) { say(__func__); say("named_too"); }
noinline int walks(void) { int s = 0; for (int *p = table; p < table + 6; p++) s += other(*p); return s; }
noinline int line_like(int x) { return other(5/*CONSTANT*/); }
noinline int jumps(int x)
{
	switch (x) {
	case 0: return first(7);
	case 1: return second(8);
	case 2: return third(9);
	case 3: say("three"); return 4;
	case 4: return first(77);
	case 5: return second(88);
	case 6: return third(99);
	case 7: say("seven"); return 5;
	}
	return 0;
}
noinline int frames(int x) { int some[4], more[9]; fill(some, x); fill(more, x); return some[x & 3] << more[2]; }
noinline void locks(void) { say(__FILE__ ":" TEXT(__LINE__)); }
noinline long gets(void)
{
	long v;

	asm volatile("mov %%gs:%c1, %0" : "=r"(v) : "i"(&slot));
	return v;
}
noinline int calls_one(int i, int x) { return calls[i](x); }
static noinline int helper(int x) { say("helper of mm"); return x; }
noinline int uses(int x) { return helper(x) + helper(x + 1); }
/*LATE*/
END

mkdir -p sub
cat >sub/mm.c <<'END'
#include "../kernel.h"
static noinline int helper(int x) { say("helper of sub"); return x; }
int sub_uses(int x) { return helper(x); }
void fill(int *to, int x) { asm volatile("" :: "r"(to), "r"(x) : "memory"); }
void note(const char *file, int line) { asm volatile("" :: "r"(file), "r"(line)); }
void say(const char *what) { asm volatile("" :: "r"(what)); }
int other(int x) { asm volatile("" : "+r"(x)); return x; }
int first(int x) { asm volatile("" : "+r"(x)); return x; }
int second(int x) { asm volatile("" : "+r"(x)); return x + 1; }
int third(int x) { asm volatile("" : "+r"(x)); return x + 2; }
END

cat >kernel.ld <<'END'
SECTIONS {
	. = 0xffffffff81000000;
	.text : { *(.text .text.*) }
	. = ALIGN(4096);
	.rodata : { *(.rodata .rodata.*) }
	. = ALIGN(4096);
	.data : { *(.data .data.*) }
	__bug_table : { __start___bug_table = .; KEEP(*(__bug_table)) __stop___bug_table = .; }
	.note.build : { *(.note.*) }
	.bss : { *(.bss .bss.* COMMON) }
	.data..percpu 0 : { *(.data..percpu) }
	/DISCARD/ : { *(.eh_frame) *(.comment) }
}
END

# kernel NAME [MARK=TEXT...]: links NAME from mm.c, in which each /*MARK*/ is replaced
kernel() {
	local name=$1 pair

	shift
	mkdir -p "$name.d/sub"
	cp mm.c "$name.d/mm.c"
	for pair; do
		MARK=${pair%%=*} TEXT=${pair#*=} perl -0pi -e \
			's{/\*\Q$ENV{MARK}\E\*/}{$ENV{TEXT}}g' "$name.d/mm.c"
	done
	(
		cd "$name.d" && cp ../kernel.h . && cp ../sub/mm.c sub/mm.c &&
			# shellcheck disable=SC2086 # a list of flags
			gcc $flags ${EXTRA-} -c mm.c -o mm.o && gcc $flags ${EXTRA-} -c sub/mm.c -o sub.o &&
			ld --unresolved-symbols=ignore-all -T ../kernel.ld -e early mm.o sub.o -o "../$name"
	) || skip_all "cannot link a kernel here"
}

# diff A B: "CHANGE NAME" a line, "*" in front when it is on the stack
diff_of() {
	"$CULPRIT" sign --diff --json "$@" >out.json || return
	jq -r '.objects[] | (if .in_stack then "*" else "" end) + .change + " " + .name' out.json
}

expect() { # DESC WANT ARGS...
	local desc=$1 want=$2

	shift 2
	printf '%s' "$want" >want
	diff_of "$@" >got 2>&1
	same "$desc" want got
}

kernel a
kernel same
expect 'the same code' '' a same
check 'and equal signatures' jq -e '.code_differs == false and .compared and
	.kernels[0].signature == .kernels[1].signature' out.json

# Comments above all code: only numbers of lines change.
kernel comment EARLY=$'/* one\n * two\n * three\n */'
expect 'a comment changes numbers of lines only' 'line numbers only checks
line numbers only locks
line numbers only warns
line numbers only warns_harder
' a comment
check 'the signatures differ, the code does not' jq -e '.code_differs == false and
	.kernels[0].signature != .kernels[1].signature' out.json

# All behind early() moves, strings and data too.
kernel grown GROWN='int grown[40] = {1}; const char *const texts[] = {"one more string", "and one"};' \
	GROW=' + other(x) * 3 + other(x + 1)' PERCPU='[10]'
expect 'what is moved is not changed' 'changed early
changed before_slot
added grown
added texts
' a grown

kernel many EARLY=$'/* a\n comment */' GROW=' + other(x) * 3' CHANGED='+ 1' FLAG=' + 8' \
	SPEECH='"!"' LATE='noinline int fresh(int x) { return x * 3; }' CONSTANT=' + 1'
expect 'each kind of change' 'changed changed
changed early
added fresh
changed line_like
changed speaks
changed warns_harder
line numbers only checks
line numbers only locks
line numbers only warns
' a many
expect 'the other way round' 'changed changed
changed early
removed fresh
changed line_like
changed speaks
changed warns_harder
line numbers only checks
line numbers only locks
line numbers only warns
' many a

kernel spoken SPEECH='/**/'
sed -i 's/hello world/hello earth/' mm.c
kernel spoken
sed -i 's/hello earth/hello world/' mm.c
expect 'a string of the same length' 'changed speaks
' a spoken

sed -i 's/{first, second, third};/{first, third, second};/' mm.c
kernel pointers
sed -i 's/{first, third, second};/{first, second, third};/' mm.c
expect 'a table of functions' 'changed calls
' a pointers

sed -i 's/case 4: return first(77)/case 4: return second(88)/; s/case 5: return second(88)/case 5: return first(77)/' mm.c
kernel jumps
sed -i 's/case 4: return second(88)/case 4: return first(77)/; s/case 5: return first(77)/case 5: return second(88)/' mm.c
expect 'a table of jumps' 'changed jumps
' a jumps

sed -i 's/helper of sub/helper of s_b/' sub/mm.c
kernel twins
sed -i 's/helper of s_b/helper of sub/' sub/mm.c
expect 'of two functions of one name, one' 'changed helper
' a twins

sed -i 's/say(__func__); say("named");/say(__func__); say("other");/' mm.c
kernel func
sed -i 's/say("other");/say("named");/' mm.c
expect 'objects that numbers tell apart' 'changed named
' a func

# With sanitizers, lines stand in the data of each check, and in what is kept of variables.
EXTRA='-fsanitize=kernel-address -fasan-shadow-offset=0xdffffc0000000000 --param=asan-stack=1
--param=asan-globals=1 --param=asan-instrumentation-with-call-threshold=0
-fsanitize=bounds,shift,unreachable'
kernel sane
kernel sane_comment EARLY=$'/* so many lines that numbers get longer\n'"$(yes '' | head -n 90)"'*/'
kernel sane_change EARLY=$'/* one */\n' CHANGED='+ 1'
EXTRA=
diff_of sane sane_comment >got
check 'with sanitizers: lines' grep -qx 'line numbers only frames' got
check 'with sanitizers: nothing else' jq -e '.code_differs == false' out.json
diff_of sane sane_change | grep -v '^line numbers only ' >got
echo 'changed changed' >want
same 'with sanitizers: a change' want got

cat >console <<'END'
[    3.100000] ------------[ cut here ]------------
[    3.100000] WARNING: CPU: 0 PID: 71 at mm.c:12 changed+0x14/0x60
[    3.100000] CPU: 0 PID: 71 Comm: repro Not tainted 6.1.0 #1
[    3.100000] RIP: 0010:changed+0x14/0x60
[    3.100000] Call Trace:
[    3.100000]  <TASK>
[    3.100000]  ? line_like+0x1/0x2
[    3.100000]  fresh+0x12/0x30
[    3.100000]  entry_SYSCALL_64_after_hwframe+0x63/0xcd
[    3.100000]  </TASK>
[    3.100000] ---[ end trace 0000000000000000 ]---
END
expect 'marks what is on the stack' '*changed changed
changed early
*added fresh
changed line_like
changed speaks
changed warns_harder
line numbers only checks
line numbers only locks
line numbers only warns
' --crash console a many
check 'and names the crash' jq -e '.crash == "WARNING in changed"' out.json

"$CULPRIT" sign --diff --crash console a many >text
check 'for people: the sum' grep -q \
	'^the code differs: 6 functions of [0-9]*, 0 data objects of [0-9]*; line numbers only: 3 objects$' text
check 'for people: the stack' grep -q '^2 changed functions on the stack (\*) of "WARNING in changed"$' text
check 'for people: an object' grep -Eq '^\* added     fresh, [0-9]+ bytes$' text
check 'for people: only lines' sh -c "'$CULPRIT' sign --diff a comment |
	grep -q '^the signatures differ, the code does not: line numbers only\$'"
check 'for people: equal' sh -c "'$CULPRIT' sign --diff a same |
	grep -q '^the signatures are equal: the same code\$'"

# Names are a stranger's.
objcopy --redefine-sym "fresh=$(printf 'fr\033[31m\342\200\256esh')" many evil
"$CULPRIT" sign --diff a evil >text
check 'no control characters' sh -c "! grep -q '[[:cntrl:]]' text && grep -qF 'fr\\x1b[31m\\u202eesh' text"
diff_of a evil >got
check 'and valid JSON' jq -e '[.objects[].name] | any(contains("\u001b[31m"))' out.json

same_status() { # DESC WANT CMD...
	local desc=$1 want=$2

	shift 2
	"$@" >x.out 2>x.err
	if [ $? = "$want" ]; then ok "$desc"; else not_ok "$desc"; fi
}

same_status 'one kernel is no pair' 1 "$CULPRIT" sign --diff a
one_line 'and says so' x 'sign: --diff compares two kernels'
same_status 'a crash without --diff' 1 "$CULPRIT" sign --crash console a
one_line 'and says what to do' x 'sign: --crash marks what --diff finds'
same_status 'an unknown option' 1 "$CULPRIT" sign --nope a
one_line 'is named' x 'sign: no option'
echo 'nothing here' >quiet
same_status 'a console without a crash' 1 "$CULPRIT" sign --diff --crash quiet a many
one_line 'is named too' x 'sign: quiet: no crash in it'
objcopy --strip-all a stripped
same_status 'a stripped kernel' 1 "$CULPRIT" sign --diff a stripped
one_line 'says what to give' x 'stripped has no symbols'
head -c 3000 a >short
same_status 'a truncated one' 1 "$CULPRIT" sign --diff a short
one_line 'is told' x 'short'
check 'objects that are not linked have signatures only' sh -c "'$CULPRIT' sign --diff a.d/mm.o a.d/sub.o |
	grep -q 'functions are compared in linked kernels for x86-64 only'"
check 'signatures as JSON' sh -c "'$CULPRIT' sign --json a many | jq -e '.kernels | length == 2'"
done_testing
