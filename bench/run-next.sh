#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times the choice of the next revision beside git's own; see bench/README.md.
#
#	bench/run-next.sh [COMMITS:MERGES]...

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${CULPRIT_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit-bench}
rounds=${CULPRIT_BENCH_ROUNDS:-5}
sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(20000:1300 100000:6500)

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$cache"

# The programs are built here, optimised, so that no sanitizer of a development build is measured.
compile() {
	local name=$1

	shift
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -DNDEBUG -I"$top/src" -I"$top/tests/unit" \
		-o "$tmp/$name" "$@"
}
src=$top/src unit=$top/tests/unit
compile gen_history "$unit/gen_history.c" "$src"/base/{alloc,vec}.c
compile bench_next "$top/bench/bench_next.c" "$unit/read_graph.c" \
	"$src"/base/{alloc,clock,dag,err,fd,proc,strbuf,vec}.c "$src"/git/*.c \
	"$src"/infer/fixed/{range,halve}.c

# repository COMMITS MERGES: makes it unless it is in the cache; sets $repo.
repository() {
	repo=$cache/history-$1-$2.git
	[ ! -e "$repo" ] || return 0
	rm -rf "$repo.part"
	git init -q --bare -b main "$repo.part"
	"$tmp/gen_history" --topics-before-good --good $(($1 / 100)) --octopus "$1" "$2" 1 |
		git -C "$repo.part" fast-import --quiet
	mv "$repo.part" "$repo"
}

# time_git ARGS...: the median over the rounds, in microseconds. The first is not counted, unless
# it takes so long that what it warms up does not matter; then it is the only one.
time_git() {
	local i start end

	for ((i = 0; i <= rounds; i++)); do
		start=${EPOCHREALTIME/./}
		git -C "$repo" "$@" >/dev/null
		end=${EPOCHREALTIME/./}
		if [ $((end - start)) -gt 5000000 ]; then
			echo $((end - start))
			return
		fi
		[ "$i" -eq 0 ] || echo $((end - start))
	done | sort -n | awk '{ us[NR] = $1 } END { print us[int((NR + 1) / 2)] }'
}

# line NAME MICROSECONDS [OURS [WALK]]: with how many times our time that is, and less the walk.
line() {
	awk -v name="$1" -v us="$2" -v ours="${3:-0}" -v walk="${4:--1}" 'BEGIN {
		printf "  %-34s %10.2f ms", name, us / 1000
		if (ours) printf " %8.1f x", us / ours
		if (walk >= 0) printf "   less the walk %10.2f ms %8.1f x", (us - walk) / 1000, \
			(us - walk) / ours
		printf "\n"
	}'
}

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

echo "$(git --version), $(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
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
