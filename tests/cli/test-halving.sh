#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Differential test: on made-up histories, bisections by infer_range (through halve_driver) and by
# `git bisect` must ask for the same commits in the same order, announce the same numbers of
# revisions and steps left, and end with the same culprit or the same skipped candidates.
#
# Each bisection draws a bad end, a culprit, one to four good ends and, in three of five, stretches
# of commits that cannot be tested. git goes first, by `git bisect run` in a bare repository (which
# checks nothing out); the verdicts that it was given are then replayed into the driver.
#
# With clocks far enough off, git 2.39 takes commits for candidates that a good one descends from: its
# walk ends five commits after all that it has in hand is uninteresting, whatever is still to come.
# Where that is what happened, as shown by counting with plain sets, a difference is no failure.
#
# An argument, a number, makes other histories and draws than the usual ones.

set -u
. "$(dirname "$0")/functions.sh"

requires git awk
program GEN gen_history
program DRIVER halve_driver
case $(git --version) in
*' 2.3'[0-9]* | *' 2.4'[0-9]*) ;;
*) skip_all "$(git --version) may choose and word otherwise than git 2.39" ;;
esac

# The test command of `git bisect run`: looks the verdict up and writes it down.
cat >verdict.sh <<-'END'
	read -r head <BISECT_HEAD
	read -r code verdict <<-LINE
		$(sed -n "s/^$head //p" ../verdicts)
	LINE
	echo "$verdict $head" >>../asked
	exit "$code"
END

# draw SEED <graph: prints "bad culprit good...", writes "hex code verdict" lines to verdicts.
draw() {
	awk -v seed="$1" -v out=verdicts '
	function below(n) { return int(rand() * n) }
	{
		hex[NR] = $2; at[$2] = NR; n = NR
		for (i = 3; i <= NF; i++) parents[NR] = parents[NR] " " $i
	}
	function draw_ends(    i, k, p, np) {
		bad = rand() < 0.6 ? 1 : 1 + below(int(n / 3))
		split("", reach); split("", has)
		reach[bad] = 1; n_reach = 0
		for (i = bad; i <= n; i++) {
			if (!(i in reach)) continue
			list[n_reach++] = i
			np = split(parents[i], p, " ")
			for (k = 1; k <= np; k++) reach[at[p[k]]] = 1
		}
		culprit = list[below(n_reach)]
		n_free = 0
		for (i = n_reach - 1; i >= 0; i--) {
			if (list[i] == culprit) has[list[i]] = 1
			np = split(parents[list[i]], p, " ")
			for (k = 1; k <= np; k++) if (at[p[k]] in has) has[list[i]] = 1
			if (!(list[i] in has)) free[n_free++] = list[i]
		}
		return n_free
	}
	END {
		srand(seed)
		while (!draw_ends()) ;
		line = hex[bad] " " hex[culprit]
		for (i = rand() < 0.5 ? 1 : 1 + below(4); i > 0; i--)
			line = line " " hex[free[below(rand() < 0.5 ? n_free : int(n_free / 4) + 1)]]
		print line
		most = n_reach < 300 ? n_reach : 300
		stretches = rand() < 0.4 ? 0 : 1 + below(5)
		for (; stretches > 0; stretches--) {
			from = below(n_reach)
			for (i = 1 + below(rand() < 0.3 ? most : most / 8); i > 0; i--)
				if (from + i < n_reach) skip[list[from + i]] = 1
		}
		for (i = 0; i < n_reach; i++) {
			k = list[i]
			code = k in skip ? "125 skip" : k in has ? "1 bad" : "0 good"
			print hex[k], code >out
		}
	}'
}

# The words of a bisection that both must agree on.
transcript() {
	awk '
	/^There are only/ { candidates = 1 }
	candidates || /^Bisecting: / || / is the first bad commit$/
	/^\[/ { print $1 }
	/^We cannot bisect more/ { candidates = 0 }'
}

git_transcript() {
	git -C repo bisect start "$@" >raw 2>&1
	: >asked
	grep -q -e 'is the first bad' -e 'We cannot' raw ||
		git -C repo bisect run sh ../verdict.sh >>raw 2>&1
	transcript <raw
}

driver_transcript() {
	local bad=$1

	shift
	{
		printf 'good %s\n' "$@"
		echo next
		sed 's/$/\nnext/' asked
	} | "$DRIVER" graph "$bad" | transcript
}

# git_miscounts BAD GOOD...: whether git, somewhere in the bisection that `asked` tells of, had other
# candidates than those that can be reached from the bad end and from no good one.
git_miscounts() {
	local bad=$1 verdict head

	shift
	while read -r verdict head; do
		git -C repo rev-list "$@" | sort >excluded
		git -C repo rev-list "$bad" | sort | comm -23 - excluded >true
		git -C repo rev-list "$bad" --not "$@" | sort | cmp -s - true || return 0
		case $verdict in
		good) set -- "$@" "$head" ;;
		bad) bad=$head ;;
		esac
	done <asked
	return 1
}

# A bisection; returns whether the two agree and, where nothing was skipped, are right.
bisection() {
	local bad culprit goods

	draw "$1" <graph >ends
	read -r bad culprit goods <ends
	# shellcheck disable=SC2086
	git_transcript $bad $goods >want
	# shellcheck disable=SC2086
	driver_transcript $bad $goods >got
	if ! diff -u want got >difference; then
		# shellcheck disable=SC2086
		git_miscounts $bad $goods || return
		miscounted=$((miscounted + 1))
		return 0
	fi
	steps=$((steps + $(wc -l <asked)))
	grep -q '^skip' asked && with_skips=$((with_skips + 1))
	if grep -q '^There are only' got; then
		only_skipped=$((only_skipped + 1))
		grep -q "^$culprit" got || ! echo "culprit $culprit not among the candidates" >difference
	else
		[ "$(tail -n 1 got)" = "$culprit is the first bad commit" ] ||
			! echo "the culprit was $culprit" >difference
	fi
}

# history BISECTIONS GEN_OPTIONS...: a repository and bisections in it, one check.
history() {
	local n=$1 failed=0 i

	shift
	rm -rf repo
	git init -q --bare -b main repo
	"$GEN" "$@" | git -C repo fast-import --quiet || { not_ok "making: $*"; return; }
	git -C repo rev-list --topo-order --parents --timestamp main >graph
	for ((i = 1; i <= n; i++)); do
		total=$((total + 1))
		bisection $((total * 7919 + offset)) && continue
		failed=$((failed + 1))
		diag "bisection $i of: $*"
		diag <difference
	done
	if [ $failed -eq 0 ]; then
		ok "$n bisections: $*"
	else
		not_ok "$n bisections, $failed differ: $*"
	fi
}

offset=${1:-0}
total=0 steps=0 with_skips=0 only_skipped=0 miscounted=0

history 12 30 0 $((offset + 1))
history 12 200 0 $((offset + 2)) --dates equal
history 12 200 0 $((offset + 3)) --dates skewed
history 25 60 20 $((offset + 4))
history 25 150 60 $((offset + 5)) --octopus
history 25 200 70 $((offset + 6)) --octopus --crisscross
history 25 250 60 $((offset + 7)) --dates equal --octopus --crisscross
history 25 250 60 $((offset + 8)) --dates coarse --crisscross
history 25 250 60 $((offset + 9)) --dates skewed --octopus --crisscross
history 25 300 80 $((offset + 10)) --topics-before-good --octopus
history 25 300 80 $((offset + 11)) --topics-before-good --roots --dates coarse --crisscross
history 25 300 140 $((offset + 12)) --topics-before-good --dates skewed --octopus --crisscross --roots
history 8 4000 300 $((offset + 13)) --topics-before-good --octopus
history 4 8000 100 $((offset + 14)) --dates coarse --crisscross

diag "$total bisections, $steps revisions tested; $with_skips met skips, $only_skipped of these" \
	"ended with only skipped candidates; git miscounted in $miscounted"
if [ $miscounted -lt 10 ]; then
	ok "git's candidates were right in nearly all"
else
	not_ok "git's candidates were right in nearly all"
fi
if [ $with_skips -gt 50 ] && [ $only_skipped -gt 10 ]; then
	ok 'enough bisections met skips'
else
	not_ok 'enough bisections met skips'
fi
done_testing
