#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Crashes real guests and keeps what their serial consoles say: the data of test_consoles.
#
#	scripts/capture-consoles.sh KERNEL REV OUT [NAME]...
#
# Revision REV of the Linux repository KERNEL is built with demo/config, config.fragment and
# provoke.c of tests/data/consoles, and booted once a NAME of the table below (all of them when none
# is given) under QEMU without KVM. OUT/NAME.console is the console as QEMU gave it, byte by byte.
# The trees are kept in $CULPRIT_CACHE/capture (~/.cache/culprit/capture), so that a second run is
# quick; KERNEL is only read. Takes 15 minutes for the kernel and about 15 seconds a case.
set -euo pipefail

# NAME, what init provokes (init.c), the seconds it waits for each, more of the kernel command line
cases='
clean		-				5
warn		warn				5
warn-panic	warn				5	panic_on_warn=1
warn-message	WARNING_MESSAGE			5
bug		bug				5
null-deref	null-deref			5
null-panic	null-deref			5	oops=panic
kasan-null	kasan-null			5
gpf		gpf				5
divide		divide				5
panic		PANIC				5
kasan-uaf	uaf				5
kasan-timer	uaf-timer			5	panic_on_warn=1
kasan-work	uaf-work			5
kasan-write	WRITE_AFTER_FREE		5
kasan-oob	oob				5
kasan-double	double-free			5
lockdep		lockdep				5
lockdep-self	lockdep-self			5
lockdep-irq	lockdep-irq			5
bad-unlock	bad-unlock			5
held-freed	held-freed			5
held-at-exit	held-at-exit			5
rcu-usage	rcu-usage			5
refcount	refcount			5
odebug		odebug				5
list		CORRUPT_LIST_ADD		5
usercopy	USERCOPY_SLAB_SIZE_TO		5
memleak		memleak,leaks			5
shift		shift				5
bounds		bounds				5
atomic-sleep	atomic-sleep			5
atomic-schedule	atomic-schedule			5
write-ro	WRITE_RO			5
exec-null	EXEC_NULL			5
user-access	ACCESS_USERSPACE		5
stack-overflow	EXHAUST_STACK			5
double-fault	double-fault			5
kasan-stack	CORRUPT_STACK			5
hung-task	hung-task			14	sysctl.kernel.hung_task_timeout_secs=5
hung-panic	HUNG_TASK			14	sysctl.kernel.hung_task_timeout_secs=5 sysctl.kernel.hung_task_panic=1
rcu-stall	rcu-stall			12	rcupdate.rcu_cpu_stall_timeout=6
softlockup	softlockup			14	sysctl.kernel.watchdog_thresh=4 rcupdate.rcu_cpu_stall_timeout=120
soft-panic	SOFTLOCKUP			30	sysctl.kernel.watchdog_thresh=4 sysctl.kernel.softlockup_panic=1 rcupdate.rcu_cpu_stall_timeout=120
two-cpus	two-cpus			8
two-oopses	two-oopses			8
several		warn,shift,uaf,null-deref,refcount,gpf	3
'

say() { printf 'capture: %s\n' "$*"; }
die() { printf 'capture: %s\n' "$*" >&2; exit 1; }

if [ $# -lt 3 ]; then
	echo "usage: ${0##*/} KERNEL REV OUT [NAME]..." >&2
	exit 1
fi
kernel=$1 rev=$2 out=$(realpath -m -- "$3")
shift 3
top=$(cd "$(dirname "$0")/.." && pwd)
data=$top/tests/data/consoles
cache=${CULPRIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit}/capture
src=$cache/src obj=$cache/obj
mkdir -p "$out" "$obj"

# ---- the kernel

rev=$(git -C "$kernel" rev-parse --verify "$rev^{commit}")
if [ "$(cat "$cache/rev" 2>/dev/null)" != "$rev" ]; then
	rm -rf "$src" "$cache/rev"
	mkdir "$src"
	git -C "$kernel" archive "$rev" | tar -x -C "$src"
	echo 'obj-y += culprit-provoke.o' >>"$src/drivers/misc/Makefile"
	echo "$rev" >"$cache/rev"
fi
driver=$src/drivers/misc/culprit-provoke.c
cmp -s "$data/provoke.c" "$driver" || cp "$data/provoke.c" "$driver"

cat "$top/demo/config" "$data/config.fragment" >"$obj/.config.new"
if ! cmp -s "$obj/.config.new" "$obj/.config.asked"; then
	cp "$obj/.config.new" "$obj/.config"
	make -s -C "$src" O="$obj" olddefconfig >"$cache/config.log" 2>&1 || {
		tail -n 30 "$cache/config.log" >&2
		die "no configuration"
	}
	cp "$obj/.config.new" "$obj/.config.asked"
fi
# Each line of the fragment has to be there: what depends on something else vanishes silently.
while read -r line; do
	case $line in
	'' | '#'*) ;;
	*=n) ! grep -q "^${line%=n}=" "$obj/.config" || die "the kernel insists on ${line%=n}" ;;
	*) grep -qxF "$line" "$obj/.config" || die "the kernel does not take $line" ;;
	esac
done <"$data/config.fragment"

cc=gcc
command -v ccache >/dev/null && cc="ccache gcc"
say "building ${rev:0:12} (log: $cache/build.log)"
KBUILD_BUILD_TIMESTAMP='Sun Nov 22 00:00:00 UTC 2026' KBUILD_BUILD_USER=culprit \
	KBUILD_BUILD_HOST=culprit nice make -C "$src" O="$obj" CC="$cc" -j"$(nproc)" bzImage \
	>"$cache/build.log" 2>&1 || { tail -n 30 "$cache/build.log" >&2; die "no kernel"; }

# ---- the guest

gcc -Wall -static -O1 -o "$cache/init" "$data/init.c"
"$obj/usr/gen_init_cpio" - >"$cache/initramfs" <<END
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
file /init $cache/init 0755 0 0
END

# A guest that hangs is ended; that is its console, too. Without ACPI the kernel sees one CPU a
# socket.
boot() { # CONSOLE KERNEL_PARAMETERS
	timeout -k 5 90 qemu-system-x86_64 -accel tcg -M pc -cpu max -smp 2,sockets=2 -m 512 \
		-nic none -display none -monitor none -serial "file:$1" -no-reboot \
		-kernel "$obj/arch/x86/boot/bzImage" -initrd "$cache/initramfs" -append "$2" </dev/null
}

capture() { # NAME PROVOKE WAIT [KERNEL_PARAMETERS]
	local code try

	# Now and then a guest loses its timer and never gets to its init.
	for try in 1 2 3; do
		code=0
		boot "$out/$1.console" "console=ttyS0 panic=-1 provoke=${2#-} wait=$3${4:+ $4}" || code=$?
		grep -q 'Run /init' "$out/$1.console" && break
		say "$1: boot $try failed"
	done
	say "$1: $(stat -c %s "$out/$1.console") bytes, exit $code"
}

for want in "${@:-}"; do
	found=
	while read -r name provoke wait more; do
		[ -n "$name" ] || continue
		[ -z "$want" ] || [ "$want" = "$name" ] || continue
		capture "$name" "$provoke" "$wait" "$more"
		found=1
	done <<<"$cases"
	[ -n "$found" ] || die "no case is called $want"
done
