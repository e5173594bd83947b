/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report says besides its title: alternative titles, the stack, the guilty file, the
 * executor, and whether it counts. The consoles are written for the tests in the kernel's formats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "crash/crash.h"

struct expected {
	const char *console;
	const char *title;
	const char *alt;    /* joined by "|" */
	const char *guilty; /* NULL: none */
	const char *stack;  /* joined by " ", NULL: not looked at */
	bool suppressed;
	int proc, id; /* of the executor */
};

/* Consoles are laid out for readers. */
/* clang-format off */
#define SYSCALL                                                      \
	"[    9.8000]  do_syscall_64+0x3b/0x90\n"                    \
	"[    9.8001]  entry_SYSCALL_64_after_hwframe+0x63/0xcd\n"   \
	"[    9.8002]  </TASK>\n"

static const struct expected consoles[] = {
	/* families */
	{"[    9.0001] BUG: KASAN: slab-use-after-free in foo_read+0x30/0x90\n"
	 "[    9.0002] Read of size 8 at addr ffff888004a5c010 by task syz.3.584/77\n"
	 "[    9.0003] CPU: 0 PID: 77 Comm: syz.3.584 Not tainted 6.1.0 #1\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0005]  <TASK>\n"
	 "[    9.0006]  dump_stack_lvl+0x45/0x5d\n"
	 "[    9.0007]  kasan_report+0xab/0xe0\n"
	 "[    9.0008]  foo_read+0x30/0x90\n"
	 "[    9.0009]  ? wrong_one+0x1/0x2\n"
	 "[    9.0010]  chr_read+0x30/0x90\n"
	 "[    9.0011]  __x64_sys_read+0x30/0x90\n" SYSCALL
	 "[    9.9000] Allocated by task 76:\n"
	 "[    9.9001]  foo_alloc+0x1e/0x40\n"
	 "[    9.9002]  foo_open+0x1e/0x40\n"
	 "[    9.9003]  chr_open+0x1e/0x40\n",
	 "KASAN: slab-use-after-free Read in foo_read", "bad-access in foo_read", NULL,
	 "foo_read chr_read sys_read", false, 3, 584},
	{"[    9.0001] BUG: KASAN: double-free in foo_free+0x30/0x90\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0006]  kfree+0x45/0x5d\n"
	 "[    9.0007]  foo_free+0x30/0x90\n"
	 "[    9.0008]  foo_close+0x30/0x90\n" SYSCALL,
	 "KASAN: invalid-free in foo_free", "invalid-free in foo_free", NULL, "foo_free foo_close",
	 false, -1, -1},
	{"[    9.0001] general protection fault: 0000 [#1] SMP\n"
	 "[    9.0002] RIP: 0010:foo_ioctl+0x30/0x90\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0006]  foo_dispatch+0x45/0x5d\n"
	 "[    9.0007]  foo_dev_ioctl+0x30/0x90\n"
	 "[    9.0008]  vfs_ioctl+0x30/0x90\n" SYSCALL,
	 "general protection fault in foo_ioctl", "bad-access in foo_ioctl", NULL,
	 "foo_ioctl foo_dispatch foo_dev_ioctl vfs_ioctl", false, -1, -1},
	{"[    9.0001] Kernel panic - not syncing: corrupted stack end detected inside scheduler\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0005]  panic+0x45/0x5d\n"
	 "[    9.0006]  __schedule+0x45/0x5d\n"
	 "[    9.0007]  foo_recurse+0x30/0x90\n"
	 "[    9.0008]  foo_begin+0x30/0x90\n" SYSCALL,
	 "kernel panic: corrupted stack end in foo_begin", "stack-overflow in foo_begin", NULL, NULL,
	 false, -1, -1},
	/* warnings have no family */
	{"[    9.0001] WARNING: CPU: 0 PID: 7 at fs/foo/bar.c:9 foo_sync+0x30/0x90\n"
	 "[    9.0002] RIP: 0010:foo_sync+0x30/0x90\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0006]  bar_sync+0x45/0x5d\n"
	 "[    9.0007]  baz_sync+0x30/0x90\n" SYSCALL,
	 "WARNING in foo_sync", "", "fs/foo/bar.c", "foo_sync bar_sync baz_sync", false, -1, -1},
	/* the other spellings of a function */
	{"[  290.0001] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [repro:77]\n"
	 "[  290.0002] RIP: 0010:foo_walk+0x30/0x90\n"
	 "[  290.0004] Call Trace:\n"
	 "[  290.0005]  foo_walk+0x2d5/0x1000\n"
	 "[  290.0006]  foo_all+0x2d5/0x1000\n"
	 "[  290.0008]  __x64_sys_sync+0x2d5/0x1000\n" SYSCALL,
	 "BUG: soft lockup in sys_sync",
	 "BUG: soft lockup in __x64_sys_sync|stall in __x64_sys_sync|stall in sys_sync", NULL, NULL,
	 false, -1, -1},
	{"[  290.0001] INFO: task repro:77 blocked for more than 143 seconds.\n"
	 "[  290.0004] Call Trace:\n"
	 "[  290.0006]  __schedule+0x2d5/0x1000\n"
	 "[  290.0007]  schedule+0x5a/0xd0\n"
	 "[  290.0008]  synchronize_rcu_expedited+0x2d5/0x700\n"
	 "[  290.0009]  foo_unregister+0x2d/0x40\n" SYSCALL,
	 "INFO: task hung in synchronize_rcu",
	 "INFO: task hung in synchronize_rcu_expedited|hang in synchronize_rcu|"
	 "hang in synchronize_rcu_expedited", NULL, NULL, false, -1, -1},
	{"[    9.0001] BUG: Dentry 00000000abcd{i=2,n=x}  still in use (1) [unmount of ext4 loop4]\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0006]  umount_check+0x45/0x5d\n"
	 "[    9.0007]  d_walk+0x30/0x90\n"
	 "[    9.0008]  do_one_tree+0x30/0x90\n" SYSCALL,
	 "BUG: Dentry still in use in unmount", "BUG: Dentry still in use [unmount of ext4 loop4]",
	 NULL, NULL, false, -1, -1},
	{"[    9.0001] BUG: KCSAN: data-race in foo_get / foo_set\n",
	 "KCSAN: data-race in foo_get / foo_set", "", NULL, "", false, -1, -1},
	/* the stack is the interrupted one, and lockdep's last */
	{"[  290.0001] rcu: INFO: rcu_preempt self-detected stall on CPU\n"
	 "[  290.0004] Call Trace:\n"
	 "[  290.0005]  <IRQ>\n"
	 "[  290.0007]  rcu_sched_clock_irq+0x2d5/0x1000\n"
	 "[  290.0010]  asm_sysvec_apic_timer_interrupt+0x16/0x20\n"
	 "[  290.0011] RIP: 0010:foo_spin+0x30/0x90\n"
	 "[  290.0012]  foo_walk+0x30/0x90 fs/foo/walk.c:99\n"
	 "[  290.0013]  foo_setsockopt+0x30/0x90 fs/foo/opt.c:3\n"
	 "[  290.0014]  __sys_setsockopt+0x30/0x90 net/socket.c:2\n" SYSCALL,
	 "INFO: rcu detected stall in foo_setsockopt", "stall in foo_setsockopt", "fs/foo/walk.c",
	 "foo_spin foo_walk foo_setsockopt setsockopt", false, -1, -1},
	/* guilty: helpers, headers and held locks are passed, the deeper folder is preferred */
	{"BUG: KASAN: use-after-free in foo_peek include/linux/foo.h:12 [inline]\n"
	 "BUG: KASAN: use-after-free in foo_send+0x30/0x90 net/core/skbuff.c:99\n"
	 "Read of size 8 at addr ffff888004a5c010 by task repro/77\n"
	 "hardirqs last  enabled at (331): [<00000000eed64b41>] wrong+0x1/0x2 fs/wrong.c:3378\n"
	 " #0: ffff888004a5c0e8 (&foo->lock){+.+.}, at: wrong+0x1/0x2 fs/wrong.c:1465\n"
	 "Call Trace:\n"
	 " __dump_stack lib/dump_stack.c:16 [inline]\n"
	 " dump_stack+0x292/0x395 lib/dump_stack.c:52\n"
	 " kasan_report+0x230/0x340 mm/kasan/report.c:408\n"
	 " foo_peek include/linux/foo.h:12 [inline]\n"
	 " foo_send+0x30/0x90 net/core/skbuff.c:99\n"
	 " bar_output+0x30/0x90 net/bar.c:4\n"
	 " baz_output+0x30/0x90 net/baz/output.c:6\n"
	 " sys_send+0x30/0x90 fs/other/file.c:1\n",
	 "KASAN: use-after-free Read in foo_send", "bad-access in foo_send", "net/baz/output.c",
	 NULL, false, -1, -1},
	{"[    9.0001] kernel BUG at lib/list_debug.c:28!\n"
	 "[    9.0004] RIP: 0010:__list_add_valid+0x30/0x90 lib/list_debug.c:28\n"
	 "[    9.0005] Call Trace:\n"
	 "[    9.0006]  __list_add include/linux/list.h:60 [inline]\n"
	 "[    9.0007]  foo_queue+0x30/0x90 arch/x86/kvm/../../../virt/foo/./queue.c:145\n"
	 "[    9.0008]  foo_more+0x30/0x90 drivers/foo/more.c:1\n"
	 "[    9.0009]  foo_even_more+0x30/0x90 drivers/foo/more.c:2\n",
	 "BUG: corrupted list in foo_queue", "bad-access in foo_queue", "virt/foo/queue.c", NULL,
	 false, -1, -1},
	/* .. and entries that the unwinder doubts, however deep */
	{"[    9.0001] BUG: scheduling while atomic: repro/77/0x00000002\n"
	 "[    9.0005] Call Trace:\n"
	 "[    9.0006]  __schedule+0xf55/0x1810 kernel/sched/core.c:6000\n"
	 "[    9.0007]  ? wrong_inline kernel/trace/wrong.c:2 [inline]\n"
	 "[    9.0008]  ? wrong_on+0x3d/0x120 kernel/trace/wrong.c:49\n"
	 "[    9.0009]  exit_foo+0x88/0x3c0 kernel/foo.c:3\n"
	 "[    9.0010]  ? wrong_more+0x3d/0x120 kernel/trace/wrong.c:60\n",
	 "BUG: scheduling while atomic in exit_foo", "", "kernel/foo.c", "exit_foo", false, -1, -1},
	/* without a stack: where the lock was taken */
	{"[    9.0001] WARNING: lock held when returning to user space!\n"
	 "[    9.0002] repro/77 is leaving the kernel with locks still held!\n"
	 "[    9.0003] 1 lock held by repro/77:\n"
	 "[    9.0004]  #0: ffffffff82ee6028 (foo_lock){+.+.}-{3:3}, at: foo_open+0x12/0x20 "
	 "fs/foo/open.c:12\n",
	 "WARNING: lock held when returning to user space in foo_open", "", "fs/foo/open.c", NULL,
	 false, -1, -1},
	/* what was interrupted while a task was preempted in the reader */
	{"[    9.0001] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
	 "[    9.0002] Call Trace:\n"
	 "[    9.0003]  __schedule+0xf55/0x1810 kernel/sched/core.c:6000\n"
	 "[    9.0004]  ? sysvec_apic_timer_interrupt+0x84/0x90 arch/x86/kernel/apic/apic.c:1\n"
	 "[    9.0005]  trace_hardirqs_on+0x3d/0x120 kernel/trace/trace_preemptirq.c:49\n"
	 "[    9.0006]  irqentry_exit+0x3a/0x80 kernel/entry/common.c:4\n"
	 "[    9.0007]  asm_sysvec_apic_timer_interrupt+0x1b/0x20 "
	 "arch/x86/include/asm/idtentry.h:6\n"
	 "[    9.0008] RIP: 0010:foo_spin+0x9c/0xf0 drivers/foo/spin.c:9\n"
	 "[    9.0009]  foo_write+0x30/0x90 drivers/foo/main.c:3\n"
	 "[    9.0010]  vfs_write+0x30/0x90 fs/read_write.c:2\n" SYSCALL,
	 "INFO: rcu detected stall in foo_write", "stall in foo_write", "drivers/foo/spin.c",
	 NULL, false, -1, -1},
	/* only helpers: better one than none; a path that leaves the tree is none */
	{"[    9.0001] WARNING: CPU: 0 PID: 7 at lib/idr.c:9 idr_foo+0x30/0x90 lib/idr.c:9\n"
	 "[    9.0002] RIP: 0010:idr_foo+0x30/0x90 lib/../../etc/idr.c:9\n"
	 "[    9.0003] Call Trace:\n"
	 "[    9.0004]  idr_bar+0x30/0x90 /usr/src/linux/fs/idr.c:1\n"
	 "[    9.0005]  idr_baz+0x30/0x90 userspace/idr.c:2\n",
	 "WARNING in idr_foo", "", "lib/idr.c", NULL, false, -1, -1},
	/* Rust: the message is on the line behind the place */
	{"[    9.0001] rust_kernel: panicked at drivers/foo/foo.rs:60:5:\n"
	 "[    9.0001] attempt to add with overflow\n"
	 "[    9.0002] ------------[ cut here ]------------\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0005]  _RNvCscSpY9Juk0HT_7___rustc17rust_begin_unwind+0x15b/0x160\n"
	 "[    9.0006]  _RNvNtCs9jEwPDbx20M_4core9panicking9panic_fmt+0x84/0x90\n"
	 "[    9.0007]  _RNvXs1_Cs4_3fooNtB5_3DevNtC6kernel4File4open+0x30/0x90\n"
	 "[    9.0008]  chrdev_open+0x30/0x90\n" SYSCALL,
	 "attempt to add with overflow in <foo::Dev as kernel::File>::open", "", "drivers/foo/foo.rs",
	 "<foo::Dev as kernel::File>::open chrdev_open", false, -1, -1},
	/* the machine was out of order */
	{"*** stack smashing detected ***: terminated\n"
	 "[    9.0001] BUG: scheduling while atomic: repro/7/0x2\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0005]  foo_wait+0x30/0x90\n"
	 "[    9.0006]  bar_wait+0x30/0x90\n"
	 "[    9.0007]  baz_wait+0x30/0x90\n" SYSCALL,
	 "BUG: scheduling while atomic in foo_wait", "", NULL, NULL, true, -1, -1},
	{"[    8.0001] Out of memory: Killed process 312 (sshd) total-vm:1kB\n"
	 "[    9.0001] BUG: scheduling while atomic: repro/7/0x2\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0005]  foo_wait+0x30/0x90\n"
	 "[    9.0006]  bar_wait+0x30/0x90\n"
	 "[    9.0007]  baz_wait+0x30/0x90\n" SYSCALL,
	 "BUG: scheduling while atomic in foo_wait", "", NULL, NULL, true, -1, -1},
	/* a program that uses up its own memory is what a test may do */
	{"[    8.0001] Out of memory: Killed process 312 (repro) total-vm:1kB\n"
	 "[    9.0001] BUG: scheduling while atomic: syz.1.x/7/0x2\n"
	 "[    9.0003] CPU: 0 PID: 7 Comm: syz.12.7 Not tainted 6.1.0 #1\n"
	 "[    9.0004] Call Trace:\n"
	 "[    9.0005]  foo_wait+0x30/0x90\n"
	 "[    9.0006]  bar_wait+0x30/0x90\n"
	 "[    9.0007]  baz_wait+0x30/0x90\n" SYSCALL
	 "*** stack smashing detected ***: terminated\n",
	 "BUG: scheduling while atomic in foo_wait", "", NULL, NULL, false, 12, 7},
};
/* clang-format on */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_list(char **items, size_t n, const char *between, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++) {
		strbuf_adds(&b, i ? between : "");
		strbuf_adds(&b, items[i]);
	}
	assert_string_equal(b.data, want);
}

static void test_fields(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		const struct expected *x = &consoles[i];
		struct crash_reports r;

		crash_parse(x->console, strlen(x->console), &r);
		assert_int_equal(r.len, 1);
		assert_string_equal(r.items[0].title, x->title);
		if (r.items[0].n_alt)
			qsort(r.items[0].alt, r.items[0].n_alt, sizeof(char *), by_text);
		check_list(r.items[0].alt, r.items[0].n_alt, "|", x->alt);
		if (x->stack)
			check_list(r.items[0].stack, r.items[0].n_stack, " ", x->stack);
		if (x->guilty) {
			assert_non_null(r.items[0].guilty);
			assert_string_equal(r.items[0].guilty, x->guilty);
		} else {
			assert_null(r.items[0].guilty);
		}
		assert_int_equal(r.items[0].suppressed, x->suppressed);
		assert_int_equal(r.items[0].executor.proc, x->proc);
		assert_int_equal(r.items[0].executor.id, x->id);
		crash_reports_done(&r);
	}
}

/* A report without a stack has the file of the one that comes of it, and of no later one. */
static void test_guilty_of_the_next(void **state _unused_)
{
	static const char bug[] = "VFS: Busy inodes after unmount of loop0.\n";
	static const char next[] = "WARNING: CPU: 0 PID: 7 at fs/foo/bar.c:9 foo_sync+0x30/0x90\n"
				   "RIP: 0010:foo_sync+0x30/0x90\n";
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct crash_reports r;

	strbuf_adds(&b, bug);
	strbuf_adds(&b, next);
	crash_parse(b.data, b.len, &r);
	assert_int_equal(r.len, 2);
	assert_string_equal(r.items[0].guilty, "fs/foo/bar.c");
	crash_reports_done(&r);
	strbuf_truncate(&b, 0);
	strbuf_adds(&b, bug);
	for (int i = 0; i < 200; i++)
		strbuf_adds(&b, "a program's line\n");
	strbuf_adds(&b, next);
	crash_parse(b.data, b.len, &r);
	assert_int_equal(r.len, 2);
	assert_null(r.items[0].guilty);
	crash_reports_done(&r);
}

/* Two reports of one context: the files of the second are not the first's, which has a stack. */
static void test_guilty_of_another(void **state _unused_)
{
	static const char console[] =
		"[    9.000000][    C1] BUG: scheduling while atomic: repro/77/0x00000002\n"
		"[    9.000100][    C1] Call Trace:\n"
		"[    9.000200][    C1]  foo_write+0x30/0x90\n"
		"[    9.000300][    C1]  ksys_write+0x30/0x90\n"
		"[    9.100000][    C1] WARNING: CPU: 1 PID: 0 at kernel/fork.c:562 "
		"free_task+0xb1/0xd0\n"
		"[    9.100100][    C1] RIP: 0010:free_task+0xb1/0xd0\n"
		"[    9.100200][    C1] Call Trace:\n"
		"[    9.100300][    C1]  rcu_core+0x8f5/0x1e00\n";
	struct crash_reports r;

	crash_parse(console, sizeof(console) - 1, &r);
	assert_int_equal(r.len, 2);
	assert_string_equal(r.items[0].frame, "foo_write");
	assert_null(r.items[0].guilty);
	assert_string_equal(r.items[1].guilty, "kernel/fork.c");
	crash_reports_done(&r);
}

static void test_lists_are_bounded(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct crash_reports r;

	strbuf_adds(&b, "BUG: scheduling while atomic: r/7/0x2\nCall Trace:\n");
	for (int i = 0; i < 1000; i++)
		strbuf_addf(&b, " ___sys_f%d+0x1/0x2 fs/%d.c:1\n", i, i);
	strbuf_adds(&b, "Comm: syz.99999999999.99999999999999 syz.-1.3 syz.2\n");
	crash_parse(b.data, b.len, &r);
	assert_int_equal(r.len, 1);
	assert_int_equal(r.items[0].n_stack, CRASH_STACK_MAX);
	assert_in_range(r.items[0].n_alt, 1, CRASH_ALT_MAX);
	assert_string_equal(r.items[0].guilty, "fs/0.c");
	assert_int_equal(r.items[0].executor.proc, -1);
	crash_reports_done(&r);
}

/* What compilers make of names, and how the source has them. */
static const struct {
	const char *mangled, *plain;
} names[] = {
	{"_RNvNtCs1_3foo3bar3baz", "foo::bar::baz"},
	{"_RNvCscPPBqWtAqumLongHash_3foo3bar", "foo::bar"},
	{"_RNvMs_NtC3foo3barNtB4_3Baz3run", "<foo::bar::Baz>::run"},
	{"_RNvXs1_C3fooNtB5_3DevNtC6kernel4File4open", "<foo::Dev as kernel::File>::open"},
	{"_RNvYNtC3foo3DevNtC6kernel4File4open", "<foo::Dev as kernel::File>::open"},
	{"_RNCNvC3foo3bar0B3_", "foo::bar::{closure}"},
	{"_RINvC3foo3barmE", "foo::bar<u32>"},
	{"_RINvC3foo3barRShQjTlbEE", "foo::bar<&[u8], &mut usize, (i32, bool)>"},
	{"_Z6fooBariii", "fooBar"},
	/* what is wrong, or goes too far, stays */
	{"_RNvB_3foo", "_RNvB_3foo"},
	{"_RNvC3fo", "_RNvC3fo"},
	{"_RNvC99999999999999999999999foo", "_RNvC99999999999999999999999foo"},
	{"_RINvC3foo3barFEuE", "_RINvC3foo3barFEuE"},
	{"_RTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT",
	 "_RTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT"},
	{"_Z99foo", "_Z99foo"},
	{"_R", "_R"},
};

static void test_names(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
		struct crash_reports r;

		strbuf_addf(&b, "BUG: scheduling while atomic: r/7/0x2\nCall Trace:\n %s+0x1/0x2\n",
			    names[i].mangled);
		crash_parse(b.data, b.len, &r);
		assert_int_equal(r.len, 1);
		assert_string_equal(r.items[0].frame, names[i].plain);
		assert_string_equal(r.items[0].stack[0], names[i].plain);
		assert_int_equal(r.items[0].n_alt, 0);
		crash_reports_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_guilty_of_the_next),
		cmocka_unit_test(test_guilty_of_another),
		cmocka_unit_test(test_lists_are_bounded),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
