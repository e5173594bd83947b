#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How well culprit audit tells right answers from wrong ones, on logs of a study whose true culprit
# is known, where the machine has them. Only the truth is compared with, never the tool's past.
#
#	scripts/check-audit.sh [CULPRIT [FOLDER]]
#
# Of the table (study.sh) it reads of each log the name without ".txt", its grammar ("era") and the
# true culprit ("ground_truth").
# Fails when of the answers in tier trust less than 85 % are right, when less than 40 % of the right
# ones are there, or when more than 15 % of those in tier reject are right.
set -eu
. "$(dirname "$0")/study.sh"

# NAME ERA TRUTH of the logs with a truth
awk -F'\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["ground_truth"] ~ /^[0-9a-f]+$/ {
		print $at["log"], substr($at["era"], 1, 1), $at["ground_truth"]
	}' "$folder.tsv" >"$tmp/truth"

# ERA RIGHT P TIER of those that name a commit (exit 2: none is named)
while read -r name era truth; do
	status=0
	"$culprit" audit --json "$folder/$name.txt" >"$tmp/json" 2>"$tmp/err" || status=$?
	case $status in
	0) ;;
	2) continue ;;
	*)
		cat "$tmp/err"
		exit 1
		;;
	esac
	jq -r --arg era "$era" --arg truth "$truth" \
		'"\($era) \(if .commit == $truth then 1 else 0 end) \(.p) \(.tier)"' "$tmp/json"
done <"$tmp/truth" >"$tmp/scores"

[ -s "$tmp/scores" ] || {
	echo "$folder: no log with a truth names a commit"
	exit 1
}

# By rising p; the ROC area is the chance that a right answer has the larger p (ties count half).
sort -g -k3,3 "$tmp/scores" | awk '
	function share(k, n,    p, z, m, h) {
		if (!n) return "0 of 0"
		p = k / n; z = 1.96
		m = (p + z * z / (2 * n)) / (1 + z * z / n)
		h = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
		return sprintf("%d of %d = %.1f %% (%.1f to %.1f)", k, n, 100 * p, 100 * (m - h),
			100 * (m + h))
	}
	function report(what, e) {
		printf "%s: syzbot was right in %s\n", what, share(right[e], n[e])
		printf "  trust: right are %s; that keeps %s of the right ones\n",
			share(right[e, "trust"], n[e, "trust"]), share(right[e, "trust"], right[e])
		printf "  doubt: right are %s\n", share(right[e, "doubt"], n[e, "doubt"])
		printf "  reject: right are %s\n", share(right[e, "reject"], n[e, "reject"])
		if (right[e] && n[e] > right[e])
			printf "  ROC area %.3f\n", area[e] / right[e] / (n[e] - right[e])
	}
	function settle(e) {
		area[e] += tied_right[e] * (wrong_below[e] + tied_wrong[e] / 2)
		wrong_below[e] += tied_wrong[e]
		tied_right[e] = tied_wrong[e] = 0
	}
	function count(e) {
		n[e]++; n[e, $4]++
		right[e] += $2; right[e, $4] += $2
		if ($2) tied_right[e]++; else tied_wrong[e]++
	}
	$3 != last { settle("all"); settle("A"); settle("B"); last = $3 }
	{ count("all"); count($1) }
	END {
		settle("all"); settle("A"); settle("B")
		report("all", "all")
		report("older grammar", "A")
		report("grammar of today", "B")
		t = right["all", "trust"]
		bad = t < .85 * n["all", "trust"] || t < .4 * right["all"] ||
			right["all", "reject"] > .15 * n["all", "reject"]
		if (bad) print "not good enough: see the head of scripts/check-audit.sh"
		exit bad
	}'
