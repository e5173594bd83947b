#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Saved guests with a real kernel and two processors under TCG: they go on, each with luck of its
# own, and their processors run side by side, as racy bugs need it.
#
# The kernel is kept in the cache of the benchmarks.
set -u
. "$(dirname "$0")/../../bench/functions.sh" # sets $top, $cache, $tmp
. "$top/tests/cli/functions.sh"             # changes the folder
trap 'cd / && rm -rf "$TMP" "$tmp"' EXIT

requires git gcc make flex bison bc qemu-system-x86_64
program bench bench_guest
kernel=${CULPRIT_GUEST_KERNEL:-$cache/guest/bzImage}
[ -e "$kernel" ] || [ -r "${LINUX_SOURCE:-/usr/src/linux-source-6.1.tar.xz}" ] ||
	skip_all "linux-source-6.1 is not installed"

mkdir -p "$(dirname "$kernel")"
check 'a kernel' guest_kernel "$kernel"
gcc -O2 -static -pthread -o luck "$top/tests/vm/luck.c"
mkdir work
RUNS=4
"$bench" qemu-system-x86_64 "$kernel" "$TMP/luck" work $RUNS 512 2 5000 >times 2>said
STATUS=$?
check "$RUNS cold runs, $RUNS saved ones" test $STATUS = 0
diag <said
check 'all clean' test "$(grep -c ' clean$' times)" = $((2 * RUNS))
grep -ho 'luck: .*' work/{cold,saved}.* | diag

luck() { # FIELD: its values
	grep -aho 'luck: .*' work/cold.* work/saved.* | tr -d '\r' | sed "s/.*$1 \([^ ]*\).*/\1/"
}

check 'each run told of its luck' test "$(luck random | wc -l)" = $((2 * RUNS))
check 'random numbers differ' test "$(luck random | sort -u | wc -l)" = $((2 * RUNS))
check 'seeds differ' test "$(luck seed | sort -u | wc -l)" = $((2 * RUNS))
check 'seeds are long' test "$(luck seed | grep -cE '^[0-9a-f]{64}$')" = $((2 * RUNS))
check 'addresses differ' test "$(luck address | sort -u | wc -l)" = $((2 * RUNS))
# With one thread for both processors no update is ever lost. With one each, how many are depends on
# what else the host does: in some run of each kind some are.
side_by_side() { # KIND
	grep -aho 'luck: .*' work/"$1".* | grep -q 'lost [1-9]'
}
check 'processors run side by side' side_by_side cold
check 'in saved guests too' side_by_side saved

# A kernel that takes its clock for thirty times as fast as it is, as one that was busy when it
# measured it.
BENCH_APPEND='tsc_early_khz=68677 tsc=reliable' \
	"$bench" qemu-system-x86_64 "$kernel" "$TMP/luck" work 2 512 1 3000 >wrong 2>said
check 'a clock that is wrong: all clean' test "$(grep -c ' clean$' wrong)" = 4
diag <wrong
check 'it is wrong' grep -aq 'Detected 68.677 MHz' work/cold.0
check 'runs last as long as they shall' awk '$3 < 3000000 { bad = 1 } END { exit bad }' wrong
check 'no state is left' test -z "$(find work -name 'state*')"
done_testing
