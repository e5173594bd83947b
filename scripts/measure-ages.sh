#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How new culprits are (src/infer/recent.h): where in their range the logs of a study, where the machine
# has them, end.
#
#	scripts/measure-ages.sh [CULPRIT [FOLDER]]
#
# Of logs that name a commit and found the first release good: while verdict after verdict is good, what
# is left is the newest half of the range, the newest quarter and so on. Printed: the share of the logs
# that end in the newest 1/2^k, and the share s that fits best of culprits whose logarithm of the age is
# uniform, the others being anywhere:
#	P(within the newest 1/2^k of n) = s (1 - k / log2 n) + (1 - s) / 2^k
# all: every such log; right: those that name the culprit of the study's table (columns bad_commit and
# ground_truth).
set -eu
. "$(dirname "$0")/study.sh"

awk -F'\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{
		bad = substr($at["bad_commit"], 1, 12)
		if (bad != "" && bad == substr($at["ground_truth"], 1, 12)) print $at["log"]
	}' "$folder.tsv" | sort >"$tmp/right"

for log in "$folder"/*.txt; do
	"$culprit" replay --json "$log" || echo "not read: $log" >&2
done | jq -r 'select(.outcome.kind == "first-bad" and .summary.releases == 1 and
		(.search.steps[0].left // 0) > 0) |
	[.search.steps[].mark | select(. == "good" or . == "bad")] as $marks |
	[(.file | sub(".*/"; "") | sub("\\.txt$"; "")), 2 * .search.steps[0].left + 1,
	 ($marks | index("bad") // length), ($marks | index("bad") == null)] | @tsv' | sort >"$tmp/logs"

# fit NAME <LOGS
fit() {
	awk -F'\t' -v name="$1" '
		function within(k, n, s) { return s * (k < log(n) / log(2) ? 1 - k * log(2) / log(n) : 0) + (1 - s) / 2 ^ k }
		# Good to the end: the newest commit itself.
		function chance(i, s) {
			if (last[i] == "true") return s / log(n[i]) + (1 - s) / n[i]
			return within(k[i], n[i], s) - within(k[i] + 1, n[i], s)
		}
		{ n[NR] = $2; k[NR] = $3; last[NR] = $4; newest += $4 == "true" }
		END {
			best = -1e300
			for (s = 0.01; s < 1; s += 0.01) {
				sum = 0
				for (i = 1; i <= NR; i++) sum += log(chance(i, s))
				if (sum > best) { best = sum; share = s }
			}
			printf "%s: %d logs, %d of the newest commit; s = %.2f fits best\n", name, NR, newest, share
			for (j = 1; j <= 12; j++) {
				inside = expected = 0
				for (i = 1; i <= NR; i++) {
					inside += k[i] >= j
					expected += within(j, n[i], share)
				}
				printf "  newest 1/%-5d %5.1f %%, by s %5.1f %%, if all were alike %6.2f %%\n",
					2 ^ j, 100 * inside / NR, 100 * expected / NR, 100 / 2 ^ j
			}
		}'
}
fit all <"$tmp/logs"
join -t "$(printf '\t')" "$tmp/right" "$tmp/logs" | fit right
