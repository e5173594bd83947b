#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit symbolize on small ELF files made here: every function against addr2line -i, functions of
# the same name, a relocatable object as a module, paths, bytes that pass through unchanged, and
# files that are hostile or lack what is needed.

set -u
TESTS=$(realpath "$(dirname "$0")")
. "$TESTS/functions.sh"

requires gcc objcopy strip nm addr2line cmp
program CULPRIT culprit

mkdir -p src/mm src/init src/include src/drivers obj
cat >src/include/deep.h <<'END'
extern int sink;
void out(int *p);
static inline __attribute__((always_inline)) int deep(int x)
{
	out(&x);
	return x * 3 + sink;
}
static inline __attribute__((always_inline)) int middle(int x)
{
	int y = deep(x);

	y += deep(y);
	return y;
}
END
cat >src/mm/a.c <<'END'
#include "deep.h"
int sink;
static __attribute__((noinline)) int same(int x)
{
	int r = x;

	for (int i = 0; i < x; i++)
		r += deep(i);
	return r;
}
int a_entry(int x)
{
	sink += same(x);
	sink += middle(x);
	return same(x + 1) + 2;
}
END
cat >src/init/main.c <<'END'
#include "deep.h"
static __attribute__((noinline)) int same(int x)
{
	return middle(x) + deep(x) * 7;
}
__attribute__((noinline)) void out(int *p)
{
	*p += sink;
}
int a_entry(int x);
int main(int argc, char **argv)
{
	(void)argv;
	return a_entry(argc) + same(argc);
}
END
cat >src/drivers/my-mod.c <<'END'
#include "deep.h"
static __attribute__((noinline)) int mod_inner(int x)
{
	return middle(x) + 1;
}
__attribute__((section(".init.text"))) int mod_init(int x)
{
	return mod_inner(x) * 3;
}
int mod_entry(int x)
{
	return mod_inner(x) + mod_inner(x + 1);
}
END

# build OUT FLAG...: the program, compiled in the source folder
build() {
	(cd src && gcc -g -O2 -Iinclude -o "../$1" mm/a.c init/main.c "${@:2}") || exit 1
}
build vmlinux
(cd src && gcc -g -O2 -Iinclude -c -o ../obj/my-mod.o drivers/my-mod.c)

sym() {
	"$CULPRIT" symbolize "$@"
}

# functions FILE: START SIZE NAME of each that is ours
functions() {
	nm -S --defined-only "$1" | awk '$3 ~ /^[tT]$/ && NF == 4 { print $1, $2, $4 }' |
		grep -E ' (same|a_entry|main|out|mod_[a-z]*)$'
}

# What addr2line says, in the form of culprit: FILE NAME START SIZE OFFSET PREFIX
expect() {
	local file=$1 name=$2 start=$3 size=$4 offset=$5 cut=$6

	addr2line -i -f -e "$file" "$(printf '%x' $((start + offset)))" |
		sed 's/ (discriminator [0-9]*)$//' | paste - - |
		awk -F'\t' -v last="$(printf '%s+0x%x/0x%x' "$name" "$offset" "$size")" -v cut="$cut" '
		{ f[NR] = $1; p[NR] = $2 }
		END {
			for (i = 1; i <= NR; i++) {
				sub(/:\?$/, ":0", p[i])
				if (index(p[i], cut) == 1)
					p[i] = substr(p[i], length(cut) + 1)
				if (i < NR)
					print "RIP: 0010:" f[i] " " p[i] " [inline]"
				else
					print "RIP: 0010:" last " " p[i]
			}
		}'
}

# every_offset DESC FILE OPTION...: all offsets of all functions
every_offset() {
	local desc=$1 file=$2 start size name i lines=0

	shift 2
	: >console.txt
	: >want.txt
	while read -r start size name; do
		start=$((16#$start)) size=$((16#$size))
		for ((i = 0; i < size; i++)); do
			printf 'RIP: 0010:%s+0x%x/0x%x\n' "$name" $i $size >>console.txt
			expect "$file" "$name" $start $size $i "$TMP/src/" >>want.txt
			lines=$((lines + 1))
		done
	done < <(functions "$file")
	sym --vmlinux "$file" "$@" <console.txt >got.txt 2>err.txt
	same "$desc: $lines addresses as addr2line has them" want.txt got.txt
	[ -s err.txt ] && diag <err.txt
}

### against addr2line

every_offset 'DWARF 5' vmlinux
build dwarf4 -gdwarf-4
every_offset 'DWARF 4' dwarf4
check 'there are inlined frames' grep -q '\[inline\]' got.txt
check 'and two deep' grep -q 'middle include/deep.h:[0-9]* \[inline\]' got.txt
if command -v clang >/dev/null; then
	(cd src && clang -g -O2 -Iinclude -o ../by-clang mm/a.c init/main.c)
	every_offset 'clang, which writes no .debug_aranges' by-clang
fi

# addr2line does not read these: the same code gives the same frames.
every_offset 'once more' vmlinux
cp got.txt want-split.txt
build split -gsplit-dwarf
sym --vmlinux split <console.txt >got.txt
same 'split DWARF' want-split.txt got.txt

### functions of the same name

size_of() { # NAME FILE: the size of the function NAME whose source is FILE
	local start size name

	functions vmlinux | while read -r start size name; do
		[ "$name" = "$1" ] || continue
		addr2line -e vmlinux "$start" | grep -q "/$2:" && echo "$((16#$size))"
	done
}
for f in mm/a.c init/main.c; do
	s=$(size_of same $f)
	for size in "$s" $(((s + 15) / 16 * 16)); do
		printf ' same+0x1/0x%x\n' "$size" | sym --vmlinux vmlinux >got.txt
		check "the size decides: $f, $size" grep -q " same+0x1/0x[0-9a-f]* $f:[0-9]*\$" got.txt
	done
done
echo ' same+0x1/0xfff' | sym --vmlinux vmlinux >got.txt 2>err.txt
echo ' same+0x1/0xfff' >want.txt
same 'no function of that size: unchanged' want.txt got.txt
echo ' nosuch+0x1/0xfff' | sym --vmlinux vmlinux >/dev/null 2>err.txt
check 'none found: a note' grep -q 'none of 1 functions found in vmlinux' err.txt
echo ' main+0x1/0xfff' | sym --vmlinux vmlinux >got.txt 2>err.txt
check 'a name that is there once, another size: found' grep -q ' init/main.c:' got.txt
check 'and a note' grep -q '1 of 1 functions have another size in vmlinux' err.txt

### the address before the one to return to

read -r start size name < <(functions vmlinux | grep ' main$')
start=$((16#$start)) size=$((16#$size))
for ((i = 1; i < size; i++)); do
	printf ' main+0x%x/0x%x\n' $i $size
done >console.txt
sym --vmlinux vmlinux <console.txt | grep -v inline | sed 's/.* //' >got.txt
for ((i = 1; i < size; i++)); do
	addr2line -e vmlinux "$(printf '%x' $((start + i - 1)))" | sed 's/ (disc.*//; s|.*/src/||; s/:?$/:0/'
done >want.txt
same 'a frame is symbolized at its address minus 1' want.txt got.txt

### forms of lines

read -r start size name < <(functions vmlinux | grep ' out$')
out=$(printf '0x%x' $((16#$size)))
at=init/main.c:$(addr2line -e vmlinux "$start" | sed 's/.*://')
sed "s/OUT/out+0x0\/$out/; s|AT| $at|" >want.txt <<'END'
 OUTAT
 ? OUTAT
[   12.345678][ T1234]  OUTAT
 [<ffffffff81234567>] OUTAT
 [<ffffffff81234567>] ? OUTAT
pc : OUTAT
lr : OUTAT
RIP: 0010:OUTAT
WARNING: CPU: 0 PID: 1 at mm/util.c:803 OUTAT
BUG: KASAN: use-after-free in OUTAT
 #0: ffff8880 (&x){+.+.}-{3:3}, at: OUTAT
 (OUTAT)
RIP: 0033:0x45ae5a
 no_such_function+0x1/0x2
 out+0x999/0x999
END
sed "s| $at||" want.txt >console.txt
sym --vmlinux vmlinux <console.txt >got.txt
same 'all forms of lines' want.txt got.txt
sym --vmlinux vmlinux <got.txt >again.txt
same 'a second pass changes nothing' got.txt again.txt
printf ' out+0x0/%s\r\n\0 out+0x0/%s' "$out" "$out" | sym --vmlinux vmlinux >got.txt
check 'CRLF stays' grep -q 'main.c:[0-9]*'$'\r' got.txt
check 'no line end is added' test "$(tail -c 1 got.txt | wc -l)" = 0

### bytes that pass through

{
	head -c 300000 /dev/urandom
	head -c 1000000 /dev/zero
	head -c 1000000 /dev/zero | tr '\0' x
	printf '+0x1/0x2\n\n\n out+0x0\n'
	for i in {1..2000}; do printf 'out+0x'; done
	printf '\r\n\0\0'
	head -c 65536 /dev/zero | tr '\0' '\n'
	printf 'no end'
} >bytes
sym --vmlinux vmlinux <bytes >got 2>err.txt
check '2.3 MB of any bytes: exit status 0' test $? = 0
check 'the same bytes' cmp bytes got
sym --vmlinux vmlinux </dev/null >got
check 'nothing in, nothing out' test ! -s got

### streaming: a line comes out before the next one goes in

mkfifo in
sym --vmlinux vmlinux <in >stream.txt &
pid=$!
exec 3>in
printf ' out+0x0/%s\nhalf' "$out" >&3
for _ in {1..200}; do
	[ -s stream.txt ] && break
	sleep 0.1
done
check 'streams' grep -q ' init/main.c:' stream.txt
exec 3>&-
wait $pid
check 'the rest follows' grep -qx half stream.txt

### paths

echo " out+0x0/$out" >console.txt
mkdir away
(cd away && gcc -g -O2 -I"$TMP/src/include" -o ../elsewhere ../src/mm/a.c ../src/init/main.c)
sym --vmlinux elsewhere <console.txt >got.txt
check 'built in another folder: cut by init/main.c' grep -q "/$out init/main.c:" got.txt
sym --vmlinux vmlinux --src src/init <console.txt >got.txt
check '--src is cut' grep -q "/$out main.c:" got.txt
sym --vmlinux vmlinux --src src/init/ <console.txt >got.txt
check '--src with a slash' grep -q "/$out main.c:" got.txt
build mapped "-ffile-prefix-map=$TMP/src=."
sym --vmlinux mapped <console.txt >got.txt
check 'mapped to "."' grep -q "/$out init/main.c:" got.txt

### modules

mkdir -p modules/kernel/drivers
cp obj/my-mod.o modules/kernel/drivers/my-mod.ko
ln -s / modules/build
every_module() { # DESC: all offsets of the module's functions
	local start size name i

	: >console.txt
	: >want.txt
	while read -r start size name; do
		size=$((16#$size))
		for ((i = 0; i < size; i++)); do
			printf 'RIP: 0010:%s+0x%x/0x%x [my_mod]\n' "$name" $i $size >>console.txt
			section=.text
			[ "$name" = mod_init ] && section=.init.text
			addr2line -j $section -i -f -e obj/my-mod.o "$(printf '%x' $((16#$start + i)))" |
				sed 's/ (disc.*//; s|.*/src/||' | paste -d' ' - - |
				sed '$!s/$/ [inline]/; $s|^[^ ]*|'"$(printf '%s+0x%x/0x%x' "$name" $i $size)|" |
				sed 's/^/RIP: 0010:/; s/$/ [my_mod]/' >>want.txt
		done
	done < <(functions obj/my-mod.o)
	sym --vmlinux vmlinux --modules modules <console.txt >got.txt 2>err.txt
	same "$1" want.txt got.txt
	[ -s err.txt ] && diag <err.txt
}
every_module 'a module, "-" for "_", two sections'
gzip modules/kernel/drivers/my-mod.ko
every_module 'a module in gzip'
sym --vmlinux vmlinux <console.txt >got.txt 2>err.txt
same 'without --modules: unchanged' console.txt got.txt
echo ' f+0x1/0x2 [nosuch]' | sym --vmlinux vmlinux --modules modules >got.txt 2>err.txt
check 'a module that is not there: status 0' test $? = 0
check 'it is named' grep -q 'module nosuch: no file of it in modules' err.txt
gzip -d modules/kernel/drivers/my-mod.ko.gz
strip -g modules/kernel/drivers/my-mod.ko
sym --vmlinux vmlinux --modules modules <console.txt >got.txt 2>err.txt
check 'a module without debug information: named, once' \
	test "$(grep -c 'my-mod.ko: no debug information' err.txt)" = 1
same 'and its lines are unchanged' console.txt got.txt

### files that cannot be used: the console passes, one line says why, status 1

# refused DESC PATTERN OPTION...
refused() {
	local desc=$1 pattern=$2 status why=

	shift 2
	sym "$@" <bytes >got 2>err.txt
	status=$?
	[ $status = 1 ] || why="exit status $status"
	[ "$(wc -l <err.txt)" = 1 ] || why="$why; not one line"
	grep -q -- "$pattern" err.txt || why="$why; no match of: $pattern"
	cmp -s bytes got || why="$why; the console is changed"
	if [ -z "$why" ]; then
		ok "$desc"
	else
		not_ok "$desc"
		diag "$why"
		diag <err.txt
	fi
}

strip -g -o stripped vmlinux
strip -s -o nosymbols vmlinux
objcopy --strip-all --keep-section='.debug*' vmlinux debugonly 2>/dev/null
refused 'no file' 'nowhere: No such file' --vmlinux nowhere
refused 'a folder' 'src: not a regular file' --vmlinux src
mkfifo fifo
refused 'a pipe' 'fifo: not a regular file' --vmlinux fifo
refused 'a text' 'a.c: ' --vmlinux src/mm/a.c
: >empty
refused 'an empty file' 'empty: ' --vmlinux empty
refused 'no debug information' 'stripped: .*built without CONFIG_DEBUG_INFO' --vmlinux stripped
refused 'nor symbols' 'nosymbols: .*built without CONFIG_DEBUG_INFO' --vmlinux nosymbols
refused 'no folder of modules' 'nowhere: No such file' --vmlinux vmlinux --modules nowhere
refused 'modules is a file' 'vmlinux: not a folder' --vmlinux vmlinux --modules vmlinux
if objcopy --compress-debug-sections=zstd vmlinux zstd 2>/dev/null; then
	refused 'DWARF in zstd' 'compressed with zstd' --vmlinux zstd
fi
if objcopy --compress-debug-sections=zlib vmlinux zlib 2>/dev/null; then
	echo " out+0x0/$out" | sym --vmlinux zlib >got.txt
	check 'DWARF in zlib is read' grep -q ' init/main.c:' got.txt
fi
check 'no --vmlinux: usage, status 1' bash -c '"$0" symbolize </dev/null 2>err.txt; test $? = 1 && grep -q usage err.txt' "$CULPRIT"

### hostile files: whatever the helper does, the console comes through

functions vmlinux | while read -r start size name; do
	for i in 1 5 $((16#$size / 2)); do
		printf ' %s+0x%x/0x%x\n' "$name" $i $((16#$size))
	done
done >console.txt
sym --vmlinux vmlinux <console.txt >good.txt
check 'the good one' grep -q inline good.txt

# survives FILE: status 0 or 1, each line there in its order, at most a few lines on stderr
survives() {
	local status

	timeout 60 "$CULPRIT" symbolize --vmlinux "$1" <console.txt >got.txt 2>err.txt
	status=$?
	case $status in
	0) ;;
	1) [ "$(wc -l <err.txt)" = 1 ] || return 1 ;;
	*) return 1 ;;
	esac
	grep -v ' \[inline\]$' got.txt | sed 's/^\( [a-z_]*+0x[0-9a-f]*\/0x[0-9a-f]*\).*/\1/' |
		cmp -s - console.txt
}

# damaged SEED: sixteen bytes anywhere
damage() {
	awk -v seed="$1" -v size="$(stat -c %s vmlinux)" 'BEGIN {
		srand(seed)
		for (i = 0; i < 16; i++)
			printf "%d %d\n", int(rand() * size), int(rand() * 256)
	}' | while read -r at byte; do
		printf "\\x$(printf %x "$byte")" | dd of="$2" bs=1 seek="$at" conv=notrunc status=none
	done
}

bad=0
size=$(stat -c %s vmlinux)
for i in {1..40}; do
	head -c $((size * i / 41)) vmlinux >shorter
	survives shorter || { bad=$((bad + 1)) && diag "cut at $((size * i / 41))" && diag <err.txt; }
done
check '40 truncated files' test $bad = 0
bad=0
for i in {1..40}; do
	cp vmlinux hurt
	damage "$i" hurt
	survives hurt || { bad=$((bad + 1)) && diag "damage $i" && diag <err.txt; }
done
check '40 files with random damage' test $bad = 0
bad=0
for s in info abbrev line str line_str rnglists loclists aranges; do
	objcopy --dump-section .debug_$s=section vmlinux /dev/null 2>/dev/null || continue
	for i in 1 2 3 4; do
		head -c "$(stat -c %s section)" /dev/urandom >random
		objcopy --update-section .debug_$s=random vmlinux hurt 2>/dev/null || continue
		survives hurt || { bad=$((bad + 1)) && cp hurt "hurt-$s" && diag "random .debug_$s" && diag <err.txt; }
	done
done
check 'sections of random bytes' test $bad = 0
done_testing
