#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a run costs besides the reproducer, booted and from a saved state; see bench/README.md.
#
#	bench/run-guest.sh [KERNEL]

set -eu

# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"
kernel=${1:-$cache/guest/bzImage}
runs=${CULPRIT_BENCH_RUNS:-20}
memory=${CULPRIT_BENCH_MEMORY:-512}
cpus=${CULPRIT_BENCH_CPUS:-1}

mkdir -p "$(dirname "$kernel")"
guest_kernel "$kernel"
gcc -static -O2 -D_GNU_SOURCE -o "$tmp/agent" "$top/agent/agent.c"
sed "s|@AGENT@|$tmp/agent|" "$top/src/guest/agent_blob.S.in" >"$tmp/agent_blob.S"
echo 'int main(void) { return 0; }' >"$tmp/repro.c"
gcc -static -O1 -o "$tmp/repro" "$tmp/repro.c"
# shellcheck disable=SC2046 # flags
compile bench_guest "$top/bench/bench_guest.c" "$top"/src/{base,loop,crash,crash/table,guest}/*.c \
	"$top"/src/guest/{backend,qemu}/*.c "$top/src/guest/qemu/probe_rom.S" "$tmp/agent_blob.S" \
	$(pkg-config --libs libsystemd jansson)

machine
echo "$runs runs each, TCG, $memory MiB, $cpus CPU(s); from the start of QEMU to that of the reproducer"
mkdir "$tmp/work"
"$tmp/bench_guest" qemu-system-x86_64 "$kernel" "$tmp/repro" "$tmp/work" "$runs" "$memory" "$cpus" \
	>"$tmp/times"
sort -k1,1 -k2,2n "$tmp/times" | awk '
	{ us[$1, ++n[$1]] = $2 }
	function median(k) { return (us[k, int((n[k] + 1) / 2)] + us[k, int(n[k] / 2) + 1]) / 2 }
	function show(k) {
		printf "  %-6s median %8.1f ms   from %8.1f to %8.1f\n", k, median(k) / 1000,
			us[k, 1] / 1000, us[k, n[k]] / 1000
	}
	END {
		show("cold")
		show("saved")
		ratio = median("saved") / median("cold")
		printf "  a saved run costs %.3f of a cold one; at most 0.2 is required\n", ratio
		exit ratio > 0.2
	}'
