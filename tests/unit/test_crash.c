/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crash parser and the streaming detector. The consoles are written for the tests in the
 * kernel's formats; every one of them goes through both, whole, byte by byte and in random chunks,
 * and the two have to agree on whether and where a crash begins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "crash/crash.h"
#include "crash/text.h"

/* clang-format off: consoles are laid out for readers */
#define BOOT                                                                                    \
	"SeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"                                          \
	"Booting from ROM..\r\x1b[2J\x1b[0mDecompressing Linux... done.\r\n"                    \
	"Booting the kernel.\r\n"                                                               \
	"[    0.000000] Linux version 6.1.0 (b@h) (gcc 12.2.0) #1 SMP PREEMPT_DYNAMIC\n"        \
	"[    0.000000] Command line: console=ttyS0 panic_on_warn=1 panic=-1 note=\"BUG: x\"\n" \
	"[    0.004000] Kernel command line: console=ttyS0 oops=panic WARNING: INFO:\n"         \
	"[    1.100000] Run /init as init process\n"

/* What a kernel with panic_on_warn says behind the stack. */
#define PANIC_ON_WARN                                                        \
	"[    9.100000] Kernel panic - not syncing: panic_on_warn set ...\n" \
	"[    9.100100] CPU: 0 PID: 77 Comm: repro Not tainted 6.1.0 #1\n"   \
	"[    9.100200] Call Trace:\n"                                       \
	"[    9.100300]  <TASK>\n"                                           \
	"[    9.100400]  dump_stack_lvl+0x45/0x5d\n"                         \
	"[    9.100500]  panic+0x1a1/0x2f0\n"                                \
	"[    9.100600]  foo_write+0x30/0x90\n"                              \
	"[    9.100700] Kernel Offset: disabled\n"                           \
	"[    9.100800] Rebooting in 1 seconds..\n"

#define CALL_TRACE(name)                                             \
	"[    9.001000] Call Trace:\n"                               \
	"[    9.001100]  <TASK>\n"                                   \
	"[    9.001200]  dump_stack_lvl+0x45/0x5d\n"                 \
	"[    9.001300]  ? wrong_one+0x1/0x2\n"                      \
	"[    9.001400]  " name "+0x30/0x90\n"                       \
	"[    9.001500]  outer_call+0x11/0x22\n"                     \
	"[    9.001600]  __x64_sys_write+0x1a/0x30\n"                \
	"[    9.001700]  do_syscall_64+0x3b/0x90\n"                  \
	"[    9.001800]  entry_SYSCALL_64_after_hwframe+0x63/0xcd\n" \
	"[    9.001900]  </TASK>\n"

struct expected {
	const char *console;
	const char *title; /* of the first report; NULL: no crash */
	const char *type;
	bool corrupted, panicked;
	size_t reports;
};

static const struct expected consoles[] = {
	/* no crash */
	{"", NULL, NULL, false, false, 0},
	{"\n\n\n", NULL, NULL, false, false, 0},
	{BOOT, NULL, NULL, false, false, 0},
	{BOOT "[    2.000000] systemd[1]: BUG: please report at the bug tracker\n", NULL, NULL,
	 false, false, 0},
	{"init: BUG: report at https://bugs.example.org/\n", NULL, NULL, false, false, 0},
	/* where the kernel writes times, a line without one is a program's */
	{BOOT "BUG: this is what my program says\nWARNING: and more\n", NULL, NULL, false, false,
	 0},
	{BOOT "BUG: no line end[    3.000000] usb 1-1: new device\n", NULL, NULL, false, false, 0},
	{"[    3.000000] XFS (loop0): WARNING: Reset corrupted AGFL on AG 0.\n", NULL, NULL, false,
	 false, 0},
	{"[    3.000000] INFO: NMI handler (nmi_x) took too long to run: 1.2 msecs\n", NULL, NULL,
	 false, false, 0},
	{"[    3.000000] INFO: lockdep is turned off.\n", NULL, NULL, false, false, 0},
	{"[    3.000000] traps: a.out[71] general protection fault ip:401000 sp:7ffd error:0 in "
	 "a.out[400000+1000]\n",
	 NULL, NULL, false, false, 0},
	{"[    3.0] panic_on_warn=1\nsoft_panic=0\npanic: \nmy fatal error: here\n", NULL, NULL,
	 false, false, 0},
	/* .. unless it is the kernel's to the word */
	{BOOT "BUG: scheduling while atomic: repro/77/0x00000002\nCall Trace:\n foo+0x1/0x2\n",
	 "BUG: scheduling while atomic in foo", "ATOMIC_SLEEP", false, false, 1},
	/* a boot in the midst of things */
	{BOOT "Booting the kernel.\n", "unexpected kernel reboot", "REBOOT", false, false, 1},
	/* warnings, in the three layouts */
	{BOOT "[    9.000000] ------------[ cut here ]------------\n"
	      "[    9.000100] WARNING: CPU: 0 PID: 77 at drivers/foo/bar.c:12 foo_write+0x30/0x90\n"
	      "[    9.000200] Modules linked in:\n"
	      "[    9.000300] CPU: 0 PID: 77 Comm: repro Not tainted 6.1.0 #1\n"
	      "[    9.000400] RIP: 0010:foo_write+0x30/0x90\n"
	      "[    9.000500] RAX: 0000000000000000 RBX: ffff888004a5c000 RCX: "
	      "0000000000000000\n" CALL_TRACE("bar_ioctl") PANIC_ON_WARN,
	 "WARNING in foo_write", "WARNING", false, true, 1},
	{"[    9.000100] WARNING: at drivers/foo/bar.c:12 foo_write+0x30/0x90()\n"
	 "[    9.000200] Hardware name: Bochs\n"
	 "[    9.000300] Pid: 77, comm: repro Not tainted 3.2.0 #1\n"
	 "[    9.000400] Call Trace:\n"
	 "[    9.000500]  [<ffffffff8103f1a1>] warn_slowpath_common+0x7f/0xc0\n"
	 "[    9.000600]  [<ffffffff8103f1fa>] warn_slowpath_null+0x1a/0x20\n"
	 "[    9.000700]  [<ffffffff81301234>] foo_write+0x30/0x90\n"
	 "[    9.000800]  [<ffffffff81301299>] vfs_write+0x30/0x90\n"
	 "[    9.000900] ---[ end trace 0123456789abcdef ]---\n",
	 "WARNING in foo_write", "WARNING", false, false, 1},
	{"[    9.000100] WARNING: drivers/foo/bar.c:12 at foo_write+0x30/0x90, CPU#1: repro/77\n"
	 "[    9.000400] RIP: 0010:foo_write+0x30/0x90\n" CALL_TRACE("bar_ioctl"),
	 "WARNING in foo_write", "WARNING", false, false, 1},
	{"[    9.0001] WARNING: CPU: 0 PID: 7 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2\n"
	 "[    9.0004] RIP: 0010:refcount_warn_saturate+0xd8/0xe0\n" CALL_TRACE("foo_put"),
	 "WARNING: refcount bug in foo_put", "REFCOUNT_WARNING", false, false, 1},
	{"[    9.0000] ODEBUG: free active (active state 0) object type: timer_list hint: "
	 "t+0x0/0x1\n"
	 "[    9.0001] WARNING: CPU: 0 PID: 7 at lib/debugobjects.c:505 "
	 "debug_print_object+0x16a/0x250\n"
	 "[    9.0004] RIP: 0010:debug_print_object+0x16a/0x250\n" CALL_TRACE("foo_release"),
	 "WARNING: ODEBUG bug in foo_release", "WARNING", false, false, 1},
	{"[    9.0001] WARNING: CPU: 0 PID: 7 at mm/slab_common.c:935 __kmalloc_slab+0x1/0x2\n"
	 "[    9.0004] RIP: 0010:__kmalloc_slab+0x1/0x2\n" CALL_TRACE("foo_map_alloc"),
	 "WARNING: kmalloc bug in foo_map_alloc", "WARNING", false, false, 1},
	{"[    9.0001] WARNING: CPU: 0 PID: 7 at drivers/foo.c:1 foo+0x1/0x2\n",
	 "WARNING in corrupted", "WARNING", true, false, 1},
	/* oopses */
	{"[    9.0001] ------------[ cut here ]------------\n"
	 "[    9.0002] kernel BUG at drivers/foo/bar.c:99!\n"
	 "[    9.0003] invalid opcode: 0000 [#1] PREEMPT SMP\n"
	 "[    9.0004] RIP: 0010:foo_free+0x30/0x90\n" CALL_TRACE(
		 "foo_close") "[    9.0030] ---[ end trace 0000000000000000 ]---\n"
			      "[    9.0040] Kernel panic - not syncing: Fatal exception\n"
			      "[    9.0050] ---[ end Kernel panic - not syncing: Fatal exception "
			      "]---\n",
	 "kernel BUG in foo_free", "BUG", false, true, 1},
	{"[    9.0001] BUG: kernel NULL pointer dereference, address: 0000000000000010\n"
	 "[    9.0002] #PF: supervisor read access in kernel mode\n"
	 "[    9.0003] Oops: 0000 [#1] PREEMPT SMP\n"
	 "[    9.0004] RIP: 0010:foo_open+0x30/0x90\n" CALL_TRACE("chr_open"),
	 "BUG: unable to handle kernel NULL pointer dereference in foo_open",
	 "NULL-POINTER-DEREFERENCE", false, false, 1},
	{"<1>[    9.0001] BUG: unable to handle kernel NULL pointer dereference at 00000010\n"
	 "<1>[    9.0002] IP: [<ffffffff81301234>] foo_open+0x30/0x90\n" CALL_TRACE("chr_open"),
	 "BUG: unable to handle kernel NULL pointer dereference in foo_open",
	 "NULL-POINTER-DEREFERENCE", false, false, 1},
	{"[    9.0001] BUG: unable to handle page fault for address: ffffc90000a00000\n"
	 "[    9.0004] RIP: 0010:memcpy_orig+0x30/0x90\n" CALL_TRACE("foo_copy"),
	 "BUG: unable to handle kernel paging request in foo_copy", "MEMORY_SAFETY_BUG", false,
	 false, 1},
	{"[    9.0001] Unable to handle kernel paging request at virtual address dfff800000000003\n"
	 "[    9.0002] Internal error: Oops: 0000000096000005 [#1] PREEMPT SMP\n"
	 "[    9.0003] pc : foo_poll+0x14/0x80\n"
	 "[    9.0004] lr : bar_poll+0x14/0x80\n"
	 "[    9.0005] Call trace:\n"
	 "[    9.0006]  foo_poll+0x14/0x80\n"
	 "[    9.0007]  do_el0_svc+0x14/0x80\n",
	 "BUG: unable to handle kernel paging request in foo_poll", "MEMORY_SAFETY_BUG", false,
	 false, 1},
	{"[    9.0001] general protection fault, probably for non-canonical address "
	 "0xdffffc0000000003: 0000 [#1] PREEMPT SMP KASAN\n"
	 "[    9.0002] KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]\n"
	 "[    9.0004] RIP: 0010:foo_ioctl+0x30/0x90\n" CALL_TRACE("vfs_ioctl"),
	 "general protection fault in foo_ioctl", "DoS", false, false, 1},
	{"[    9.0001] divide error: 0000 [#1] PREEMPT SMP\n"
	 "[    9.0004] RIP: 0010:foo_rate.isra.3+0x30/0x90\n" CALL_TRACE("foo_set"),
	 "divide error in foo_rate", "DoS", false, false, 1},
	{"[    9.0001] stack segment: 0000 [#1] PREEMPT SMP\n"
	 "[    9.0004] RIP: 0010:foo_x+0x30/0x90\n" CALL_TRACE("foo_set"),
	 "stack segment fault in foo_x", "DoS", false, false, 1},
	/* sanitizers */
	{"[    9.0000] ==================================================================\n"
	 "[    9.0001] BUG: KASAN: slab-use-after-free in foo_read+0x30/0x90\n"
	 "[    9.0002] Read of size 8 at addr ffff888004a5c010 by task repro/77\n"
	 "[    9.0003] \n" CALL_TRACE(
		 "foo_read") "[    9.0030] Allocated by task 76:\n"
			     "[    9.0031]  kasan_save_stack+0x1e/0x40\n"
			     "[    9.0032]  foo_alloc+0x1e/0x40\n"
			     "[    9.0033] Freed by task 75:\n"
			     "[    9.0034]  kasan_save_stack+0x1e/0x40\n"
			     "[    9.0035]  foo_free+0x1e/0x40\n" PANIC_ON_WARN,
	 "KASAN: slab-use-after-free Read in foo_read", "KASAN-USE-AFTER-FREE-READ", false, true,
	 1},
	{"[    9.0001] BUG: KASAN: slab-out-of-bounds in memcpy+0x30/0x90\n"
	 "[    9.0002] Write of size 64 at addr ffff888004a5c010 by task repro/77\n" CALL_TRACE(
		 "foo_pack"),
	 "KASAN: slab-out-of-bounds Write in foo_pack", "KASAN-WRITE", false, false, 1},
	{"[    9.0001] BUG: KASAN: double-free in foo_free+0x30/0x90\n" CALL_TRACE("foo_free"),
	 "KASAN: invalid-free in foo_free", "KASAN-INVALID-FREE", false, false, 1},
	{"[    9.0001] BUG: KASAN: use-after-free in fo", "KASAN: use-after-free in fo",
	 "KASAN-USE-AFTER-FREE-READ", true, false, 1},
	{"[    9.0001] UBSAN: array-index-out-of-bounds in drivers/foo/bar.c:12:3\n"
	 "[    9.0002] index 9 is out of range for type 'int [4]'\n" CALL_TRACE("foo_index"),
	 "UBSAN: array-index-out-of-bounds in foo_index", "UBSAN", false, false, 1},
	{"[    9.0001] BUG: KMSAN: uninit-value in foo_parse+0x30/0x90\n"
	 "[    9.0002]  foo_parse+0x30/0x90\n"
	 "[    9.0003]  foo_rcv+0x30/0x90\n",
	 "KMSAN: uninit-value in foo_parse", "KMSAN-UNINIT-VALUE", false, false, 1},
	{"[    9.0001] BUG: KCSAN: data-race in foo_get / foo_set\n",
	 "KCSAN: data-race in foo_get / foo_set", "KCSAN-DATARACE", false, false, 1},
	{"BUG: memory leak\n"
	 "unreferenced object 0xffff888004a5c000 (size 64):\n"
	 "  comm \"repro\", pid 77, jiffies 4294937296 (age 12.3s)\n"
	 "  hex dump (first 32 bytes):\n"
	 "    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................\n"
	 "  backtrace:\n"
	 "    [<ffffffff814a5f1d>] kmalloc_trace+0x2d/0x40\n"
	 "    [<ffffffff82a5f1d0>] foo_create+0x2d/0x40\n"
	 "    [<ffffffff82a5f1d9>] foo_bind+0x2d/0x40\n",
	 "memory leak in foo_create", "LEAK", false, false, 1},
	/* before there is entropy to hash them the addresses are hidden */
	{"BUG: memory leak\n"
	 "unreferenced object 0xffff888004a5c000 (size 64):\n"
	 "  comm \"repro\", pid 77, jiffies 4294937296\n"
	 "  backtrace:\n"
	 "    [<(____ptrval____)>] kmalloc_trace+0x2d/0x40\n"
	 "    [<(____ptrval____)>] foo_create+0x2d/0x40\n"
	 "    [<(____ptrval____)>] foo_bind+0x2d/0x40\n",
	 "memory leak in foo_create", "LEAK", false, false, 1},
	/* lockdep */
	{"[    9.0000] ======================================================\n"
	 "[    9.0001] WARNING: possible circular locking dependency detected\n"
	 "[    9.0002] 6.1.0 #1 Not tainted\n"
	 "[    9.0003] ------------------------------------------------------\n"
	 "[    9.0004] repro/77 is trying to acquire lock:\n"
	 "[    9.0005] ffff888004a5c0e8 (&foo->lock){+.+.}-{3:3}, at: foo_ioctl+0x30/0x90\n"
	 "[    9.0006] but task is already holding lock:\n"
	 "[    9.0007] ffff888004a5d0e8 (&bar->lock){+.+.}-{3:3}, at: bar_ioctl+0x30/0x90\n"
	 "[    9.0008] which lock already depends on the new lock.\n" CALL_TRACE("foo_ioctl"),
	 "possible deadlock in foo_ioctl", "LOCKDEP", false, false, 1},
	{"[    9.0001] [ INFO: possible recursive locking detected ]\n"
	 "[    9.0004] repro/77 is trying to acquire lock:\n"
	 "[    9.0005]  (&foo->lock){+.+...}, at: [<ffffffff82a5f1d0>] "
	 "foo_ioctl+0x30/0x90\n" CALL_TRACE("foo_ioctl"),
	 "possible deadlock in foo_ioctl", "LOCKDEP", false, false, 1},
	{"[    9.0001] WARNING: inconsistent lock state\n"
	 "[    9.0003] inconsistent {IN-SOFTIRQ-W} -> {SOFTIRQ-ON-W} usage.\n"
	 "[    9.0004] repro/77 [HC0[0]:SC0[0]:HE1:SE1] takes:\n"
	 "[    9.0005] ffff888004a5c0e8 (&foo->lock){+.?.}-{2:2}, at: "
	 "foo_xmit+0x30/0x90\n" CALL_TRACE("foo_xmit"),
	 "inconsistent lock state in foo_xmit", "LOCKDEP", false, false, 1},
	{"[    9.0001] WARNING: suspicious RCU usage\n"
	 "[    9.0002] 6.1.0 #1 Not tainted\n"
	 "[    9.0003] -----------------------------\n"
	 "[    9.0004] drivers/foo/bar.c:12 suspicious rcu_dereference_check() usage!\n" CALL_TRACE(
		 "foo_lookup"),
	 "WARNING: suspicious RCU usage in foo_lookup", "LOCKDEP", false, false, 1},
	{"[    9.0001] WARNING: bad unlock balance detected!\n"
	 "[    9.0004] repro/77 is trying to release lock (&foo->lock) at:\n"
	 "[    9.0005] [<ffffffff82a5f1d0>] foo_unlock_all+0x30/0x90\n"
	 "[    9.0006] but there are no more locks to release!\n" CALL_TRACE("foo_unlock_all"),
	 "WARNING: bad unlock balance in foo_unlock_all", "LOCKDEP", false, false, 1},
	{"[    9.0001] WARNING: held lock freed!\n"
	 "[    9.0004] repro/77 is freeing memory ffff888004a5c000-ffff888004a5cfff, with a lock "
	 "still held there!\n"
	 "[    9.0005] ffff888004a5c0e8 (&foo->lock){+.+.}-{3:3}, at: "
	 "foo_bind+0x30/0x90\n" CALL_TRACE("foo_release"),
	 "WARNING: held lock freed in foo_bind", "LOCKDEP", false, false, 1},
	/* atomic context */
	{"[    9.0001] BUG: sleeping function called from invalid context at mm/slab.h:256\n"
	 "[    9.0002] in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 77, name: "
	 "repro\n" CALL_TRACE("foo_timer"),
	 "BUG: sleeping function called from invalid context in foo_timer", "ATOMIC_SLEEP", false,
	 false, 1},
	{"[    9.0001] BUG: scheduling while atomic: repro/77/0x00000002\n" CALL_TRACE("foo_wait"),
	 "BUG: scheduling while atomic in foo_wait", "ATOMIC_SLEEP", false, false, 1},
	/* hangs */
	{"[  290.0001] INFO: task repro:77 blocked for more than 143 seconds.\n"
	 "[  290.0002]       Not tainted 6.1.0 #1\n"
	 "[  290.0003] task:repro state:D stack:13472 pid:77 ppid:1 flags:0x00004006\n"
	 "[  290.0004] Call Trace:\n"
	 "[  290.0005]  <TASK>\n"
	 "[  290.0006]  __schedule+0x2d5/0x1000\n"
	 "[  290.0007]  schedule+0x5a/0xd0\n"
	 "[  290.0008]  rwsem_down_write_slowpath+0x2d5/0x700\n"
	 "[  290.0009]  foo_sync+0x2d/0x40\n"
	 "[  290.0010]  __x64_sys_sync+0x2d/0x40\n",
	 "INFO: task hung in foo_sync", "HANG", false, false, 1},
	{"[  290.0001] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [repro:77]\n"
	 "[  290.0002] RIP: 0010:foo_spin+0x30/0x90\n"
	 "[  290.0004] Call Trace:\n"
	 "[  290.0005]  foo_spin+0x2d5/0x1000\n"
	 "[  290.0006]  foo_loop+0x2d5/0x1000\n"
	 "[  290.0007]  foo_drv_ioctl+0x2d5/0x1000\n"
	 "[  290.0008]  __x64_sys_ioctl+0x2d5/0x1000\n"
	 "[  290.0009]  do_syscall_64+0x2d5/0x1000\n",
	 "BUG: soft lockup in foo_drv_ioctl", "HANG", false, false, 1},
	{"[  290.0001] rcu: INFO: rcu_preempt self-detected stall on CPU\n"
	 "[  290.0002] rcu: 	0-....: (20999 ticks this GP) idle=1/1/0x1 softirq=1/1 fqs=5250\n"
	 "[  290.0003] NMI backtrace for cpu 0\n"
	 "[  290.0004] Call Trace:\n"
	 "[  290.0005]  <IRQ>\n"
	 "[  290.0006]  nmi_cpu_backtrace+0x2d5/0x1000\n"
	 "[  290.0007]  rcu_sched_clock_irq+0x2d5/0x1000\n"
	 "[  290.0008]  sysvec_apic_timer_interrupt+0x6e/0x90\n"
	 "[  290.0009]  </IRQ>\n"
	 "[  290.0010]  asm_sysvec_apic_timer_interrupt+0x16/0x20\n"
	 "[  290.0011] RIP: 0010:foo_spin+0x30/0x90\n"
	 "[  290.0012]  foo_walk+0x30/0x90\n"
	 "[  290.0013]  foo_setsockopt+0x30/0x90\n"
	 "[  290.0014]  __sys_setsockopt+0x30/0x90\n"
	 "[  290.0015]  do_syscall_64+0x30/0x90\n",
	 "INFO: rcu detected stall in foo_setsockopt", "HANG", false, false, 1},
	/* lists */
	{"[    9.0001] list_add corruption. prev->next should be next (ffff), but was 0000.\n"
	 "[    9.0002] ------------[ cut here ]------------\n"
	 "[    9.0003] kernel BUG at lib/list_debug.c:28!\n"
	 "[    9.0004] RIP: 0010:__list_add_valid+0x30/0x90\n" CALL_TRACE("foo_queue"),
	 "BUG: corrupted list in foo_queue", "MEMORY_SAFETY_BUG", false, false, 1},
	/* panics of their own */
	{BOOT
	 "[    1.200000] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n"
	 "[    1.300000] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1\n" CALL_TRACE(
		 "do_exit") "[    1.900000] ---[ end Kernel panic - not syncing: Attempted to kill "
			    "init! ]---\n",
	 "kernel panic: Attempted to kill init!", "DoS", false, true, 1},
	{"[    1.200000] Kernel panic - not syncing: VFS: Unable to mount root fs on "
	 "unknown-block(8,1)\n" CALL_TRACE("mount_root"),
	 "kernel panic: VFS: Unable to mount root fs on unknown-block(NUM,NUM)", "DoS", false, true,
	 1},
	/* contexts: the other task's and the interrupt's lines are not this report's */
	{"[    9.0001][   T77] BUG: kernel NULL pointer dereference, address: 0000000000000010\n"
	 "[    9.0002][   T99] foo: BAR: something else\n"
	 "[    9.0003][   T99] RIP: 0010:innocent+0x1/0x2\n"
	 "[    9.0004][    C1] RIP: 0010:innocent_irq+0x1/0x2\n"
	 "RIP: 0010:innocent_user+0x1/0x2\n"
	 "[    9.0005][   T77] RIP: 0010:foo_open+0x30/0x90\n"
	 "[    9.0006][   T77] Call Trace:\n"
	 "[    9.0007][   T99]  innocent+0x1/0x2\n"
	 "[    9.0008][   T77]  chr_open+0x30/0x90\n"
	 "[    9.0009][   T77]  do_dentry_open+0x30/0x90\n",
	 "BUG: unable to handle kernel NULL pointer dereference in foo_open",
	 "NULL-POINTER-DEREFERENCE", false, false, 1},
	/* found by fuzzing: lines that are dropped from reports, as the only line of one */
	{"[    9.0001] BUG: Disabling lock debugging due to kernel taint\n",
	 "BUG: Disabling lock debugging due to kernel taint", "", false, false, 1},
	{"[    9.0001] BUG: Sending NMI\n** replaying previous printk message **\n",
	 "BUG: Sending NMI", "", false, false, 1},
	/* several reports */
	{"[    9.000] BUG: scheduling while atomic: repro/77/0x00000002\n" CALL_TRACE(
		 "foo_wait") "[   10.000] general protection fault: 0000 [#1] SMP\n"
			     "[   10.001] RIP: 0010:foo_ioctl+0x30/0x90\n" CALL_TRACE("vfs_ioctl"),
	 "BUG: scheduling while atomic in foo_wait", "ATOMIC_SLEEP", false, false, 2},
	/* what printk and terminals do to lines */
	{"** 12 printk messages dropped ** [    9.0001] BUG: scheduling while atomic: "
	 "r/7/0x2\r\n" CALL_TRACE("foo_wait"),
	 "BUG: scheduling while atomic in foo_wait", "ATOMIC_SLEEP", false, false, 1},
	{"[    9.0001][   T31] INFO: t\n"
	 "** replaying previous printk message **\n"
	 "[    9.0001][   T31] INFO: task repro:77 blocked for more than 143 seconds.\n"
	 "[    9.0002][   T31] Call Trace:\n"
	 "[    9.0003][   T31]  schedule+0x5a/0xd0\n"
	 "[    9.0004][   T31]  foo_sync+0x2d/0x40\n"
	 "[    9.0005][   T31]  bar_sync+0x2d/0x40\n",
	 "INFO: task hung in foo_sync", "HANG", false, false, 1},
	{"half a line of a program[    9.0001] \x1b[31mBUG: scheduling while atomic: "
	 "r/7/0x2\x1b[0m\n" CALL_TRACE("foo_wait"),
	 "BUG: scheduling while atomic in foo_wait", "ATOMIC_SLEEP", false, false, 1},
	{"<4>BUG: scheduling while atomic: r/7/0x2\n"
	 "<4>Call Trace:\n"
	 "<4> [<c0101234>] foo_wait+0x1/0x2\n"
	 "<4> [<c0101234>] bar+0x1/0x2\n"
	 "<4> [<c0101234>] baz+0x1/0x2\n",
	 "BUG: scheduling while atomic in foo_wait", "ATOMIC_SLEEP", false, false, 1},
};
/* clang-format on */

static void check_report(const struct expected *x, const struct crash_reports *r)
{
	size_t end = 0, len = strlen(x->console);

	assert_int_equal(r->len, x->reports);
	for (size_t i = 0; i < r->len; i++) {
		assert_true(r->items[i].start >= end);
		assert_true(r->items[i].end > r->items[i].start);
		end = r->items[i].end;
		assert_true(end <= len);
	}
	if (!r->len)
		return;
	assert_string_equal(r->items[0].title, x->title);
	assert_string_equal(r->items[0].type, x->type);
	assert_int_equal(r->items[0].corrupted, x->corrupted);
	assert_int_equal(r->items[0].panicked, x->panicked);
}

static bool is_expected(const struct expected *x, const struct crash_reports *r)
{
	const struct crash_report *first = r->items;

	return r->len == x->reports &&
	       (!r->len || (!strcmp(first->title, x->title) && !strcmp(first->type, x->type) &&
			    first->corrupted == x->corrupted && first->panicked == x->panicked));
}

static void test_parse(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		struct crash_reports r;

		crash_parse(consoles[i].console, strlen(consoles[i].console), &r);
		if (!is_expected(&consoles[i], &r))
			print_error("console %zu: %s\n", i, r.len ? r.items[0].title : "nothing");
		check_report(&consoles[i], &r);
		crash_reports_done(&r);
	}
}

/* Feeds in chunks of 1 to max bytes, each in memory of its own size, so that ASan sees overreads.
 */
static struct crash_scan *scan_chunks(const char *data, size_t len, size_t max)
{
	struct crash_scan *s = crash_scan_new();
	bool begun = false;

	for (size_t i = 0, n; i < len; i += n) {
		char *chunk;

		n = MIN(len - i, max > 1 ? 1 + (size_t)rand() % max : 1);
		chunk = malloc(n);
		assert_non_null(chunk);
		memcpy(chunk, data + i, n);
		assert_true(crash_scan_feed(s, chunk, n) || !begun);
		begun = crash_scan_feed(s, chunk, 0);
		free(chunk);
	}
	return s;
}

static void check_scan(const char *data, size_t len, size_t max)
{
	struct crash_scan *s = scan_chunks(data, len, max), *whole = crash_scan_new();
	struct crash_reports r;

	crash_parse(data, len, &r);
	crash_scan_feed(whole, data, len);
	assert_int_equal(crash_scan_finish(whole), r.len > 0);
	assert_int_equal(crash_scan_finish(s), r.len > 0);
	assert_int_equal(crash_scan_start(s), r.len ? r.items[0].start : 0);
	assert_int_equal(crash_scan_start(whole), crash_scan_start(s));
	assert_int_equal(crash_scan_ended(whole), crash_scan_ended(s));
	crash_scan_free(s);
	crash_scan_freep(&whole);
	assert_null(whole);
	crash_reports_done(&r);
}

static void test_scan_agrees(void **state _unused_)
{
	static const size_t sizes[] = {1, 2, 7, 100, 5000};

	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++)
			check_scan(consoles[i].console, strlen(consoles[i].console), sizes[k]);
}

static void test_scan_of_prefixes_agrees(void **state _unused_)
{
	const char *console;
	size_t i = 0;

	while (!consoles[i].panicked)
		i++;
	console = consoles[i].console;
	for (size_t n = 0; n <= strlen(console); n++)
		check_scan(console, n, 50);
}

static void test_ended(void **state _unused_)
{
	static const char begin[] = BOOT "[    9.000000] BUG: scheduling while atomic: r/7/0x2\n";
	static const char quote[] = "Rebooting in 5 minutes!\n";
	static const char end[] = "[    9.200000] ---[ end Kernel panic - not syncing: x ]---\n";
	struct crash_scan *s = crash_scan_new();

	/* A program that quotes the last line does not end what has not begun. */
	assert_false(crash_scan_feed(s, quote, sizeof(quote) - 1));
	assert_false(crash_scan_ended(s));
	assert_true(crash_scan_feed(s, begin, sizeof(begin) - 1));
	assert_false(crash_scan_ended(s));
	assert_true(crash_scan_feed(s, end, sizeof(end) - 1));
	assert_true(crash_scan_ended(s));
	assert_true(crash_scan_start(s) > sizeof(quote));
	crash_scan_free(s);
}

static void test_half_line_counts_at_the_end_only(void **state _unused_)
{
	struct crash_scan *s = crash_scan_new();

	assert_false(crash_scan_feed(s, "noise\nBUG: something", 20));
	assert_true(crash_scan_finish(s));
	assert_int_equal(crash_scan_start(s), 6);
	crash_scan_free(s);
}

static void test_long_lines(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	/* Behind CRASH_LINE_MAX nothing counts; the next line does again. */
	strbuf_grow(&b, 1 << 20);
	for (int i = 0; i < 1 << 20; i++)
		strbuf_addc(&b, i % 97 ? 'x' : '\0');
	strbuf_adds(&b, "BUG: too far to the right\n");
	check_scan(b.data, b.len, 3000);
	check_scan(b.data, b.len, 100000);
	{
		struct crash_reports r;

		crash_parse(b.data, b.len, &r);
		assert_int_equal(r.len, 0);
		strbuf_adds(&b, "BUG: here\n");
		crash_parse(b.data, b.len, &r);
		assert_int_equal(r.len, 1);
		assert_int_equal(r.items[0].start, b.len - 10);
		crash_reports_done(&r);
	}
	check_scan(b.data, b.len, 100000);
}

static void test_garbage(void **state _unused_)
{
	static const char *const pieces[] = {
		"BUG: ",
		"WARNING: ",
		"\n",
		"\r\n",
		"\0x",
		"\x1b[",
		"\x1b[1;31m",
		"Call Trace:\n",
		"[    1.000000]",
		"[ T12]",
		"[    C0] ",
		"foo+0x1/0x2\n",
		"<4>",
		"at:",
		" at ",
		":12 ",
		"Kernel panic - not syncing: ",
		"KASAN: ",
		"INFO: ",
		"task ",
		"blocked for more than ",
		"RIP: 0010:",
		"Rebooting in ",
		"** replaying previous printk message **\n",
		"\xff\xfe",
		"general protection fault",
		"kernel BUG at ",
		"? ",
		" from ",
		"[<",
		">]",
		"(",
		"%",
		"$F",
	};

	srand(7);
	for (int round = 0; round < 2000; round++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
		size_t n = (size_t)rand() % 40;

		while (n--) {
			const char *p = pieces[(size_t)rand() % ARRAY_SIZE(pieces)];

			strbuf_add(&b, p, *p ? strlen(p) : 2);
		}
		check_scan(b.data, b.len, 20);
	}
}

static void test_many_reports_are_bounded(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct crash_reports r;

	for (int i = 0; i < 20000; i++)
		strbuf_addf(&b, "[    9.%06d][  T%d] BUG: number %d\n", i, i % 7, i);
	crash_parse(b.data, b.len, &r);
	assert_int_equal(r.len, CRASH_REPORTS_MAX);
	crash_reports_done(&r);
}

/* A title is printable and bounded, whatever the line holds. */
static void test_titles_are_clean(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct crash_reports r;

	strbuf_adds(&b, "BUG: ");
	for (int i = 1; i < 2000; i++)
		if (i % 256 != '\n')
			strbuf_addc(&b, (char)i);
	crash_parse(b.data, b.len, &r);
	assert_int_equal(r.len, 1);
	assert_true(strlen(r.items[0].title) <= CRASH_TITLE_MAX);
	for (const char *p = r.items[0].title; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f);
	crash_reports_done(&r);
}

static const struct {
	const char *line, *title;
} titles[] = {
	{"BUG: x at ffff888004a5c000 and 0x1234567", "BUG: x at ADDR and ADDR"},
	{"BUG: x in fs/foo/bar.c:123:45 y", "BUG: x in fs/foo/bar.c:LINE y"},
	{"BUG: x in foo_bar2+0x12/0x340 y", "BUG: x in foo_bar2 y"},
	{"BUG: host 10.0.2.15 has 3 of 4", "BUG: host IP has NUM of NUM"},
	{"BUG: deadbeef is a word, not2 touched", "BUG: deadbeef is a word, not2 touched"},
};

static void test_title_clean_up(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		struct crash_reports r;

		crash_parse(titles[i].line, strlen(titles[i].line), &r);
		assert_int_equal(r.len, 1);
		assert_string_equal(r.items[0].title, titles[i].title);
		crash_reports_done(&r);
	}
}

/* Near misses in small portions: were the work quadratic, the runner's limit would end this. */
static void test_near_misses_end(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct crash_scan *s = crash_scan_new();

	for (int i = 0; i < 100000; i++)
		strbuf_addf(&b, "[ %d.000000] some_WARNING: `x' BUGWARNINFO: xDEBUG: [ %d\n", i, i);
	crash_scan_feed(s, b.data, b.len);
	for (size_t i = 0; i < b.len; i += 10)
		crash_scan_feed(s, b.data + i, MIN(b.len - i, (size_t)10));
	crash_scan_free(s);
}

static void test_text(void **state _unused_)
{
	static const char console[] =
		"[    1.000000] booting\n"
		"[    2.000000] ------------[ cut here ]------------\n"
		"[    2.000000] memory commitment underflow\n"
		"[    2.000000] WARNING: CPU: 0 PID: 7 at mm/util.c:803 f+0x1/0x2\n"
		"[    2.000000] RIP: 0010:f+0x1/0x2\n";
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct crash_reports r;

	crash_parse(console, strlen(console), &r);
	assert_int_equal(r.len, 1);
	crash_report_text(console, &r.items[0], &out);
	assert_string_equal(out.data, "------------[ cut here ]------------\n"
				      "memory commitment underflow\n"
				      "WARNING: CPU: 0 PID: 7 at mm/util.c:803 f+0x1/0x2\n"
				      "RIP: 0010:f+0x1/0x2\n");
	crash_reports_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_scan_agrees),
		cmocka_unit_test(test_scan_of_prefixes_agrees),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_half_line_counts_at_the_end_only),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_many_reports_are_bounded),
		cmocka_unit_test(test_titles_are_clean),
		cmocka_unit_test(test_title_clean_up),
		cmocka_unit_test(test_near_misses_end),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
