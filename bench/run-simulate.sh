#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The figures of docs/inference.md: right answers, calibration and cost of the policies in worlds
# from easy to hard; see bench/README.md.
#
#	bench/run-simulate.sh [TRIALS [GRAPH]]
#
# TRIALS a cell (1000, which takes hours), GRAPH as `culprit simulate --graph` takes it. CULPRIT is
# the program (build/culprit), CELLS the parts to do: calibration peers foreign older; P, RHO
# and SKIP the values of the first of these (1 .5 .3 .1, 0 .1, 0 .2).

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
culprit=${CULPRIT:-$top/build/culprit}
ps=${P:-1 .5 .3 .1}
rhos=${RHO:-0 .1}
skips=${SKIP:-0 .2}
trials=${1:-1000}
graph=${2:-generate:20000,1300}
cells=${CELLS:-calibration peers foreign older}

# simulate ARGS...: a row of the table for each policy.
simulate() {
	"$culprit" simulate --graph "$graph" --trials "$trials" --json "$@" | jq -r '
		def pc: if . == null then "-" else (. * 1000 | round / 10 | tostring) end;
		def num: . * 100 | round / 100 | tostring;
		.world as $w | .cost as $c0 | .policies[] |
		(.calibration[0].right) as $c |
		[ $w.p, $w.f, $w.rho, $w.skip, $w.foreign, $w.older, (.policy + (if .policy == "bayes" and ($c0.ahead | not) then " --serial" else "" end)),
		  (.right.share | pc), (.right_decidable.share | pc), (.wrong.share | pc),
		  (.gave_up.share | pc), $c.of,
		  "\($c.share | pc) (\($c.low | pc)-\($c.high | pc))",
		  (.builds.mean | num), (.runs.mean | num), (.hours.mean | num) ] |
		"| " + (map(tostring) | join(" | ")) + " |"'
}

echo "$graph, $trials trials a cell"
echo
echo '| p | f | rho | skip | foreign | older | policy | right % | of the decidable | wrong % | gave up % | sure answers | right of these | builds | runs | hours |'
echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|'
for part in $cells; do
	case $part in
	calibration)
		for rho in $rhos; do
			for skip in $skips; do
				for p in $ps; do
					for f in 0 .02 .05; do
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
	esac
done
