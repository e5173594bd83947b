# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the benchmarks that compare us with git have in common. Sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${CULPRIT_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit-bench}
rounds=${CULPRIT_BENCH_ROUNDS:-5}

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$cache"

# The programs are built here, optimised, so that no sanitizer of a development build is measured.
compile() {
	local name=$1

	shift
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -DNDEBUG -I"$top/src" -I"$top/tests/unit" \
		-o "$tmp/$name" "$@" -lm
}

# repository COMMITS MERGES: makes it unless it is in the cache; sets $repo.
repository() {
	repo=$cache/history-$1-$2.git
	[ ! -e "$repo" ] || return 0
	rm -rf "$repo.part"
	[ -e "$tmp/gen_history" ] ||
		compile gen_history "$top/tests/unit/gen_history.c" "$top"/src/base/{alloc,vec}.c
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

machine() {
	echo "$(git --version), $(nproc) processors," \
		"$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
}

# guest_kernel FILE: the kernel of the demo, built there unless it is there.
guest_kernel() {
	local history=${CULPRIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit}/demo/linux
	local work

	[ ! -e "$1" ] || return 0
	"$top/demo/make-history.sh" "$history" >&2
	work=$(mktemp -d "$(dirname "$1")/build.XXXXXX")
	mkdir "$work/src" "$work/obj"
	git -C "$history" archive master | tar -x -C "$work/src"
	sed 's/.*CONFIG_SERIAL_8250_\(NR\|RUNTIME\)_UARTS.*/CONFIG_SERIAL_8250_\1_UARTS=4/' \
		"$top/demo/config" >"$work/obj/.config"
	make -s -C "$work/src" O="$work/obj" olddefconfig &&
		nice make -s -C "$work/src" O="$work/obj" -j"$(nproc)" bzImage >&2 &&
		mv "$work/obj/arch/x86/boot/bzImage" "$1"
	rm -rf "$work"
}
