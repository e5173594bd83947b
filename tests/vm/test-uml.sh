#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bisections in UML: Debian's UML kernel takes the place of the ones that would be built, and has the
# bug where its command line says so.
set -u
TESTS=$(realpath "$(dirname "$0")/../cli")
. "$TESTS/functions.sh"

requires git gcc make objcopy jq sqlite3
[ -x /usr/bin/linux.uml ] || skip_all "user-mode-linux is not installed"
# Where the processor has more registers than it knows of (AMX), the first program dies of it.
timeout 60 linux.uml mem=64M root=/dev/root rootfstype=hostfs init=/bin/true con0=null,fd:1 con=null \
	2>&1 </dev/null | grep -aq 'exitcode=0x00000000' ||
	skip_all "Debian's UML kernel runs no program on this processor"
program CULPRIT culprit
program GEN_HISTORY gen_history
. "$TESTS/../fake/kernel.sh"

cat >crash.c <<'END'
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char line[4096] = "";
	int cmdline = open("/proc/cmdline", O_RDONLY), trigger = open("/proc/sysrq-trigger", O_WRONLY);

	if (read(cmdline, line, sizeof(line) - 1) > 0 && strstr(line, "culprit.bug"))
		return write(trigger, "c", 1) != 1;
	pause();
}
END

fake_kernel linux --good 2 --culprit 5 8 0 1 || skip_all "git fast-import failed"
WANT=$(git -C linux rev-parse c5)

play guest.good "$(printf '#!/bin/sh\nexec /usr/bin/linux.uml "$@"')"
play guest.bad "$(printf '#!/bin/sh\nexec /usr/bin/linux.uml "$@" culprit.bug')"
bisect() { # STATE [OPTION]...
	local state=$1

	shift
	"$CULPRIT" bisect --kernel linux --bad main --good c2 --config "$CONFIG" --repro crash.c \
		--dir "$state" --cache cache --cache-size 0 --guest uml --guest-memory 128 --run-seconds 1 --guests 2 \
		--policy git-bisect "$@" >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

bisect uml
check 'the culprit' test "$STATUS" = 0 -a "$(jq -r .culprit.commit uml/result.json)" = "$WANT"
diag <uml.err
check 'the crash' test "$(jq -r .crash.title uml/result.json)" = \
	'kernel panic: sysrq triggered crash'
check 'consoles are whole' test "$(grep -La 'Linux version' uml/runs/*.txt | wc -l)" = 0
check 'when it crashed is known' test "$(query uml "
	SELECT count(*) FROM event WHERE outcome = 'crashed' AND b < 0")" = 0
check 'nothing was saved' test "$(query uml "
	SELECT count(*) FROM event WHERE how = 'saved' OR text LIKE '%saved guests%'")" = 0
check 'nothing is left of the guests' test -z "$(find uml -name 'uml.*')"

play guest.8 'no program at all'
bisect none
check 'a kernel that is no program' test $STATUS = 1
one_line 'is told' none 'UML: .*bzImage.*culprit resume none'
check 'nothing is left running' test -z "$(pgrep -f "$TMP/.*bzImage")"
done_testing
