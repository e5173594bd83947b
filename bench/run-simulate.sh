#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The figures of docs/inference.md: right answers, calibration and cost of the policies in worlds
# from easy to hard; see bench/README.md. Exit status 1 when one misses what is required.
#
#	bench/run-simulate.sh [TRIALS [GRAPH]]
#
# TRIALS a cell (1000, an hour or two of one core), GRAPH as `culprit simulate --graph` takes it.
# CULPRIT is the program (build/culprit), CELLS the parts to do: calibration peers foreign older
# recent; P, F, RHO and SKIP the values of the first of these (.5 .3 .1 1, .05 .02 0, .1 0, 0 .2:
# those that are likeliest to miss come first); JOBS the worker processes (all CPUs).

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
culprit=${CULPRIT:-$top/build/culprit}
ps=${P:-.5 .3 .1 1}
fs=${F:-.05 .02 0}
rhos=${RHO:-.1 0}
skips=${SKIP:-0 .2}
trials=${1:-1000}
graph=${2:-generate:20000,1300}
cells=${CELLS:-calibration peers foreign older recent}
jobs=${JOBS:-$(nproc)}
missed=$(mktemp)
trap 'rm -f "$missed"' EXIT

# A row of the table for each policy.
rows='
	def pc: if . == null then "-" else (. * 1000 | round / 10 | tostring) end;
	def num: . * 100 | round / 100 | tostring;
	.world as $w | .cost as $c0 | .policies[] |
	(.calibration[0].right) as $c |
	[ $w.p, $w.f, $w.rho, $w.skip, $w.foreign, $w.older, $w.recent, (.policy + (if .policy == "bayes" and ($c0.ahead | not) then " --serial" else "" end)),
	  (.right.share | pc), (.right_decidable.share | pc), (.wrong.share | pc),
	  (.gave_up.share | pc), $c.of,
	  "\($c.share | pc) (\($c.low | pc)-\($c.high | pc))",
	  (.builds.mean | num), (.runs.mean | num), (.hours.mean | num) ] |
	"| " + (map(tostring) | join(" | ")) + " |"'

# A line for each thing that is required and missed.
misses='
	def need(ok; what): if ok then empty else what end;
	.world as $w | .cost as $cost |
	(.policies | map({key: .policy, value: .}) | from_entries) as $by |
	$by.bayes as $b | $by["syzbot-now"] as $now | $by["git-bisect"] as $git |
	$b.calibration[0].right as $sure |
	($w.rho == 0 and $w.skip == 0 and $w.f <= 0.02 and $w.older == 0 and $cost.ahead) as $easy |
	"p \($w.p), f \($w.f), rho \($w.rho), skip \($w.skip), foreign \($w.foreign), older \($w.older), recent \($w.recent): " as $cell |
	need($sure.of == 0 or $sure.share >= 0.985; "sure answers right: \($sure.share), below 0.985"),
	need(($easy and $w.p >= 0.3 | not) or $b.right.share >= 0.99; "right: \($b.right.share), below 0.99"),
	need(($easy and $w.p == 0.1 | not) or $b.right.share >= 0.95; "right: \($b.right.share), below 0.95"),
	need($w.older == 0 or $b.older.share >= 0.95; "older, as such: \($b.older.share), below 0.95"),
	(if $easy and $w.foreign == 0 and $now and ($w.p == 1 or $w.p == 0.5) then
		need($b.hours.mean <= $now.hours.mean / 2; "hours: \($b.hours.mean), more than half of \($now.hours.mean)"),
		need($b.right.share >= $now.right.share; "right: \($b.right.share), below syzbot-now")
	 else empty end),
	(if $easy and $w.foreign == 0 and $git and $w.p == 1 then
		need($b.builds.mean <= $git.builds.mean + 2; "builds: \($b.builds.mean), more than two above \($git.builds.mean)")
	 else empty end) |
	$cell + .'

# simulate ARGS...
simulate() {
	local json

	json=$("$culprit" simulate --graph "$graph" --trials "$trials" --jobs "$jobs" --json "$@")
	jq -r "$rows" <<<"$json"
	jq -r "$misses" <<<"$json" >>"$missed"
}

echo "$graph, $trials trials a cell"
echo
echo '| p | f | rho | skip | foreign | older | recent | policy | right % | of the decidable | wrong % | gave up % | sure answers | right of these % | builds | runs | hours |'
echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|'
for part in $cells; do
	case $part in
	calibration)
		for rho in $rhos; do
			for skip in $skips; do
				for p in $ps; do
					for f in $fs; do
						simulate --policy bayes --rho $rho --skip $skip --p $p --f $f
					done
				done
			done
		done
		;;
	peers)
		for p in $ps; do
			simulate --p $p
			simulate --policy bayes --serial --p $p
		done
		;;
	foreign)
		for p in 1 .5 .3; do
			simulate --p $p --foreign .3
		done
		;;
	older)
		for p in $ps; do
			simulate --policy bayes,syzbot-now --p $p --older 1
		done
		;;
	recent)
		for p in $ps; do
			simulate --policy bayes,git-bisect,syzbot-now --p $p --recent .5
		done
		;;
	*)
		echo "run-simulate.sh: no part \"$part\"; there are calibration, peers, foreign, older and recent" >&2
		exit 1
		;;
	esac
done
echo
if [ -s "$missed" ]; then
	echo 'missed:'
	cat "$missed"
	exit 1
fi
echo 'all that is required holds'
