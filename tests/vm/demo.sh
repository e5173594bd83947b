# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests with the real histories of demo/, sourced behind tests/cli/functions.sh with $top set. Skips where they
# cannot be made; sets $culprit and $cache, where histories, trees and kernels are kept.
requires git jq sqlite3 gcc make flex bison bc qemu-system-x86_64
program culprit culprit
cache=${CULPRIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit}
[ -r "${LINUX_SOURCE:-/usr/src/linux-source-6.1.tar.xz}" ] || skip_all "linux-source-6.1 is not installed"

# demo_history [NAME]: the one of `make demo`, or of demo/NAME, in $history; $truth is the commit that a
# search for its crash ends with.
demo_history() {
	history=$cache/demo/${1:-linux}
	check 'the demo history is there' "$top/demo/make-history.sh" "$history" ${1:+"$top/demo/$1"}
	truth=$(cat "$(git -C "$history" rev-parse --absolute-git-dir)/culprit-demo-truth")
	[ ${#truth} -eq 40 ] || {
		not_ok 'the history names its culprit'
		done_testing
	}
}
