#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times the mass of ancestors of every commit beside git's own count; see bench/README.md.
#
#	bench/run-mass.sh [COMMITS:MERGES | REPOSITORY:GOOD..BAD]...
#
# Exit status 1 when what is required does not hold.

set -eu

# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"
what=("$@")
if [ ${#what[@]} -eq 0 ]; then
	what=(20000:1300 100000:6500 1300000:85000)
	[ -z "${CULPRIT_BENCH_LINUX-}" ] || what+=("$CULPRIT_BENCH_LINUX:v2.6.12..v2.6.34")
fi
with_git=100000 # commits; above, no repository is made

compile bench_mass "$top/bench/bench_mass.c" "$top"/src/base/{alloc,dag,err,strbuf,vec}.c \
	"$top"/src/sim/{generate,graph}.c

declare -A is
missed=0

# culprit_lines COMMITS:MERGES|FILE: the masses; what is required goes by the number of commits.
culprit_lines() {
	local key value limit_ms

	while read -r key value; do
		is[$key]=$value
	done < <("$tmp/bench_mass" "$rounds" "$1")
	limit_ms=60000
	[ "${is[commits]}" -gt 100000 ] || limit_ms=1000
	[ "${is[commits]}" -gt 20000 ] || limit_ms=50
	echo "  ${is[commits]} commits, ${is[merges]} merges in the range;" \
		"error ${is[error]} beside marking ancestors one by one"
	line 'culprit: mass of every commit' "${is[mass]}"
	printf '  %-34s %10.1f MB, %.1f MB of it before\n' 'culprit: peak memory' \
		"$((is[peak_kib] * 10 / 1024))e-1" "$((is[before_kib] * 10 / 1024))e-1"
	if [ "${is[mass]}" -ge $((limit_ms * 1000)) ] || [ "${is[peak_kib]}" -ge 4194304 ]; then
		echo "  NOT below $limit_ms ms and 4 GiB"
		missed=1
	fi
}

# git_lines BAD GOOD
git_lines() {
	local walk

	walk=$(time_git rev-list --count "$1" "^$2")
	line 'git rev-list --count (the walk)' "$walk" "${is[mass]}"
	line 'git rev-list --bisect-all' "$(time_git rev-list --bisect-all "$1" "^$2")" \
		"${is[mass]}" "$walk"
}

# range BAD GOOD: of $repo, ours and git's. A parent that a commit names twice is given once.
range() {
	git -C "$repo" rev-list --topo-order --parents --boundary "$1" "^$2" |
		awk '{
			printf "%s", $1
			for (i = 2; i <= NF; i++)
				if (seen[$i] != NR) {
					seen[$i] = NR
					printf " %s", $i
				}
			printf "\n"
		}' >"$tmp/graph"
	culprit_lines "$tmp/graph"
	git_lines "$1" "$2"
}

machine
echo 'N x: how many times our time'
for arg in "${what[@]}"; do
	if [[ $arg =~ ^([0-9]+):([0-9]+)$ ]]; then
		echo "$arg, generated (src/sim/generate.c)"
		culprit_lines "$arg"
		[ "${BASH_REMATCH[1]}" -le $with_git ] || continue
		repository "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		git -C "$repo" commit-graph write --reachable --no-progress
		echo "$arg, a repository (tests/unit/gen_history.c)"
		range main good
	else
		repo=${arg%:*} limits=${arg##*:}
		if ! git -C "$repo" rev-parse -q --verify "${limits%..*}^{commit}" >/dev/null 2>&1; then
			echo "$repo: not a repository with ${limits%..*}: left out"
			continue
		fi
		echo "$repo, $limits"
		range "${limits#*..}" "${limits%..*}"
	fi
done
exit $missed
