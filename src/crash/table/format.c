/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's crash reports look like, as data. To teach the parser a new kind of crash, add
 * a row to the formats of the header that its first line contains; when no header fits, add a
 * header. Rows are tried in order where several fit at the same place, so the particular goes
 * before the general. A line that has a header's text and means no harm gets a row in the
 * header's suppressions.
 *
 * Invariants: a header's text is at least four bytes long (the detector's filter needs that), every
 * table ends with a row of NULLs, and titles follow the field's conventions, so that a title found
 * here can be searched for elsewhere.
 */
#include "crash/table/table.h"

/* Rows and word lists are laid out for readers. */
/* clang-format off */

/* Ways to the frame. */
#define IN_LINE(text) text "%* %F\n" /* the function that the line itself names */
#define RIP "%{RIP: %x:|RIP: |IP: |IP is at|PC is at|pc : |epc : |NIP [|--- interrupt: }%*%F\n"
#define TRACE "%{Call Trace|Call trace|Backtrace:}\n@"
#define AT "at:%*%F\n"
/* Newer kernels trap at a warning: the stack goes on below the RIP line; older ones just print. */
#define WARN RIP "@", TRACE

static const char *const bug_suppress[] = {
	"ODEBUG:", "DEBUG:", "_BUG:", NULL,
};

static const struct crash_format bug_formats[] = {
	{ .match = "BUG: KASAN: %{double-free or invalid-free|double-free|invalid-free} in ",
	  .title = "KASAN: invalid-free in $F",
	  .alt = "invalid-free in $F",
	  .frames = { IN_LINE("BUG: KASAN:") TRACE, TRACE },
	  .skip = "kfree kvfree vfree slab_free kmem_cache_free" },
	{ .match = "BUG: KASAN: %a in ",
	  .need = "%{Read|Write} %{of size|at addr}",
	  .title = "KASAN: $1 $2 in $F",
	  .alt = "bad-access in $F",
	  .frames = { IN_LINE("BUG: KASAN:") TRACE, TRACE } },
	{ .match = "BUG: KASAN: %a on address",
	  .need = "%{Read|Write} of size",
	  .title = "KASAN: $1 $2" },
	{ .match = "BUG: KASAN: %r", .title = "KASAN: $1", .flags = CRASH_FORMAT_CORRUPTED },
	{ .match = "BUG: KMSAN: kernel-usb-infoleak",
	  .title = "KMSAN: kernel-usb-infoleak in $F",
	  .alt = "KMSAN origin in $F", /* who left it uninitialised */
	  .alt_frames = "Uninit was %{created|stored to memory} at:\n@",
	  .frames = { "BUG: KMSAN\n@" },
	  .skip = "usb_submit_urb usb_start_wait_urb usb_bulk_msg usb_interrupt_msg usb_control_msg "
		  "alloc_skb",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: KMSAN: %a in ",
	  .title = "KMSAN: $1 in $F",
	  .alt = "bad-access in $F",
	  .frames = { IN_LINE("BUG: KMSAN:") "@", "BUG: KMSAN\n@" },
	  .skip = "copy_page_to_iter copy_to_iter copyout instrument_copy simple_copy_to_iter "
		  "simple_read_from_buffer "
		  /* ciphers and generators compute what they are given */
		  "cipher_ crypto_ drbg_ jent_ rng_setkey hash_",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: KCSAN: data-race in %i / %i",
	  .title = "KCSAN: data-race in $1 / $2",
	  .flags = CRASH_FORMAT_NO_TRACE | CRASH_FORMAT_NAMED },
	{ .match = "BUG: KCSAN: %r", .title = "KCSAN: $1", .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: KFENCE: %{use-after-free|out-of-bounds} %{read|write} in ",
	  .title = "KFENCE: $1 $2 in $F",
	  .alt = "bad-access in $F",
	  .frames = { IN_LINE("BUG: KFENCE:") "@" },
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: KFENCE: invalid free in ",
	  .title = "KFENCE: invalid free in $F",
	  .alt = "invalid-free in $F",
	  .frames = { IN_LINE("BUG: KFENCE:") "@" },
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: KFENCE: invalid %{read|write} in ",
	  .title = "KFENCE: invalid $1 in $F",
	  .alt = "bad-access in $F",
	  .frames = { IN_LINE("BUG: KFENCE:") "@" },
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: KFENCE: memory corruption in ",
	  .title = "KFENCE: memory corruption in $F",
	  .frames = { IN_LINE("BUG: KFENCE:") "@" },
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: unable to handle %{kernel paging request|page fault for address}",
	  .title = "BUG: unable to handle kernel paging request in $F",
	  .alt = "bad-access in $F",
	  .frames = { RIP TRACE, TRACE } },
	{ .match = "BUG: %{unable to handle kernel|kernel} NULL pointer dereference",
	  .title = "BUG: unable to handle kernel NULL pointer dereference in $F",
	  .alt = "bad-access in $F",
	  .frames = { RIP TRACE, TRACE } },
	{ .match = "BUG: unable to handle kernel",
	  .title = "BUG: unable to handle kernel",
	  .flags = CRASH_FORMAT_CORRUPTED },
	{ .match = "BUG: %{spinlock|rwlock} %{lockup suspected|already unlocked|recursion|"
		   "bad magic|wrong owner|wrong CPU|trylock failure on UP|cpu recursion}",
	  .title = "BUG: $1 $2 in $F",
	  .frames = { TRACE },
	  .skip = "spin_" },
	{ .match = "BUG: soft lockup",
	  .title = "BUG: soft lockup in $F",
	  .alt = "stall in $F",
	  .frames = { RIP TRACE, TRACE },
	  .skip = "kvm_kick_cpu rcu apic_timer_interrupt",
	  .pick = CRASH_PICK_STALL },
	{ .match = "BUG: %*still has locks held!",
	  .title = "BUG: still has locks held in $F",
	  .frames = { AT TRACE } },
	{ .match = "BUG: scheduling while atomic",
	  .title = "BUG: scheduling while atomic in $F",
	  .frames = { TRACE },
	  .skip = "schedule" },
	{ .match = "BUG: lock held when returning to user space",
	  .need = "leaving the kernel with locks still held!",
	  .title = "BUG: lock held when returning to user space in $F",
	  .frames = { AT },
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: bad unlock balance detected!",
	  .title = "BUG: bad unlock balance in $F",
	  .frames = { "is trying to release lock\n@" } },
	{ .match = "BUG: held lock freed!",
	  .need = "is freeing memory",
	  .title = "BUG: held lock freed in $F",
	  .frames = { AT TRACE } },
	{ .match = "BUG: Bad rss-counter state",
	  .title = "BUG: Bad rss-counter state",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: non-zero %{nr_ptes|nr_pmds|pgtables_bytes} on freeing mm",
	  .title = "BUG: non-zero $1 on freeing mm",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: Dentry %*still in use%*[unmount of %r",
	  .title = "BUG: Dentry still in use in unmount",
	  .alt = "BUG: Dentry still in use [unmount of $1" },
	{ .match = "BUG: Dentry %*still in use",
	  .title = "BUG: Dentry still in use in unmount" },
	{ .match = "BUG: Bad page %{state|cache}",
	  .title = "BUG: Bad page $1 in $F",
	  .frames = { "BUG: Bad page\n@" },
	  .skip = "bad_page free_page free_unref get_page_from prep_new_page pagecache_ page_pool "
		  "__alloc_pages alloc_pages alloc_hook folio_alloc filemap_ page_frag "
		  "skb_release" },
	{ .match = "BUG: Bad page map", .title = "BUG: Bad page map" },
	{ .match = "BUG: workqueue lockup",
	  .title = "BUG: workqueue lockup",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "BUG: sleeping function called from invalid context",
	  .title = "BUG: sleeping function called from invalid context in $F",
	  .frames = { TRACE } },
	{ .match = "BUG: using %i() in preemptible",
	  .title = "BUG: using $1() in preemptible code in $F",
	  .frames = { TRACE },
	  .skip = "preempt smp_processor_id debug_ this_cpu_" },
	{ .match = "BUG: workqueue leaked lock or atomic",
	  .need = "last function: %w",
	  .title = "BUG: workqueue leaked lock or atomic in $1",
	  .flags = CRASH_FORMAT_NO_TRACE | CRASH_FORMAT_NAMED },
	{ .match = "BUG: memory leak",
	  .need = "backtrace",
	  .title = "memory leak in $F",
	  .frames = { "backtrace\n@" },
	  .skip = "kmemleak create_object mmap kmem kmalloc kzalloc vmalloc kvmalloc slab strndup "
		  "strdup memdup "
		  "kmemdup alloc_skb pskb_ sk_alloc sk_prot_alloc sock_alloc alloc_inode "
		  "netdev_alloc alloc_netdev kobject_ device_ dev_set_name radix_tree "
		  "idr_ list_lru pcpu_ _alloc$ alloc_" },
	{ .match = "BUG: %*stack guard page was hit at",
	  .title = "BUG: stack guard page was hit in $F",
	  .alt = "stack-overflow in $F",
	  .frames = { TRACE },
	  .pick = CRASH_PICK_STALL },
	{ .match = "BUG: Invalid wait context",
	  .title = "WARNING: locking bug in $F",
	  .frames = { TRACE } },
	{ 0 },
};

static const char *const warning_suppress[] = {
	/* Advice about settings, mounts and hardware, from places that print no stack. */
	"WARNING: `",
	"he mand mount option",
	"WARNING: workqueue cpumask",
	"nprivileged eBPF",
	"WARNING: %*mitigation",
	"WARNING: kernel not compiled with",
	"WARNING: See ",
	"WARNING: fbcon:",
	"moduli",
	"^EXT4-fs (",
	"^XFS (",
	"deprecated v2 capabilities",
	"_WARNING:",
	NULL,
};

/* The lock that is wanted, the one that is held, then who asked. */
#define LOCK_TRACE "trying to acquire lock\n" AT AT TRACE, "trying to acquire lock\n" AT TRACE

static const struct crash_format warning_formats[] = {
	{ .match = "WARNING: %*lib/debugobjects.c:",
	  .title = "WARNING: ODEBUG bug in $F",
	  .frames = { WARN },
	  .skip = "debug_ kfree kmem_cache_free slab_free vfree free_obj rcu_free_slab" },
	{ .match = "WARNING: %*usercopy_warn",
	  .title = "WARNING: bad usercopy in $F",
	  .frames = { WARN },
	  .skip = "usercopy __check heap_object" },
	{ .match = "WARNING: %*lib/kobject.c:",
	  .title = "WARNING: kobject bug in $F",
	  .frames = { WARN },
	  .skip = "^kobject" },
	{ .match = "WARNING: %*fs/proc/generic.c:%* proc_register",
	  .title = "WARNING: proc registration bug in $F",
	  .frames = { WARN },
	  .skip = "proc_" },
	{ .match = "WARNING: %*lib/refcount.c:",
	  .title = "WARNING: refcount bug in $F",
	  .frames = { WARN },
	  .skip = "refcount kobject_" },
	{ .match = "WARNING: %*kernel/locking/lockdep.c:",
	  .title = "WARNING: locking bug in $F",
	  .frames = { WARN } },
	{ .match = "WARNING: %*still has locks held!",
	  .title = "WARNING: still has locks held in $F",
	  .frames = { AT TRACE } },
	{ .match = "WARNING: Nested lock was not taken",
	  .title = "WARNING: nested lock was not taken in $F",
	  .frames = { AT TRACE } },
	{ .match = "WARNING: lock held when returning to user space",
	  .need = "leaving the kernel with locks still held!",
	  .title = "WARNING: lock held when returning to user space in $F",
	  .frames = { AT },
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "WARNING: %*mm/%* %{kmalloc|kvmalloc|__kmalloc|krealloc}",
	  .title = "WARNING: kmalloc bug in $F",
	  .frames = { WARN },
	  .skip = "kmalloc kcalloc krealloc kzalloc kvmalloc slab kmem memdup kmemdup" },
	{ .match = "WARNING: %*mm/vmalloc.c:%* __vmalloc_node",
	  .title = "WARNING: zero-size vmalloc in $F",
	  .frames = { WARN } },
	{ .match = "WARNING: %* usb_submit_urb",
	  .title = "WARNING in $F/usb_submit_urb",
	  .frames = { WARN },
	  .skip = "usb_submit_urb usb_start_wait_urb usb_bulk_msg usb_interrupt_msg "
		  "usb_control_msg" },
	{ .match = "WARNING: kernel stack regs at %*has bad '%i' value",
	  .title = "WARNING: kernel stack regs has bad '$1' value",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "WARNING: kernel stack %{regs|frame pointer} at %*has bad value",
	  .title = "WARNING: kernel stack $1 has bad value",
	  .flags = CRASH_FORMAT_NO_TRACE },
	/*
	 * "WARNING: CPU: 0 PID: 1 at file:line func+0x1/0x2"; before 3.10 without CPU and PID; since
	 * 6.17 "WARNING: file:line at func+0x1/0x2, CPU#0: comm/1".
	 */
	{ .match = "WARNING: %*at ", .title = "WARNING in $F", .frames = { WARN } },
	{ .match = "WARNING: possible circular locking dependency detected",
	  .need = "is trying to acquire lock",
	  .title = "possible deadlock in $F",
	  .frames = { LOCK_TRACE } },
	{ .match = "WARNING: possible irq lock inversion dependency detected",
	  .need = "just changed the state of lock",
	  .title = "possible deadlock in $F",
	  .frames = { "just changed the state of lock\n" AT TRACE } },
	{ .match = "WARNING: %*-safe -> %*-unsafe lock order detected",
	  .need = "is trying to acquire",
	  .title = "possible deadlock in $F",
	  .frames = { "which became %*-safe at:\n@", "is trying to acquire\n" AT TRACE } },
	{ .match = "WARNING: possible recursive locking detected",
	  .need = "is trying to acquire lock",
	  .title = "possible deadlock in $F",
	  .frames = { LOCK_TRACE } },
	{ .match = "WARNING: inconsistent lock state",
	  .need = "takes",
	  .title = "inconsistent lock state in $F",
	  .frames = { "takes\n" AT TRACE } },
	{ .match = "WARNING: suspicious RCU usage",
	  .need = "%{.c|.h}:%d ",
	  .title = "WARNING: suspicious RCU usage in $F",
	  .frames = { TRACE },
	  .skip = "rcu" },
	{ .match = "WARNING: bad unlock balance detected!",
	  .title = "WARNING: bad unlock balance in $F",
	  .frames = { "is trying to release lock\n@" } },
	{ .match = "WARNING: held lock freed!",
	  .need = "is freeing memory",
	  .title = "WARNING: held lock freed in $F",
	  .frames = { AT TRACE } },
	{ 0 },
};

static const char *const info_suppress[] = {
	"INFO: lockdep is turned off",
	"INFO: Stall ended",
	"INFO: NMI handler",
	"INFO:%*took too long",
	"INFO: recovery required",
	"_INFO:",
	"LOADER_INFO",
	NULL,
};

/* The entry from the timer: below it is what was interrupted. */
#define IRQ "%{apic_timer_interrupt+|el1_irq+|el1h_64_irq+|__irq_svc}\n"

/* Old kernels named the place itself, before their lock functions got a depth of their own. */
#define OLD_AT "!at:%*%F\n"

static const struct crash_format info_formats[] = {
	{ .match = "INFO: possible circular locking dependency detected",
	  .need = "is trying to acquire lock",
	  .title = "possible deadlock in $F",
	  .frames = { "trying to acquire lock\n" OLD_AT } },
	{ .match = "INFO: possible irq lock inversion dependency detected",
	  .need = "just changed the state of lock",
	  .title = "possible deadlock in $F",
	  .frames = { "just changed the state of lock\n" OLD_AT } },
	{ .match = "INFO: %*-safe -> %*-unsafe lock order detected",
	  .need = "is trying to acquire",
	  .title = "possible deadlock in $F",
	  .frames = { "which became %*-safe at:\n@", "is trying to acquire\n" AT TRACE } },
	{ .match = "INFO: possible recursive locking detected",
	  .need = "is trying to acquire lock",
	  .title = "possible deadlock in $F",
	  .frames = { "trying to acquire lock\n" OLD_AT } },
	{ .match = "INFO: inconsistent lock state",
	  .need = "takes",
	  .title = "inconsistent lock state in $F",
	  .frames = { "takes\n" OLD_AT } },
	{ .match = "INFO: %{rcu_preempt|rcu_sched|rcu_bh|rcu_tasks|rcu} %{self-|}detected %*stall",
	  .title = "INFO: rcu detected stall in $F",
	  .alt = "stall in $F",
	  .frames = { IRQ RIP "@", IRQ "@" },
	  .skip = "apic_timer_interrupt rcu",
	  .pick = CRASH_PICK_STALL },
	{ .match = "INFO: trying to register non-static key",
	  .title = "INFO: trying to register non-static key in $F",
	  .frames = { TRACE },
	  .skip = "stack lock IRQ" },
	{ .match = "INFO: suspicious RCU usage",
	  .title = "INFO: suspicious RCU usage in $F",
	  .frames = { TRACE },
	  .skip = "rcu" },
	{ .match = "INFO: task %*blocked %*for more than %d seconds",
	  .title = "INFO: task hung in $F",
	  .alt = "hang in $F",
	  .frames = { TRACE },
	  .pick = CRASH_PICK_HANG },
	{ .match = "INFO: task ", /* the program's name may hold a line end */
	  .need = "blocked for more than %d seconds",
	  .title = "INFO: task hung in $F",
	  .alt = "hang in $F",
	  .frames = { TRACE },
	  .pick = CRASH_PICK_HANG },
	{ .match = "INFO: task %*can't die for more than",
	  .title = "INFO: task can't die in $F",
	  .alt = "hang in $F",
	  .frames = { TRACE },
	  .pick = CRASH_PICK_HANG },
	{ .match = "INFO: %{Freed|Allocated} in %r",
	  .title = "INFO: $1 in $2",
	  .flags = CRASH_FORMAT_CORRUPTED },
	{ 0 },
};

static const struct crash_format unable_formats[] = {
	{ .match = "Unable to handle kernel %{paging request|NULL pointer dereference|"
		   "access to user memory|read from unreadable memory|"
		   "write to read-only memory|execute from non-executable memory}",
	  .title = "BUG: unable to handle kernel $1 in $F",
	  .alt = "bad-access in $F",
	  .frames = { RIP TRACE, TRACE } },
	{ 0 },
};

static const char *const gpf_suppress[] = {
	"general protection fault %*error:%x in", /* a program's, not the kernel's */
	"^traps: ",
	NULL,
};

static const struct crash_format gpf_formats[] = {
	{ .match = "general protection fault",
	  .title = "general protection fault in $F",
	  .alt = "bad-access in $F",
	  .frames = { RIP TRACE, TRACE } },
	{ 0 },
};

static const struct crash_format stack_segment_formats[] = {
	{ .match = "stack segment: ",
	  .title = "stack segment fault in $F",
	  .frames = { RIP TRACE, TRACE } },
	{ 0 },
};

static const struct crash_format panic_formats[] = {
	{ .match = "Kernel panic - not syncing: stack-protector: %*is corrupted in: %F",
	  .title = "kernel panic: stack is corrupted in $1",
	  .flags = CRASH_FORMAT_NO_TRACE | CRASH_FORMAT_NAMED },
	{ .match = "Kernel panic - not syncing: stack-protector:",
	  .title = "kernel panic: stack is corrupted in $F",
	  .frames = { TRACE },
	  .skip = "stack_chk" },
	{ .match = "Kernel panic - not syncing: corrupted stack end",
	  .title = "kernel panic: corrupted stack end in $F",
	  .alt = "stack-overflow in $F",
	  .frames = { TRACE },
	  .skip = "schedule retint_kernel",
	  .pick = CRASH_PICK_STALL },
	{ .match = "Kernel panic - not syncing: kernel stack overflow",
	  .title = "kernel stack overflow in $F",
	  .alt = "stack-overflow in $F",
	  .frames = { TRACE },
	  .pick = CRASH_PICK_STALL },
	{ .match = "Kernel panic - not syncing: Attempted to kill init!",
	  .title = "kernel panic: Attempted to kill init!" },
	{ .match = "Kernel panic - not syncing: Couldn't open N_TTY ldisc for",
	  .title = "kernel panic: Couldn't open N_TTY ldisc" },
	/* These follow a report. When nothing is known of it, it was lost. */
	{ .match = "Kernel panic - not syncing: %*Fatal exception",
	  .title = "kernel panic: Fatal exception",
	  .flags = CRASH_FORMAT_CORRUPTED },
	{ .match = "Kernel panic - not syncing: %*panic_on_warn set",
	  .title = "kernel panic: panic_on_warn set",
	  .flags = CRASH_FORMAT_CORRUPTED },
	{ .match = "Kernel panic - not syncing: hung_task: blocked tasks",
	  .title = "kernel panic: hung_task: blocked tasks",
	  .flags = CRASH_FORMAT_CORRUPTED },
	{ .match = "Kernel panic - not syncing: %r", .title = "kernel panic: $1" },
	{ 0 },
};

#define TRAP_FORMATS(name, text, title_text, family)                                               \
	static const struct crash_format name[] = {                                                \
		{ .match = text,                                                                   \
		  .title = title_text " in $F",                                                    \
		  .alt = family,                                                                   \
		  .frames = { RIP TRACE, TRACE } },                                                \
		{ 0 },                                                                             \
	}

TRAP_FORMATS(double_fault_formats, "PANIC: double fault", "PANIC: double fault", NULL);
TRAP_FORMATS(divide_formats, "divide error:", "divide error", NULL);
TRAP_FORMATS(divide_old_formats, "divide_error:", "divide error", NULL);
TRAP_FORMATS(opcode_formats, "invalid opcode:", "invalid opcode", NULL);
TRAP_FORMATS(int3_formats, "int3:", "int3", NULL);
TRAP_FORMATS(internal_formats, "Internal error:", "Internal error", "bad-access in $F");
TRAP_FORMATS(unhandled_formats, "Unhandled fault:", "Unhandled fault", "bad-access in $F");
TRAP_FORMATS(alignment_formats, "Alignment trap:", "Alignment trap", NULL);

static const struct crash_format kernel_bug_formats[] = {
	{ .match = "kernel BUG at mm/usercopy.c",
	  .title = "BUG: bad usercopy in $F",
	  .frames = { TRACE },
	  .skip = "usercopy __check" },
	{ .match = "kernel BUG at lib/list_debug.c",
	  .title = "BUG: corrupted list in $F",
	  .alt = "bad-access in $F",
	  .frames = { TRACE } },
	{ .match = "kernel BUG",
	  .title = "kernel BUG in $F",
	  .frames = { RIP TRACE, TRACE } },
	{ 0 },
};

static const struct crash_format old_bug_formats[] = {
	{ .match = "Kernel BUG %r", .title = "kernel BUG $1" },
	{ 0 },
};

static const struct crash_format kmalloc_formats[] = {
	{ .match = "BUG kmalloc-%*: Object already free",
	  .title = "BUG: Object already free in $F",
	  .frames = { TRACE } },
	{ 0 },
};

static const struct crash_format ubsan_formats[] = {
	{ .match = "UBSAN: Undefined behaviour in",
	  .title = "UBSAN: undefined-behaviour in $F",
	  .frames = { TRACE },
	  .skip = "ubsan overflow" },
	{ .match = "UBSAN: array-index-out-of-bounds in",
	  .title = "UBSAN: array-index-out-of-bounds in $F",
	  .frames = { TRACE },
	  .skip = "ubsan overflow" },
	{ .match = "UBSAN: %a in",
	  .title = "UBSAN: $1 in $F",
	  .frames = { TRACE },
	  .skip = "ubsan overflow" },
	{ 0 },
};

static const struct crash_format netdevice_formats[] = {
	{ .match = "unregister_netdevice: waiting for %w to become free",
	  .title = "unregister_netdevice: waiting for DEV to become free",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ 0 },
};

static const struct crash_format vfs_formats[] = {
	{ .match = "VFS: Close: file count is 0",
	  .title = "VFS: Close: file count is zero (use-after-free)",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "VFS: Busy inodes after unmount",
	  .title = "VFS: Busy inodes after unmount (use-after-free)",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ 0 },
};

static const struct crash_format reboot_formats[] = {
	{ .match = "Booting the kernel.",
	  .title = "unexpected kernel reboot",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ 0 },
};

static const struct crash_format trusty_formats[] = {
	{ .match = "trusty: panic%*ASSERT FAILED%*): %r",
	  .title = "trusty: ASSERT FAILED: $1",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "trusty: panic%*ASSERT FAILED",
	  .title = "trusty: ASSERT FAILED:",
	  .flags = CRASH_FORMAT_NO_TRACE | CRASH_FORMAT_CORRUPTED },
	{ .match = "trusty: panic %*): %r",
	  .title = "trusty: panic: $1",
	  .flags = CRASH_FORMAT_NO_TRACE },
	{ 0 },
};

static const struct crash_format rust_formats[] = {
	{ .match = "rust_kernel: panicked at",
	  .need = "%r", /* the message is on the next line */
	  .title = "$1 in $F",
	  .frames = { TRACE } },
	{ 0 },
};

static const char *const go_suppress[] = {
	"(-%d)", /* an errno: a driver's message */
	NULL,
};

static const struct crash_format go_formats[] = {
	{ .match = "fatal error:", .title = "go runtime error", .flags = CRASH_FORMAT_NO_TRACE },
	{ 0 },
};

static const struct crash_format fuzzer_formats[] = {
	{ .match = "SYZFAIL: %r", .title = "SYZFAIL: $1", .flags = CRASH_FORMAT_NO_TRACE },
	{ .match = "SYZFATAL: %r", .title = "SYZFATAL: $1", .flags = CRASH_FORMAT_NO_TRACE },
	{ 0 },
};

const struct crash_header crash_headers[] = {
	{ "BUG:", bug_formats, bug_suppress, 0 },
	{ "WARNING:", warning_formats, warning_suppress, 0 },
	{ "INFO:", info_formats, info_suppress, 0 },
	{ "Unable to handle kernel", unable_formats, NULL, 0 },
	{ "general protection fault", gpf_formats, gpf_suppress, 0 },
	{ "stack segment: ", stack_segment_formats, NULL, 0 },
	{ "Kernel panic - not syncing", panic_formats, NULL, CRASH_HEADER_FOLLOWS },
	{ "PANIC: double fault", double_fault_formats, NULL, 0 },
	{ "divide error:", divide_formats, gpf_suppress, 0 },
	{ "divide_error:", divide_old_formats, NULL, 0 },
	{ "invalid opcode:", opcode_formats, gpf_suppress, CRASH_HEADER_FOLLOWS },
	{ "int3:", int3_formats, gpf_suppress, 0 },
	{ "Internal error:", internal_formats, NULL, CRASH_HEADER_FOLLOWS },
	{ "Unhandled fault:", unhandled_formats, NULL, 0 },
	{ "Alignment trap:", alignment_formats, NULL, 0 },
	{ "kernel BUG at ", kernel_bug_formats, NULL, 0 },
	{ "Kernel BUG at ", old_bug_formats, NULL, 0 },
	{ "BUG kmalloc-", kmalloc_formats, NULL, 0 },
	{ "UBSAN:", ubsan_formats, NULL, 0 },
	{ "rust_kernel: panicked", rust_formats, NULL, 0 },
	{ "Booting the kernel.", reboot_formats, NULL,
	  CRASH_HEADER_AGAIN | CRASH_HEADER_FIRST },
	{ "unregister_netdevice: waiting for", netdevice_formats, NULL, 0 },
	{ "VFS: Close: file count is 0", vfs_formats, NULL, 0 },
	{ "VFS: Busy inodes after unmount", vfs_formats, NULL, 0 },
	{ "trusty: panic", trusty_formats, NULL, 0 },
	{ "fatal error:", go_formats, go_suppress, CRASH_HEADER_FIRST },
	{ "SYZFAIL:", fuzzer_formats, NULL, CRASH_HEADER_FIRST },
	{ "SYZFATAL:", fuzzer_formats, NULL, CRASH_HEADER_FIRST },
	{ 0 },
};

const char *const crash_never[] = {
	"http://", /* advice where to report or read; the kernel's crash lines hold no address */
	"https://",
	"^Kernel command line: ",
	"^Command line: ",
	"^Unknown kernel command line parameters",
	"^systemd", /* user space that writes to the kernel's log */
	"^udevd",
	"^init: ",
	"^audit: ",
	"^dracut",
	NULL,
};

const char *const crash_inner[] = {
	"INFO: Slab 0x",
	"INFO: Object 0x",
	"INFO: Freed in",
	"INFO: Allocated in",
	"INFO: %x-%x",
	NULL,
};

const char *const crash_evidence[] = {
	"+0x", "---[ end", "Call Trace", "Call trace", "Backtrace", "Modules linked in", "CPU: ",
	"Hardware name", "Code: ", "RIP: ", "RSP: ", "RAX: ", "RBP: ", "CR2: ", "DR3: ", "</TASK>",
	"</IRQ>", "Kernel panic", "Kernel Offset", "Rebooting in", "Memory state", "=======",
	"locks held", "lock held", "stack backtrace", "Tainted", "Allocated by", "Freed by",
	"[#1]", "Oops", NULL,
};

const char *const crash_ends[] = {
	"---[ end Kernel panic",
	"Rebooting in ",
	"Kernel Offset: ", /* with panic=-1 nothing follows it */
	NULL,
};

const char *const crash_trace_starts[] = {
	"Call Trace", "Call trace", "Allocated:", "Allocated by task", "Freed:", "Freed by task",
	"  backtrace:", "  backtrace (", "Backtrace:", "Uninit was stored to memory at", NULL,
};

const char *const crash_syscall_prefixes[] = {
	"SYSC_", "SyS_", "sys_", "__x64_", "__ia32_", "__arm64_", "____sys_", "___sys_", "__sys_",
	"__se_", "__se_sys_", "__do_sys_", "compat_SYSC_", "compat_SyS_", "ksys_", NULL,
};

const struct crash_type crash_types[] = {
	{ "KASAN: %{double-free|invalid-free}", "KASAN-INVALID-FREE" },
	{ "KASAN: null-ptr-deref Write", "KASAN-NULL-POINTER-DEREFERENCE-WRITE" },
	{ "KASAN: null-ptr-deref", "KASAN-NULL-POINTER-DEREFERENCE-READ" },
	{ "KASAN: %{use-after-free|slab-use-after-free} Write", "KASAN-USE-AFTER-FREE-WRITE" },
	{ "KASAN: %{use-after-free|slab-use-after-free}", "KASAN-USE-AFTER-FREE-READ" },
	{ "KASAN: %a Write", "KASAN-WRITE" },
	{ "KASAN: ", "KASAN-READ" },
	{ "KFENCE: use-after-free write", "KFENCE-USE-AFTER-FREE-WRITE" },
	{ "KFENCE: use-after-free", "KFENCE-USE-AFTER-FREE-READ" },
	{ "KFENCE: memory corruption", "KFENCE-MEMORY-CORRUPTION" },
	{ "KFENCE: invalid free", "KFENCE-INVALID-FREE" },
	{ "KFENCE: %*write", "KFENCE-WRITE" },
	{ "KFENCE: ", "KFENCE-READ" },
	{ "KMSAN: uninit-value", "KMSAN-UNINIT-VALUE" },
	{ "KMSAN: %*infoleak", "KMSAN-INFO-LEAK" },
	{ "KMSAN: use-after-free", "KMSAN-USE-AFTER-FREE-READ" },
	{ "KMSAN: ", "KMSAN-UNKNOWN" },
	{ "KCSAN: data-race", "KCSAN-DATARACE" },
	{ "KCSAN: assert", "KCSAN-ASSERT" },
	{ "KCSAN: ", "KCSAN-UNKNOWN" },
	{ "UBSAN: ", "UBSAN" },
	{ "memory leak in ", "LEAK" },
	{ "BUG: unable to handle kernel NULL pointer", "NULL-POINTER-DEREFERENCE" },
	{ "BUG: unable to handle kernel paging request", "MEMORY_SAFETY_BUG" },
	{ "BUG: corrupted list", "MEMORY_SAFETY_BUG" },
	{ "BUG: %{scheduling while atomic|sleeping function}", "ATOMIC_SLEEP" },
	{ "BUG: %{soft lockup|workqueue lockup}", "HANG" },
	{ "INFO: %{rcu detected stall|task hung|task can't die}", "HANG" },
	{ "WARNING: refcount bug", "REFCOUNT_WARNING" },
	{ "%{possible deadlock|inconsistent lock state}", "LOCKDEP" },
	{ "WARNING: suspicious RCU usage in ", "LOCKDEP" },
	{ "WARNING: %{bad unlock balance|held lock freed|lock held when|locking bug|nested lock|"
	  "still has locks}", "LOCKDEP" },
	{ "BUG: %{bad unlock balance|held lock freed|lock held when|nested lock|still has locks|"
	  "spinlock|rwlock|using }", "LOCKDEP" },
	{ "WARNING: kernel stack %{regs|frame}", "" },
	{ "WARNING", "WARNING" },
	{ "%{kernel BUG|BUG: bad usercopy}", "BUG" },
	{ "unexpected kernel reboot", "REBOOT" },
	{ "%{SYZFAIL|SYZFATAL}", "SYZ_FAILURE" },
	{ "%{general protection fault|stack segment|divide error|kernel panic|kernel stack "
	  "overflow|PANIC: |Internal error|Unhandled fault|Alignment trap|invalid opcode|int3|"
	  "go runtime|trusty|unregister_netdevice|VFS: }", "DoS" },
	{ 0 },
};
