#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times the search for crashes in consoles beside grep and wc; see bench/README.md.
#
#	bench/run-scan.sh [FOLDER]
#
# FOLDER holds consoles. Exit status 1 when what is required does not hold.

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
rounds=${CULPRIT_BENCH_ROUNDS:-5}
folder=${1:-$top/../shared/corpus/report}
need_mb_s=150 need_rss_kb=65536 input_mb=80

export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The program is built here, optimised, so that no sanitizer of a development build is measured.
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -DNDEBUG -I"$top/src" -o "$tmp/bench_scan" \
	"$top/bench/bench_scan.c" "$top"/src/base/{alloc,err,strbuf,vec}.c "$top"/src/crash/*.c \
	"$top"/src/crash/table/*.c
"$tmp/bench_scan" starts >"$tmp/starts"
sed 's/[][\.*^$+?(){}|]/\\&/g' "$tmp/starts" | paste -sd'|' >"$tmp/regex"

if [ -d "$folder" ]; then
	find "$folder" -type f -print0 | sort -z | xargs -0 cat >"$tmp/consoles"
else
	echo "no folder $folder: the consoles of the tests"
	cat "$top"/tests/data/consoles/*.console "$top"/fuzz/corpus/crash/* >"$tmp/consoles"
fi

# clean_lines N: what kernels print all day.
clean_lines() {
	awk -v n="$1" 'BEGIN {
		m = split("EXT4-fs (sda1): mounted filesystem with ordered data mode. Quota mode: none.|" \
			"usb 1-1: new high-speed USB device number %d using dummy_hcd|" \
			"IPv6: ADDRCONF(NETDEV_CHANGE): veth0_to_bridge: link becomes ready|" \
			"audit: type=1400 audit(1600000000.%d:12): avc:  denied  { read } for  pid=%d|" \
			"netlink: %d bytes leftover after parsing attributes in process `syz-executor.%d%s.|" \
			"batman_adv: batadv0: Interface activated: batadv_slave_%d|" \
			"pci 0000:00:01.0: reg 0x10: [mem 0xfebc0000-0xfebdffff] info=%d", text, "|")
		for (i = 0; i < n; i++)
			printf "[%5d.%06d][%5s] " text[i % m + 1] "\n", i / 100, i * 7919 % 1000000, \
				(i % 3 ? "T" : "C") i * 31 % 9973, i % 4096, i % 97, "\047"
	}'
}

# Up to the size, again and again.
repeat() { # FROM TO
	local size
	size=$(stat -c %s "$1")
	for ((at = 0; at < input_mb * 1000000; at += size)); do
		cat "$1"
	done >"$2"
}

clean_lines 50000 >"$tmp/clean"
awk -v clean="$tmp/clean" '{
	print
	for (i = 0; i < 20; i++) {
		if ((getline line <clean) <= 0) {
			close(clean)
			getline line <clean
		}
		print line
	}
}' "$tmp/consoles" >"$tmp/mixed"

# median: of numbers, one a line
median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# ours WHAT FILE: the median of the seconds; sets $seconds, $found and $rss
ours() {
	local i
	for ((i = 0; i <= rounds; i++)); do
		"$tmp/bench_scan" "$1" <"$2"
	done | tail -n +2 >"$tmp/times"
	read -r found seconds rss <"$tmp/times"
	seconds=$(cut -d' ' -f2 "$tmp/times" | median)
	rss=$(cut -d' ' -f3 "$tmp/times" | sort -n | tail -n 1)
}

# peer FILE CMD...: sets $seconds
peer() {
	local i start end file=$1
	shift
	for ((i = 0; i <= rounds; i++)); do
		start=${EPOCHREALTIME/./}
		"$@" <"$file" >"$tmp/said" || [ $? = 1 ]
		end=${EPOCHREALTIME/./}
		[ "$i" -eq 0 ] || echo $((end - start))
	done >"$tmp/times"
	seconds=$(median <"$tmp/times" | awk '{ print $1 / 1e6 }')
	found=$(cat "$tmp/said") rss=0
}

line() { # NAME
	awk -v name="$1" -v mb="$mb" -v s="$seconds" -v ours="$detect" -v rss="$rss" -v n="$found" 'BEGIN {
		printf "  %-34s %9.0f MB/s %7.2f x %9d", name, mb / s, s / ours, n
		if (rss) printf " %6.1f MiB", rss / 1024
		printf "\n"
	}'
}

missed=0
check_memory() {
	[ "$rss" -lt $need_rss_kb ] || { echo "  NOT below $need_rss_kb KiB" && missed=1; }
}

input() { # NAME FILE
	local mb detect
	mb=$(awk -v b="$(stat -c %s "$2")" 'BEGIN { print b / 1e6 }')
	echo "$1, $mb MB"
	ours detect "$2"
	detect=$seconds
	line 'culprit: which lines begin a crash'
	awk -v mb="$mb" -v s="$seconds" -v need=$need_mb_s 'BEGIN { exit mb / s < need }' ||
		{ echo "  NOT $need_mb_s MB/s" && missed=1; }
	check_memory
	if [ "$found" = 0 ]; then
		ours scan "$2"
		line "culprit: a guest's detector"
		check_memory
	fi
	ours parse "$2"
	line 'culprit: all reports'
	check_memory
	ours lines "$2"
	line '(line ends by memchr)'
	peer "$2" wc -l
	line 'wc -l'
	peer "$2" grep -a -c -F -f "$tmp/starts"
	line 'grep -c -F -f TEXTS'
	peer "$2" grep -a -c -E "$(cat "$tmp/regex")"
	line 'grep -c -E TEXTS'
}

echo "$(grep --version | head -n 1), $(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
echo "N x: how many times the seconds of the first line; then what was counted, and peak memory"
repeat "$tmp/consoles" "$tmp/input"
input 'consoles of crashes, one behind the other' "$tmp/input"
repeat "$tmp/mixed" "$tmp/input"
input 'the same with 20 clean lines behind each of theirs' "$tmp/input"
repeat "$tmp/clean" "$tmp/input"
input 'clean lines' "$tmp/input"
if [ $missed -eq 0 ]; then
	echo "required: $need_mb_s MB/s for the first line, $((need_rss_kb / 1024)) MiB: holds"
else
	echo "required: $need_mb_s MB/s for the first line, $((need_rss_kb / 1024)) MiB: DOES NOT HOLD"
fi
exit $missed
