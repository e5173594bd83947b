#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Times a whole bisection of the demo history twice: with everything on, and one thing after the
# other, as the logs of 2019 and 2020 have it; see bench/README.md.
#
#	bench/run-room.sh [OPTION]...
#
# The options go to both. Exit status 1 when what is required does not hold.

set -eu

. "$(dirname "$0")/functions.sh"
need_ratio=3
plain=(--serial --cold --full-batch --clean-builds)

culprit=${CULPRIT:-$top/build/culprit}
[ -x "$culprit" ] || make -s -C "$top" all
history=${CULPRIT_BENCH_HISTORY:-${CULPRIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit}/demo/linux}
config=${CULPRIT_BENCH_CONFIG:-$top/demo/config}
repro=${CULPRIT_BENCH_REPRO:-$top/demo/repro.c}
bad=${CULPRIT_BENCH_BAD:-master}
if [ -z "${CULPRIT_BENCH_HISTORY-}" ]; then
	"$top/demo/make-history.sh" "$history"
	truth=$(cat "$history/.git/culprit-demo-truth")
else
	truth=$(git -C "$history" rev-parse culprit)
fi

# Trees are large, and what one bisection leaves in a cache would be a present to the other.
work=$(mktemp -d "$cache/room.XXXXXX")
trap 'rm -rf "$tmp" "$work"; git -C "$history" worktree prune' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# bisect NAME OPTION...: sets $seconds
bisect() {
	local name=$1 start

	shift
	start=${EPOCHREALTIME/./}
	mkdir "$work/$name"
	CCACHE_DIR=$work/$name/ccache "$culprit" bisect --kernel "$history" --bad "$bad" \
		--config "$config" --repro "$repro" --run-seconds 3 --cache "$work/$name/cache" \
		--dir "$work/$name/state" "$@" >"$work/$name.out" 2>&1 || {
		tail -n 20 "$work/$name.out"
		echo "$name: no culprit"
		exit 1
	}
	seconds=$(awk -v us=$((${EPOCHREALTIME/./} - start)) 'BEGIN { print us / 1e6 }')
	rm -rf "$work/$name/cache" "$work/$name/ccache"
	jq -r --arg name "$name" --argjson wall "$seconds" '
		[$name, $wall, .seconds.build, .seconds.test, .revisions_tested, .builds, .runs,
		 .culprit.commit[:12]] | @tsv' "$work/$name/state/result.json" |
		awk -F'\t' '{ printf "  %-12s %9.1f s %9.1f s %9.1f s %10d %7d %6d  %s\n",
			$1, $2, $3, $4, $5, $6, $7, $8 }'
	[ "$(jq -r .culprit.commit "$work/$name/state/result.json")" = "$truth" ] || {
		echo "$name: NOT the planted culprit, ${truth:0:12}"
		exit 1
	}
}

machine
echo "everything on: $*; plain: ${plain[*]} $*"
printf '  %-12s %11s %11s %11s %10s %7s %6s  %s\n' '' 'wall time' build test revisions builds runs culprit
bisect everything "$@"
ours=$seconds
bisect plain "${plain[@]}" "$@"
awk -v ours="$ours" -v plain="$seconds" -v need=$need_ratio 'BEGIN {
	holds = plain >= need * ours
	printf "required: at most 1/%d of the wall time: 1/%.2f, %s\n", need, plain / ours,
		holds ? "holds" : "DOES NOT HOLD"
	exit !holds
}'
