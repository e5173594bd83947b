#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times the reading of bisection logs of 10 MB beside wc and grep; see bench/README.md.
#
#	bench/run-log.sh [FOLDER]
#
# FOLDER holds logs. Exit status 1 when what is required does not hold.

set -eu

. "$(dirname "$0")/functions.sh"
folder=${1:-$top/../shared/logs-study}
input_mb=10 need_ratio=10

compile bench_log "$top/bench/bench_log.c" "$top"/src/base/{alloc,clock,err,json,printable,strbuf,vec}.c \
	"$top"/src/log/*.c "$top"/src/log/grammar/*.c

# The lines of a log again and again up to the size, without what makes all behind it free text.
body() {
	cat "$@" | grep -a -E '^(testing|compiler|kernel|run #|all runs|#|Bisecting|\[[0-9a-f]{40}\])' |
		head -c 1000000
}

# repeat FILE: up to the size
repeat() {
	local size at
	size=$(stat -c %s "$1")
	for ((at = 0; at < input_mb * 1000000; at += size)); do
		cat "$1"
	done
}

median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# ours WHAT FILE: sets $seconds, $count and $rss
ours() {
	local i
	for ((i = 0; i <= rounds; i++)); do
		"$tmp/bench_log" "$1" <"$2"
	done | tail -n +2 >"$tmp/times"
	read -r count seconds rss <"$tmp/times"
	seconds=$(cut -d' ' -f2 "$tmp/times" | median)
}

# peer FILE CMD...: sets $seconds and $count
peer() {
	local i start file=$1
	shift
	for ((i = 0; i <= rounds; i++)); do
		start=${EPOCHREALTIME/./}
		"$@" <"$file" >"$tmp/said" || [ $? = 1 ]
		[ "$i" -eq 0 ] || echo $((${EPOCHREALTIME/./} - start))
	done >"$tmp/times"
	seconds=$(median <"$tmp/times" | awk '{ print $1 / 1e6 }')
	count=$(cat "$tmp/said") rss=0
}

row() { # NAME
	awk -v name="$1" -v s="$seconds" -v peer="$grep" -v n="$count" -v rss="$rss" 'BEGIN {
		printf "  %-34s %9.1f ms %7.2f x %9d", name, 1000 * s, s / peer, n
		if (rss) printf " %6.1f MiB", rss / 1024
		printf "\n"
	}'
}

missed=0
input() { # NAME FILE
	local what forms='^(testing (commit|release)|run #[0-9]+: |all runs: |kernel signature: |# git bisect )'

	echo "$1, $(awk -v b="$(stat -c %s "$2")" 'BEGIN { print b / 1e6 }') MB"
	peer "$2" grep -a -c -E "$forms"
	grep=$seconds
	row 'grep -c -E FORMS'
	peer "$2" wc -l
	row 'wc -l'
	for what in read story json emit; do
		ours $what "$2"
		row "culprit: $what"
		# Its text is three times as long as the log.
		[ $what != json ] || continue
		awk -v s="$seconds" -v peer="$grep" -v need=$need_ratio 'BEGIN { exit s > need * peer }' ||
			{ echo "  NOT within $need_ratio x" && missed=1; }
	done
}

machine
echo "N x: how many times the seconds of grep; then what was counted, and peak memory"
if [ -d "$folder" ]; then
	find "$folder" -name '*.txt' | sort | head -n 300 | xargs cat >"$tmp/logs"
else
	echo "no folder $folder: the logs of the tests"
	cat "$top"/tests/data/logs/cause-*.txt >"$tmp/logs"
fi
body "$tmp/logs" >"$tmp/body"
repeat "$tmp/body" >"$tmp/tests.log"
input 'tests and steps only' "$tmp/tests.log"
{
	head -c 100000 "$tmp/body"
	echo 'revisions tested: 1, total time: 1s (build: 1s, test: 0s)'
	echo 'crash: WARNING in f'
	awk 'BEGIN { for (i = 0; i < 150000; i++)
		printf "[ %8d.%06d][T%d]  do_something+0x%x/0x%x fs/file.c:%d\n", i, i % 1000000,
			i % 9999, i % 4096, i % 8192, i % 3000 }'
} >"$tmp/tail.log"
input 'a long crash at the end' "$tmp/tail.log"
{
	echo "testing commit $(printf '1%.0s' {1..40}) gcc"
	printf 'representative crash: '
	awk 'BEGIN { for (i = 0; i < 1000000; i++) printf ", types: [" }'
	echo
} >"$tmp/line.log"
input 'one long line' "$tmp/line.log"
if [ $missed -eq 0 ]; then
	echo "required: within $need_ratio times grep (not json): holds"
else
	echo "required: within $need_ratio times grep (not json): DOES NOT HOLD"
fi
exit $missed
