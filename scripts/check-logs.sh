#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bisection logs of a study, where the machine has them: each must be given back byte by byte, and
# what is read from it must be what the study's table says.
#
#	scripts/check-logs.sh [CULPRIT [FOLDER]]
#
# Of the table (study.sh) it reads of each log the name without ".txt", what it ended in, its grammar
# ("era"), how many tests, releases, good, bad and skipped steps, revisions tested, the total time.
set -eu
. "$(dirname "$0")/study.sh"

logs=0 different=0
for log in "$folder"/*.txt; do
	logs=$((logs + 1))
	"$culprit" replay --emit "$log" >"$tmp/emitted" && cmp -s "$tmp/emitted" "$log" || {
		echo "not the same bytes: $log"
		different=$((different + 1))
	}
	"$culprit" replay --json "$log" >>"$tmp/json" || echo "not read: $log"
done
echo "$logs logs, $((logs - different)) given back byte by byte"

# The study writes nothing where a log has no counts, and has names of its own for the grammars.
jq -r '[(.file | sub(".*/"; "") | sub("\\.txt$"; "")), .summary.outcome,
	(if (.tests | length) == 0 then "C"
	 elif .era == "now" then "B:compiler line" else "A:gcc(GCC)" end),
	.summary.tests, .summary.releases, .summary.good, .summary.bad, .summary.skip,
	.summary.revisions_tested, .summary.total_time] | map(. // "" | tostring) | @tsv' \
	"$tmp/json" | sort >"$tmp/got"
awk -F'\t' -v OFS='\t' '
	NR == 1 {
		n = split("log outcome era n_testing_commit n_releases good bad skip " \
			"revisions_tested total_time", want, " ")
		for (i = 1; i <= NF; i++) at[$i] = i
		next
	}
	{
		line = $at[want[1]]
		for (i = 2; i <= n; i++) line = line OFS $at[want[i]]
		print line
	}' "$folder.tsv" | sort >"$tmp/want"
if diff "$tmp/want" "$tmp/got" >"$tmp/difference"; then
	echo "$(wc -l <"$tmp/want") rows of the table agree"
else
	head -n 20 "$tmp/difference"
	echo "rows that differ: $(grep -c '^<' "$tmp/difference") of $(wc -l <"$tmp/want")"
	different=$((different + 1))
fi
[ $different -eq 0 ]
