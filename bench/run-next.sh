#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times the choice of the next revision beside git's own; see bench/README.md.
#
#	bench/run-next.sh [COMMITS:MERGES]...

set -eu

# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"
sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(20000:1300 100000:6500)

compile bench_next "$top/bench/bench_next.c" "$top/tests/unit/read_graph.c" \
	"$top"/src/{base,git}/*.c "$top"/src/infer/fixed/{range,halve}.c

declare -A us
culprit_lines() {
	local key value

	git -C "$repo" rev-list --topo-order --parents --timestamp main >"$tmp/graph"
	while read -r key value; do
		us[$key]=$value
	done < <("$tmp/bench_next" "$tmp/graph" "$(git -C "$repo" rev-parse main)" \
		"$(git -C "$repo" rev-parse good)")
	echo "  ${us[candidates]} candidates, ${us[steps]} choices a bisection"
	line 'culprit: first choice' "${us[first]}"
	line 'culprit: median choice' "${us[median]}"
	line 'culprit: slowest choice' "${us[max]}"
	line 'culprit: median after a skip' "${us[skip_median]}"
	line 'culprit: slowest after a skip' "${us[skip_max]}"
	line '(loading the text of the graph)' "${us[load]}"
	if [ "${us[node]}" = "$(git -C "$repo" rev-list --bisect main ^good)" ]; then
		echo '  same first choice as git'
	else
		echo '  NOT the first choice of git'
	fi
}

git_lines() {
	local walk

	echo " $1"
	walk=$(time_git rev-list --count main ^good)
	line 'git rev-list --count (the walk)' "$walk" "${us[first]}"
	line 'git rev-list --bisect' "$(time_git rev-list --bisect main ^good)" "${us[first]}" "$walk"
	line 'git rev-list --bisect-all' "$(time_git rev-list --bisect-all main ^good)" \
		"${us[first]}" "$walk"
}

machine
echo 'N x: how many times our first choice'
for size in "${sizes[@]}"; do
	repository "${size%:*}" "${size#*:}"
	echo "${size%:*} commits, ${size#*:} merges"
	culprit_lines
	rm -rf "$repo"/objects/info/commit-graph*
	git_lines 'without a commit-graph'
	git -C "$repo" commit-graph write --reachable --no-progress
	git_lines 'with a commit-graph'
done
