#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzes what reads untrusted bytes, each target for SECONDS (default 60). What is found is written
# to the current folder; the corpora are not touched.
#
#	scripts/fuzz.sh [SECONDS [TARGET]...]
set -eu
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- audit code crash elf guest log make report rev_list scan symbol verify
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
	CC=clang meson setup "$work/build" "$top" -Dtests=false -Db_lundef=false \
		-Db_sanitize=address,undefined -Dc_args=-fsanitize=fuzzer-no-link &&
		ninja -C "$work/build" libculprit.a
} >"$work/said" 2>&1 || {
	tail -n 30 "$work/said" >&2
	exit 1
}
for t; do
	clang -g -O1 -std=gnu11 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -I"$top/src" \
		-o "$work/$t" "$top/fuzz/fuzz_$t.c" "$work/build/libculprit.a" -lnettle -lsystemd -lsqlite3 -ldw -lelf \
		-ljansson -lm
	mkdir "$work/corpus-$t"
	echo "fuzz: $t, $seconds s"
	"$work/$t" -max_total_time="$seconds" -max_len=16384 -print_final_stats=1 \
		"$work/corpus-$t" "$top/fuzz/corpus/$t" 2>"$work/said" || {
		tail -n 30 "$work/said" >&2
		exit 1
	}
	grep -E 'number_of_executed_units|new_units_added|peak_rss_mb' "$work/said"
done
