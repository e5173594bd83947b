/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that crash reports have in common, as data: functions and source files that only do
 * what others asked for, and what else says nothing about who is to blame. Function names are
 * matched in parts ("^" and "$" tie them to an end); so are paths. Every list ends with NULL.
 */
#include "crash/table/table.h"

/* Word lists are laid out for readers. */
/* clang-format off */

const char *const crash_skip[] = {
	/* sanitizers and coverage */
	"__sanitizer", "__asan", "kasan", "__msan", "kmsan", "kcsan", "kcov", "__hwasan", "ubsan",
	"check_memory_region", "check_region_inline", "read_word_at_a_time", "instrument_",
	"print_address_description", "print_report", "end_report", "fail_dump", "rust_begin_unwind",
	"rust_helper_BUG",
	/* how the kernel gets to report */
	"panic", "invalid_op", "report_bug", "handle_bug", "fixup_bug", "do_error",
	"exc_invalid_op", "exc_general", "exc_divide", "exc_double", "exc_int3", "exc_debug",
	"asm_exc_",
	"_trap$", "do_trap", "show_stack", "dump_stack", "dump_backtrace", "unwind_backtrace",
	"show_trace", "warn_slowpath", "__warn", "warn_alloc", "df_debug", "double_fault",
	"print_tainted", "add_taint", "alloc_warn", "die$", "^die_",
	"do_tag_check_fault", "do_translation_fault", "do_mem_abort", "bad_stack", "^el1_",
	"^el1h_", "slb_fault", "irqentry_",
	"program_check", "walk_stackframe", "unwind_next_frame", "arch_stack_walk",
	"stack_trace_save", "save_stack", "warn_bogus", "__phys_addr",
	"do_kern_addr_fault", "do_kernel_fault", "assertfail", "bad_area", "no_context", "oops",
	"asm_", "print_unlock", "print_usage", "print_circular", "print_bad",
	"print_deadlock", "print_lock", "print_irq_inversion", "print_shortest", "debug_lockdep",
	/* allocation */
	"alloc_page", "kmalloc", "kzalloc", "kcalloc", "^vmalloc", "^__vmalloc", "^_vmalloc",
	"vzalloc", "krealloc",
	"kvmalloc", "kmem_cache", "allocate_slab", "^slab_", "^__slab_", "^___slab_", "new_slab",
	"kmemdup", "memdup_user", "kstrdup", "alloc_frozen", "mempool_alloc", "kfree", "kvfree",
	"vfree", "vunmap", "call_rcu",
	/* user copies and string helpers */
	"copy_from_iter", "copy_to_iter", "copy_from_user", "copy_to_user", "^copy_user",
	"^__copy_user", "get_user", "put_user", "_user_generic",
	"usercopy", "check_object", "heap_object", "check_heap", "strncpy", "strcpy", "memcpy",
	"memset", "memmove", "memcmp", "memchr", "^strlen", "strnlen", "^strcmp", "strncmp",
	"strscpy", "strlcpy", "strcat", "might_fault", "fortify",
	/* locks */
	"lock_acquire", "lock_release", "lock_class", "__lock_", "^check_prev_",
	"check_deadlock", "check_noncircular", "reacquire_held_locks", "validate_chain",
	"mark_lock", "mark_held", "lockdep",
	"^_?spin_", "spin_lock", "spin_unlock", "spin_trylock", "read_lock", "read_unlock",
	"^write_lock", "^_write_lock", "^__write_lock", "queued_write_lock", "write_unlock",
	"do_raw_", "^_raw_", "^__raw_", "^raw_spin_", "^raw_read_", "^raw_write_", "mutex_lock",
	"mutex_trylock", "mutex_unlock",
	"^down_", "^up_", "__down", "^down$", "^up$", "rwsem", "rwbase", "rq_lock", "seqprop",
	"seqcount", "folio_lock", "^unlock_page$", "^lock_page$", "^__lock_page",
	"folio_unlock", "rt_mutex", "rtlock",
	"percpu_down", "local_bh", "irq_enable", "irq_disable", "trace_hardirqs", "trace_softirqs",
	"_lock_irq", "_lock_bh", "lock_sock", "release_sock", "queued_", "pv_queued",
	"osq_lock", "^__wake_up", "^wake_up$", "wake_up_process", "^complete$", "^complete_all",
	"^complete_", "wait_for_completion",
	"remove_waiter", "swake_up",
	/* text */
	"^string$", "hex_string", "vsnprintf", "^snprintf", "^sprintf", "vscnprintf", "^printk",
	"^_printk", "vprintk",
	"pointer$", "^strn", "^strs", "^strl", "^strc",
	/* work, timers, threads: whoever asks is to blame */
	"flush_work", "flush_delayed", "drain_workqueue", "destroy_workqueue", "^cancel_work",
	"__cancel_", "queue_work", "queue_delayed", "del_timer", "mod_timer",
	"add_timer", "^kthread_stop", "timer_delete", "insert_work", "try_to_grab_pending",
	"lock_timer_base",
	/* the device model */
	"^kobject_", "^__kobject_", "^kset_", "^device_add", "^device_del", "^device_register",
	"^device_unregister", "^device_destroy", "^device_remove_", "^sysfs_", "^dpm_sysfs_",
	"^klist_", "^get_device", "hwrng_unregister", "i2c_del_adapter",
	"^_dev_", "^dev_printk", "^__dev_printk",
	"usb_kill_urb", "usb_control_msg", "usb_bulk_msg", "usb_interrupt_msg",
	"usb_start_wait_urb", "rollback_registered", "unregister_netdev",
	/* containers and buffers */
	"skb_put", "skb_push", "skb_panic",
	"skb_over_panic", "skb_under_panic", "crc_itu_t", "crc32", "^crc", "^aes_", "^aesti_",
	"^sha", "rb_erase", "rb_insert", "hlist_", "llist_",
	/* tracing and thunks */
	"perf_trace", "__x86_indirect_thunk", "_thunk$", "trace_event_raw",
	/* lists, reference counts, atomics, debug objects */
	"list_add", "list_del", "list_move", "list_splice", "list_debug", "refcount", "atomic_dec",
	"atomic_inc", "atomic_read", "atomic_set", "atomic_or", "atomic_xor", "atomic_and",
	"atomic_add", "atomic_sub", "atomic_fetch", "atomic_xchg", "atomic_cmpxchg", "atomic_try",
	"atomic64_", "atomic_long_",
	"^kref_", "ref_tracker", "^iput$", "^dput$", "^fast_dput$", "debug_object",
	"is_static_object", "find_bit", "find_next_bit",
	/* waiting and preemption */
	"might_sleep", "might_resched", "schedule_debug", "__schedule", "^schedule$",
	"schedule_timeout", "preempt_schedule", "preempt_count", "rcu_lock", "rcu_read",
	NULL,
};

const char *const crash_stall_anchors[] = {
	/* what dispatches work */
	"process_one_work", "do_syscall_", "do_fast_syscall_", "sysenter_dispatch",
	"tracesys_phase2", "el0_svc_handler", "el0_svc_common", "invoke_syscall",
	"ret_fast_syscall", "__invoke_syscall", "netif_receive_skb", "do_softirq", "call_timer_fn",
	"_run_timers", "run_timer_softirq", "hrtimer_run", "run_ksoftirqd", "smpboot_thread_fn",
	"^kthread$", "start_secondary", "cpu_startup_entry", "ret_from_fork", "system_call",
	/* system calls that say little without what they call */
	"vfs_write", "vfs_read", "vfs_iter_read", "vfs_iter_write", "do_iter_read",
	"do_iter_write", "call_read_iter", "call_write_iter", "new_sync_read", "new_sync_write",
	"vfs_ioctl", "_sys_ioctl", "SyS_ioctl", "compat_ioctl", "ksys_read", "ksys_write",
	"blkdev_driver_ioctl", "blkdev_ioctl", "do_splice",
	"do_mmap", "mmap_region", "do_dentry_open", "vfs_open", "^sock_sendmsg", "^sock_recvmsg",
	"^sock_release", "^__sock_release", "^sock_setsockopt", "^kernel_setsockopt",
	"^compat_sock_setsockopt", "^inet_setsockopt", "^__sys_setsockopt", "^sock_ioctl",
	"^sock_do_ioctl", "^__sys_bind", "^__sys_connect", "smp_call_function", "^__fput$",
	"^task_work_run$",
	"rtnetlink_rcv_msg", "nfnetlink_rcv_msg",
	"netlink_dump", "genl_lock_dumpit", "sock_common_setsockopt", "^__do_fault", NULL,
};

const struct crash_bucket crash_hang_buckets[] = {
	{ "synchronize_rcu", "synchronize_rcu" },
	{ "synchronize_srcu", "synchronize_rcu" },
	{ "synchronize_net", "synchronize_rcu" },
	{ "synchronize_sched", "synchronize_rcu" },
	{ "rtnl_lock", NULL },
	{ 0 },
};

const char *const crash_hang_skip[] = {
	"sched", "_lock", "_slowlock", "down", "rwsem", "completion", "kthread", "wait",
	"synchronize", "context_switch", "__switch_to", "^cancel_", "^__cancel_",
	"do_read_cache_folio", NULL,
};

const char *const crash_helper_files[] = {
	/* what is inlined everywhere, and what everyone calls */
	".h$", "^lib/", "/lib/", "^virt/lib/", "^include/", "^rust/",
	/* memory */
	"^mm/kasan/", "^mm/kmsan/", "^mm/kfence/", "^mm/slab", "^mm/slub", "^mm/slob",
	"^mm/memory.c", "^mm/percpu",
	"^mm/vmalloc.c", "^mm/page_alloc.c", "^mm/mempool.c", "^mm/util.c", "^mm/filemap.c",
	"^mm/kmemleak.c",
	"^mm/list_lru.c", "^mm/dmapool.c", "^mm/debug", "^mm/usercopy.c", "^mm/maccess.c",
	"^mm/mempolicy.c",
	"^mm/page_owner.c", "^mm/page_ext.c",
	/* traps and reporting */
	"/kernel/traps.c$", "/mm/fault.c$", "/mm/physaddr.c$", "/mm/extable.c$",
	"/kernel/stacktrace.c$",
	"/kernel/unwind", "/kernel/dumpstack", "/kernel/process.c$", "/kernel/entry",
	"/kernel/irq.c$",
	"/kernel/apic/", "/kernel/debug-monitors.c$", "/kernel/time.c$",
	"^arch/arm64/kernel/syscall.c",
	"^arch/x86/entry/", "^arch/arm/kernel/", "/kernel/syscall", "/kernel/smp.c$",
	"/kernel/nmi.c$", "/kernel/hw_breakpoint.c$",
	"^kernel/panic.c", "^kernel/kcov.c", "^kernel/kcsan/", "^kernel/stacktrace.c",
	"^kernel/printk/",
	"^kernel/entry/", "^kernel/hung_task.c", "^kernel/watchdog", "^kernel/bug.c",
	"^kernel/exit.c",
	/* locks, time, threads */
	"^kernel/locking/", "^kernel/rcu/", "^kernel/sched/", "^kernel/softirq.c",
	"^kernel/kthread.c",
	"^kernel/workqueue.c", "^kernel/time/", "^kernel/task_work.c", "^kernel/smp.c",
	"^kernel/smpboot.c",
	"^kernel/irq/", "^kernel/notifier.c", "^kernel/stop_machine.c",
	"^kernel/trace/trace_preemptirq.c",
	/* the core of sockets, devices and files: whoever calls is to blame */
	"^net/core/dev.c", "^net/core/sock.c", "^net/core/skbuff.c", "^net/core/stream.c",
	"^fs/proc/generic.c", "^fs/sysfs/", "^fs/inode.c", "^trusty/", "^drivers/usb/core/urb.c",
	NULL,
};

const char *const crash_aside[] = {
	"hardirqs last ", "softirqs last ", "allocated at ", "lock held at", "locks held by",
	"LR is at", "lr : ", "^#%d", "^ #%d", "last enabled at", "last disabled at",
	NULL,
};

const char *const crash_irq_entries[] = {
	"apic_timer_interrupt+0x", "el1_irq+0x", "el1h_64_irq+0x", "__irq_svc", "Exception stack",
	NULL,
};

const char *const crash_stack_ends[] = {
	"entry_SYSCALL", "^do_syscall_", "^do_fast_syscall", "^el0_svc", "^invoke_syscall",
	"^ret_from_fork", "^ret_fast_syscall", "^system_call", "^start_kernel$", "^x64_sys_call$",
	"^__do_fast_syscall", "^do_int80", NULL,
};

const char *const crash_out_of_order[] = {
	"*** stack smashing detected ***", /* a program's stack, with what tests the kernel in it */
	"INIT: PANIC: ",
	/* no memory for what controls the test; a test itself may run out of it */
	"runtime: out of memory",
	"fatal error: runtime: cannot allocate memory",
	"Out of memory: Kill%*(%{sshd|syz-fuzzer|syz-executor|init|systemd})",
	"Killed process %*(%{sshd|syz-fuzzer|syz-executor|init|systemd})",
	"lowmemorykiller: Killing '%{sshd|syz-fuzzer|syz-executor|init}'",
	"pthread_create failed",
	"panic: failed to create temp dir",
	"panic: failed to start executor binary",
	/* a file behind a mapping is gone, or there is no memory for it */
	"SYZFAIL: SIGBUS",
	"signal SIGBUS: bus error",
	"fatal error: unexpected signal during runtime execution",
	NULL,
};
