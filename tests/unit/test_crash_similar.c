/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The similarity of reports: what one bug looks like from kernel to kernel and from run to run must
 * stay together, and what merely happens to the same reproducer must stay apart. The consoles are
 * written for the tests in the kernel's formats.
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
#include "crash/similar.h"

/* Consoles are laid out for readers. */
/* clang-format off */
#define TRACE "[    9.2000] Call Trace:\n[    9.2001]  <TASK>\n"
#define END                                                          \
	"[    9.8000]  do_syscall_64+0x3b/0x90\n"                    \
	"[    9.8001]  entry_SYSCALL_64_after_hwframe+0x63/0xcd\n"   \
	"[    9.8002]  </TASK>\n"

/* A reference count that falls below zero, on the way from close() */
#define SK_FREE                                                      \
	"[    9.3001]  foo_sk_free+0x30/0x90 net/foo/sock.c:70\n"    \
	"[    9.3002]  foo_sk_destroy+0x30/0x90 net/foo/sock.c:90\n" \
	"[    9.3003]  foo_release+0x30/0x90 net/foo/sock.c:110\n"   \
	"[    9.3004]  __sock_release+0x30/0x90 net/socket.c:600\n"  \
	"[    9.3005]  sock_close+0x30/0x90 net/socket.c:700\n"      \
	"[    9.3006]  __fput+0x30/0x90 fs/file_table.c:300\n" END

static const char refcount_checked[] =
	"[    9.0001] WARNING: CPU: 0 PID: 7 at lib/refcount.c:187 "
	"refcount_sub_and_test_checked+0x1/0x2 lib/refcount.c:187\n"
	"[    9.0002] RIP: 0010:refcount_sub_and_test_checked+0x1/0x2 lib/refcount.c:187\n" TRACE
	"[    9.3000]  sock_wfree_checked+0x30/0x90 net/foo/sock.c:12\n" SK_FREE;
static const char refcount[] =
	"[    9.0001] WARNING: CPU: 1 PID: 9 at lib/refcount.c:28 "
	"refcount_sub_and_test+0x1/0x2 lib/refcount.c:28\n"
	"[    9.0002] RIP: 0010:refcount_sub_and_test+0x1/0x2 lib/refcount.c:28\n" TRACE
	"[    9.3000]  __sock_wfree+0x30/0x90 net/foo/sock.c:14\n" SK_FREE;
static const char refcount_gpf[] =
	"[    9.0001] general protection fault: 0000 [#1] PREEMPT SMP KASAN\n"
	"[    9.0002] RIP: 0010:sock_wfree+0x30/0x90 net/foo/sock.c:14\n" TRACE
	"[    9.3000]  foo_sk_put+0x30/0x90 net/foo/sock.c:40\n" SK_FREE;
static const char refcount_null[] =
	"[    9.0001] BUG: kernel NULL pointer dereference, address: 0000000000000010\n"
	"[    9.0002] RIP: 0010:foo_sk_free+0x3/0x90 net/foo/sock.c:71\n" TRACE SK_FREE;

/* A request that is ended twice */
#define REQUEST_END                                                  \
	"[    9.3001]  request_end+0x30/0x90 fs/fuse/dev.c:300\n"    \
	"[    9.3002]  end_requests+0x30/0x90 fs/fuse/dev.c:400\n"   \
	"[    9.3003]  fuse_abort_conn+0x30/0x90 fs/fuse/dev.c:500\n" \
	"[    9.3004]  fuse_dev_release+0x30/0x90 fs/fuse/dev.c:600\n" END
static const char request_uaf[] =
	"[    9.0001] BUG: KASAN: use-after-free in request_end+0x30/0x90 fs/fuse/dev.c:300\n"
	"[    9.0002] Read of size 8 at addr ffff888004a5c010 by task repro/77\n" TRACE REQUEST_END;
static const char request_warning[] =
	"[    9.0001] WARNING: CPU: 0 PID: 7 at fs/fuse/dev.c:290 request_end+0x10/0x90 "
	"fs/fuse/dev.c:290\n"
	"[    9.0002] RIP: 0010:request_end+0x10/0x90 fs/fuse/dev.c:290\n" TRACE REQUEST_END;

/* A lock inversion in a kernel, and a bad address for the same path in the next */
#define USB_PATH                                                     \
	"[    9.3001]  dvb_urb_map+0x30/0x90 drivers/media/dvb/urb.c:3\n"    \
	"[    9.3002]  dvb_urb_start+0x30/0x90 drivers/media/dvb/urb.c:4\n"  \
	"[    9.3003]  dvb_feed_start+0x30/0x90 drivers/media/dvb/feed.c:5\n" \
	"[    9.3004]  dvb_dmx_ioctl+0x30/0x90 drivers/media/dvb/dmx.c:6\n" END
static const char inversion[] =
	"[    9.0001] WARNING: possible circular locking dependency detected\n"
	"[    9.0002] 6.1.0 #1 Not tainted\n"
	"[    9.0004] repro/77 is trying to acquire lock:\n"
	"[    9.0005] ffff888004a5c0e8 (&d->lock){+.+.}-{3:3}, at: dvb_urb_map+0x30/0x90 "
	"drivers/media/dvb/urb.c:3\n"
	"[    9.0008] which lock already depends on the new lock.\n"
	"[    9.1000] stack backtrace:\n" TRACE USB_PATH;
static const char physaddr[] =
	"[    9.0001] kernel BUG at arch/x86/mm/physaddr.c:28!\n"
	"[    9.0003] invalid opcode: 0000 [#1] PREEMPT SMP\n"
	"[    9.0004] RIP: 0010:__phys_addr+0x30/0x90 arch/x86/mm/physaddr.c:28\n" TRACE USB_PATH;

/* A queue that is used after it was freed, and the task that waits for it forever */
static const char queue_uaf[] =
	"[    9.0001] BUG: KASAN: use-after-free in vb2_mmap+0x30/0x90 drivers/media/vb2/core.c:9\n"
	"[    9.0002] Read of size 8 at addr ffff888004a5c010 by task repro/77\n" TRACE
	"[    9.3001]  vb2_mmap+0x30/0x90 drivers/media/vb2/core.c:9\n"
	"[    9.3002]  vb2_fop_mmap+0x30/0x90 drivers/media/vb2/v4l2.c:9\n"
	"[    9.3003]  v4l2_mmap+0x30/0x90 drivers/media/v4l2/dev.c:9\n" END;
static const char queue_hung[] =
	"[  290.0001] INFO: task repro:77 blocked for more than 143 seconds.\n" TRACE
	"[    9.3001]  schedule+0x30/0x90 kernel/sched/core.c:9\n"
	"[    9.3002]  vb2_wait_for_all+0x30/0x90 drivers/media/vb2/core.c:300\n"
	"[    9.3003]  vb2_fop_release+0x30/0x90 drivers/media/vb2/v4l2.c:90\n"
	"[    9.3004]  v4l2_release+0x30/0x90 drivers/media/v4l2/dev.c:90\n" END;

/* A stall is noticed in whatever runs */
#define STALL(innermost)                                             \
	"[  290.0001] rcu: INFO: rcu_preempt self-detected stall on CPU\n" TRACE \
	"[  290.0010]  asm_sysvec_apic_timer_interrupt+0x16/0x20\n"  \
	"[  290.0011] RIP: 0010:" innermost                          \
	"[    9.3001]  bar_walk+0x30/0x90 net/bar/walk.c:1\n"        \
	"[    9.3002]  bar_dump+0x30/0x90 net/bar/dump.c:2\n"        \
	"[    9.3003]  bar_get_all+0x30/0x90 net/bar/dump.c:3\n" END
static const char stall_one[] = STALL("crc_block+0x1/0x2\n");
static const char stall_other[] = STALL(
	"rb_next+0x1/0x2\n"
	"[    9.3]  bar_find+0x1/0x2 net/bar/tree.c:1\n");
/* .. and so may its title be: the soft lockup watchdog was first */
static const char lockup[] =
	"[  290.0001] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [repro:77]\n"
	"[  290.0011] RIP: 0010:memcmp+0x1/0x2\n" TRACE
	"[    9.3001]  bar_walk+0x30/0x90 net/bar/walk.c:1\n"
	"[    9.3002]  bar_dump+0x30/0x90 net/bar/dump.c:2\n"
	"[    9.3003]  bar_get_all+0x30/0x90 net/bar/dump.c:3\n" END;
/* another loop, elsewhere */
static const char stall_elsewhere[] =
	"[  290.0001] rcu: INFO: rcu_preempt self-detected stall on CPU\n" TRACE
	"[  290.0010]  asm_sysvec_apic_timer_interrupt+0x16/0x20\n"
	"[  290.0011] RIP: 0010:hash_bytes+0x1/0x2\n"
	"[    9.3001]  qux_fill+0x30/0x90 drivers/qux/fill.c:1\n"
	"[    9.3002]  qux_play+0x30/0x90 drivers/qux/play.c:2\n"
	"[    9.3003]  qux_write+0x30/0x90 drivers/qux/play.c:3\n" END;

/* A hang in a filesystem; the lock checker's tables are full in the same mount */
#define XFS_MOUNT                                                    \
	"[    9.3003]  xfs_log_mount+0x30/0x90 fs/xfs/xfs_log.c:3\n" \
	"[    9.3004]  xfs_mountfs+0x30/0x90 fs/xfs/xfs_mount.c:4\n" \
	"[    9.3005]  xfs_fs_fill_super+0x30/0x90 fs/xfs/xfs_super.c:5\n" \
	"[    9.3006]  get_tree_bdev+0x30/0x90 fs/super.c:6\n" END
static const char xfs_hang[] =
	"[  290.0001] INFO: task repro:77 blocked for more than 143 seconds.\n" TRACE
	"[    9.3001]  schedule+0x30/0x90 kernel/sched/core.c:9\n"
	"[    9.3002]  xfs_buf_iowait+0x30/0x90 fs/xfs/xfs_buf.c:30\n" XFS_MOUNT;
static const char xfs_hang_again[] =
	"[  150.0001] INFO: task repro:99 blocked for more than 143 seconds.\n" TRACE
	"[    9.3001]  schedule+0x30/0x90 kernel/sched/core.c:10\n"
	"[    9.3002]  __xfs_buf_iowait+0x30/0x90 fs/xfs/xfs_buf.c:31\n" XFS_MOUNT;
static const char lockdep_keys[] =
	"[    9.0001] BUG: MAX_LOCKDEP_KEYS too low!\n"
	"[    9.0002] turning off the locking correctness validator.\n" TRACE
	"[    9.3001]  register_lock_class+0x30/0x90 kernel/locking/lockdep.c:9\n"
	"[    9.3002]  __lock_acquire+0x30/0x90 kernel/locking/lockdep.c:10\n" XFS_MOUNT;
/* a bug of other code, which the same reproducer meets */
static const char leak[] =
	"BUG: memory leak\n"
	"unreferenced object 0xffff888004a5c000 (size 64):\n"
	"  backtrace:\n"
	"    [<ffffffff82a5f1d0>] nf_bar_alloc+0x2d/0x40 net/netfilter/bar.c:9\n"
	"    [<ffffffff82a5f1d1>] nf_bar_init+0x2d/0x40 net/netfilter/bar.c:10\n"
	"    [<ffffffff82a5f1d9>] ops_init+0x2d/0x40 net/core/net_namespace.c:9\n";
static const char mangled[] = "[    9.0001] BUG: KASAN: use-after-free in requ";
/* clang-format on */

static const struct {
	const char *what, *a, *b;
	double min, max;
} pairs[] = {
	{"the same", xfs_hang, xfs_hang, 1, 1},
	{"renamed: _checked", refcount_checked, refcount, 0.8, 1},
	{"refcount warning, then GPF", refcount, refcount_gpf, CRASH_ALIKE, 1},
	{"GPF, then NULL", refcount_gpf, refcount_null, CRASH_ALIKE, 1},
	{"refcount warning, then NULL", refcount_checked, refcount_null, CRASH_ALIKE, 1},
	{"UAF, then WARNING", request_uaf, request_warning, CRASH_ALIKE, 1},
	{"inversion, then kernel BUG", inversion, physaddr, CRASH_ALIKE, 1},
	{"UAF, then hang", queue_uaf, queue_hung, CRASH_FOREIGN, 1},
	{"stalls in random functions", stall_one, stall_other, CRASH_ALIKE, 1},
	{"stall, then lockup", stall_one, lockup, CRASH_ALIKE, 1},
	{"hang, renamed", xfs_hang, xfs_hang_again, 0.9, 1},
	/* what must stay apart */
	{"hang, tables full", xfs_hang, lockdep_keys, 0, 0},
	{"hang, leak elsewhere", xfs_hang, leak, 0, CRASH_FOREIGN},
	{"hang, UAF elsewhere", xfs_hang, request_uaf, 0, CRASH_FOREIGN},
	{"hang, WARNING elsewhere", xfs_hang, refcount, 0, CRASH_FOREIGN},
	{"UAF, UAF elsewhere", request_uaf, queue_uaf, 0, CRASH_FOREIGN},
	{"WARNING, WARNING elsewhere", request_warning, refcount, 0, CRASH_FOREIGN},
	{"stall, stall elsewhere", stall_one, stall_elsewhere, 0, CRASH_ALIKE},
	{"hang, stall elsewhere", xfs_hang, stall_one, 0, CRASH_FOREIGN},
	{"tables full, twice", lockdep_keys, lockdep_keys, 1, 1},
	{"nothing is known of a mangled one", mangled, request_uaf, 0, CRASH_ALIKE},
};

static double compare(const char *a, const char *b, struct strbuf *why)
{
	struct crash_reports x, y;
	double value;

	crash_parse(a, strlen(a), &x);
	crash_parse(b, strlen(b), &y);
	assert_true(x.len && y.len);
	value = crash_similarity(&x.items[0], &y.items[0], why);
	crash_reports_done(&x);
	crash_reports_done(&y);
	return value;
}

static void test_pairs(void **state _unused_)
{
	bool failed = false;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
		double value = compare(pairs[i].a, pairs[i].b, &why);
		bool ok = value >= pairs[i].min - 1e-9 && value <= pairs[i].max + 1e-9;

		if (!ok)
			print_error("%s: %.2f: %s\n", pairs[i].what, value, why.data);
		failed |= !ok;
		assert_true(why.len > 0);
	}
	assert_false(failed);
}

static void test_symmetric(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(pairs); k++) {
			double ab = compare(pairs[i].a, pairs[k].b, NULL);
			double ba = compare(pairs[k].b, pairs[i].a, NULL);

			assert_true(ab >= 0 && ab <= 1);
			assert_true(ab - ba < 1e-9 && ba - ab < 1e-9);
		}
	}
}

static void test_why(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;

	compare(refcount_gpf, refcount_null, &why);
	assert_string_equal(why.data, "function in the other's stack; same kind; 4 of 4 frames; "
				      "same file net/foo/sock.c");
}

/* What the monitor reports has a title and nothing else. */
static void test_titles_only(void **state _unused_)
{
	static char lost[] = "lost connection to test machine", hang[] = "INFO: task hung in foo";
	static char uaf[] = "KASAN: use-after-free Read in bar";
	static char gpf[] = "general protection fault in bar";
	struct crash_report a = {.title = lost}, b = {.title = hang};
	struct crash_report c = {.title = uaf}, d = {.title = gpf};

	assert_true(crash_similarity(&c, &d, NULL) > CRASH_ALIKE);
	assert_true(crash_similarity(&b, &d, NULL) < CRASH_FOREIGN);
	assert_true(crash_similarity(&a, &b, NULL) < CRASH_FOREIGN);
	assert_true(crash_similarity(&a, &a, NULL) > CRASH_ALIKE);
	assert_true(crash_similarity(&b, &b, NULL) > CRASH_ALIKE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_symmetric),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_titles_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
