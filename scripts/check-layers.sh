#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may include whom (docs/architecture.md). Prints each include that breaks it; exit 1 then.
set -eu
cd "$(dirname "$0")/.."
bad=0
check() { # LAYER ALLOWED...
	layer=$1
	shift
	allowed=" $layer $* "
	for f in $(find src/"$layer" -name '*.[ch]' 2>/dev/null); do
		for inc in $(sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' "$f" | sort -u); do
			case $allowed in
			*" $inc "*) ;;
			*)
				echo "$f: layer $layer must not include $inc/"
				bad=1
				;;
			esac
		done
	done
}
check base
check loop base
check git base loop
check infer base
check sim base infer
check crash base
check build base loop git
check guest base loop crash
check symbol base
check journal base
check log base
check audit base log infer crash
check bisect base loop git infer crash build guest journal symbol
check report base journal crash infer log
check cmd base loop git infer sim crash build guest journal log audit bisect report symbol
# Only these layers may know these libraries.
only() { # HEADER LAYER
	for f in $(grep -rl --include="*.[ch]" "^#include <$1" src || true); do
		case $f in
		src/"$2"/*.c) ;;
		*)
			echo "$f: only src/$2/*.c may include <$1>"
			bad=1
			;;
		esac
	done
}
only systemd/ loop
only sqlite3 journal
only nettle/ build
only elfutils/ symbol
only dwarf.h symbol
only libelf.h symbol
only gelf.h symbol
# Library code neither prints nor exits.
if grep -nE '\b(printf|puts|perror|exit)\(' src/base/*.c src/loop/*.c src/git/*.c src/infer/*.c src/infer/*/*.c src/sim/*.c \
	src/crash/*.c src/crash/*/*.c src/build/*.c src/guest/*.c src/journal/*.c src/log/*.c src/log/*/*.c src/audit/*.c src/audit/*/*.c src/bisect/*.c src/bisect/*/*.c \
	src/report/*.c src/report/*/*.c src/symbol/*.c |
	grep -vE 'snprintf|_exit\(|\*'; then
	echo "library code prints or exits"
	bad=1
fi
exit $bad
