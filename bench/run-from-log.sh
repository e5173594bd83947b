#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a log of another bisection saves (culprit bisect --from-log), and what it costs when it is
# wrong; see bench/README.md.
#
#	bench/run-from-log.sh BUILD [TRIALS [RATE:WRONG]...]
#
# BUILD is a build folder with tests. RATE of 100 runs crash here where the bug is; of the verdicts of
# the log, whose own runs crash always, WRONG of 100 are wrong.

set -eu
build=$(realpath "${1:?usage: bench/run-from-log.sh BUILD [TRIALS [RATE:WRONG]...]}") trials=${2:-30}
[ $# -gt 2 ] || set -- "$build" "$trials" 100:0 100:4 100:15 40:0 40:4
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C

# Fails RATE of 100 times where the bug is. A revision is one of those that WRONG of 100 are: there
# it fails where the bug is not, and does not where it is.
cat >"$tmp/test.sh" <<'END'
#!/bin/sh
rev=$(cat n)
hash() { printf '%s ' "$SEED" "$@" | cksum | cut -d' ' -f1; }
bug=0
test -e bad && bug=1
test $(($(hash wrong "$rev") / 7 % 100)) -ge "$WRONG" || bug=$((1 - bug))
mkdir -p "$COUNTS"
echo run >>"$COUNTS/$rev"
n=$(wc -l <"$COUNTS/$rev")
test $bug = 0 || test $(($(hash "$rev" "$n") / 7 % 100)) -ge "$RATE"
END
chmod +x "$tmp/test.sh"

# bisect STATE RATE WRONG ARGS...
bisect() {
	local state=$1 rate=$2 wrong=$3

	shift 3
	rm -rf "$state" "$state.counts"
	COUNTS=$state.counts RATE=$rate WRONG=$wrong "$build/culprit" bisect --repo "$tmp/repo" \
		--dir "$state" "$@" --run "$tmp/test.sh" >/dev/null 2>&1 || true
}

# NAME RIGHT WRONG REVISIONS RUNS of one bisection
record() {
	jq -r --arg name "$1" --arg want "$want" '[$name,
		if .culprit.commit == $want then 1 else 0 end,
		if .culprit and .culprit.commit != $want then 1 else 0 end,
		.revisions_tested, .runs] | @tsv' "$2/result.json" >>"$tmp/table"
}

table() {
	awk -F'\t' '
		{ n[$1]++; right[$1] += $2; wrong[$1] += $3; revs[$1] += $4; runs[$1] += $5 }
		END {
			split("log fresh from", names, " ")
			for (i = 1; i <= 3; i++) {
				k = names[i]
				printf "  %-6s right %5.1f %%, wrong %5.1f %%, %5.1f revisions, %6.1f runs\n", k,
					100 * right[k] / n[k], 100 * wrong[k] / n[k], revs[k] / n[k], runs[k] / n[k]
			}
		}' "$tmp/table"
}

for cell; do
	rate=${cell%:*} wrong=${cell#*:}
	rm -f "$tmp/table"
	for ((i = 1; i <= trials; i++)); do
		rm -rf "$tmp/repo"
		git init -q "$tmp/repo"
		"$build/tests/gen_history" --topics-before-good --good 20 \
			--culprit $((25 + i * 470 / trials)) 500 60 "$i" | git -C "$tmp/repo" fast-import --quiet
		want=$(git -C "$tmp/repo" rev-parse culprit)
		export SEED=$i
		bisect "$tmp/log" 100 "$wrong" --bad main --good good --policy syzbot-2020
		bisect "$tmp/fresh" "$rate" 0 --bad main --good good
		bisect "$tmp/from" "$rate" 0 --bad main --good good --from-log "$tmp/log/bisect.log"
		for name in log fresh from; do
			record $name "$tmp/$name"
		done
	done
	echo "$rate % of runs crash here, $wrong % of the log's verdicts are wrong, $trials logs"
	table
done
