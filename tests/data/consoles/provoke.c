// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Crashes to order, where LKDTM has none: write a name into debugfs' culprit-provoke.
 * scripts/capture-consoles.sh puts it into a kernel tree as drivers/misc/culprit-provoke.c.
 *
 * It looks like a small driver ("widgets"), so that stacks have frames above the bug. Each bug is
 * real: what the console shows is the kernel's own doing.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/objtool.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

struct widget {
	struct list_head link;
	struct mutex lock;
	refcount_t users;
	u32 shift;
	u32 divisor;
	u32 state[4];
	struct timer_list timer;
	struct work_struct work;
	struct widget *parent;
};

static struct widget *widget_alloc(gfp_t flags)
{
	struct widget *w = kzalloc(sizeof(*w), flags);

	if (!w)
		return NULL;
	INIT_LIST_HEAD(&w->link);
	mutex_init(&w->lock);
	refcount_set(&w->users, 1);
	return w;
}

static noinline struct widget *widget_create(void)
{
	return widget_alloc(GFP_KERNEL);
}

static noinline void widget_destroy(struct widget *w)
{
	barrier();
	kfree(w);
	barrier();
}

/* What the compiler must not know. */
static noinline u32 widget_param(u32 value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

/* ---- oopses */

static noinline u32 widget_parent_state(struct widget *w)
{
	return READ_ONCE(w->parent->state[1]);
}

static noinline void widget_update(struct widget *w)
{
	WRITE_ONCE(w->state[0], widget_parent_state(w) + 1);
}

/* Through KASAN's shadow of address 0, which is not canonical. */
static noinline void provoke_kasan_null(void)
{
	struct widget *w = widget_create();

	widget_update(w);
	widget_destroy(w);
}

static noinline __no_sanitize_address u32 widget_parent_mask(struct widget *w)
{
	return w->parent->state[2];
}

static noinline void provoke_null_deref(void)
{
	struct widget *w = widget_create();

	w->shift = widget_parent_mask(w);
	widget_destroy(w);
}

static noinline void provoke_gpf(void)
{
	struct widget *w = widget_create();

	w->parent = (struct widget *)0xdead000000000100UL;
	widget_update(w);
	widget_destroy(w);
}

static noinline u32 widget_scale(struct widget *w, u32 value)
{
	return value / READ_ONCE(w->divisor);
}

static noinline void provoke_divide(void)
{
	struct widget *w = widget_create();

	w->state[2] = widget_scale(w, widget_param(100));
	widget_destroy(w);
}

static noinline void widget_check(struct widget *w)
{
	BUG_ON(READ_ONCE(w->state[3]) != widget_param(1));
}

static noinline void provoke_bug(void)
{
	struct widget *w = widget_create();

	widget_check(w);
	widget_destroy(w);
}

/* A stack that is not there: the trap's own frame cannot be written either. */
static noinline void widget_switch_stack(void)
{
	asm volatile("xorl %%esp, %%esp\n\tpushq %%rax" ::: "memory");
}
STACK_FRAME_NON_STANDARD(widget_switch_stack);

static noinline void provoke_double_fault(void)
{
	widget_switch_stack();
	barrier();
}

/* ---- warnings */

static noinline int widget_commit(struct widget *w)
{
	if (WARN_ON(READ_ONCE(w->state[0]) == widget_param(0)))
		return -EINVAL;
	return 0;
}

static noinline void provoke_warn(void)
{
	struct widget *w = widget_create();

	widget_commit(w);
	widget_destroy(w);
}

static noinline void widget_put(struct widget *w)
{
	if (refcount_dec_and_test(&w->users))
		pr_debug("widget: last user\n");
}

static noinline void provoke_refcount(void)
{
	struct widget *w = widget_create();

	widget_put(w);
	widget_put(w);
	widget_destroy(w);
}

static void widget_expire(struct timer_list *t)
{
	struct widget *w = from_timer(w, t, timer);

	widget_commit(w);
	mod_timer(&w->timer, jiffies + HZ);
}

static noinline void provoke_odebug(void)
{
	struct widget *w = widget_create();

	timer_setup(&w->timer, widget_expire, 0);
	mod_timer(&w->timer, jiffies + 100 * HZ);
	widget_destroy(w); /* with its timer running */
}

/* ---- memory */

static noinline u32 widget_read_state(struct widget *w)
{
	return READ_ONCE(w->state[1]);
}

static noinline void widget_release(struct widget *w)
{
	if (widget_read_state(w))
		pr_info("widget: still in use\n");
}

static noinline void provoke_uaf(void)
{
	struct widget *w = widget_create();

	widget_destroy(w);
	widget_release(w);
}

static void widget_timeout(struct timer_list *t)
{
	struct widget *w = from_timer(w, t, timer);

	widget_destroy(w->parent);
	WRITE_ONCE(w->parent->state[2], 1); /* in a softirq */
}

static noinline void provoke_uaf_timer(void)
{
	struct widget *w = widget_create();

	w->parent = widget_create();
	timer_setup(&w->timer, widget_timeout, 0);
	mod_timer(&w->timer, jiffies + HZ / 10);
	msleep(1000);
	del_timer_sync(&w->timer);
	widget_destroy(w);
}

static void widget_work(struct work_struct *work)
{
	struct widget *w = container_of(work, struct widget, work);

	widget_release(w->parent);
}

static noinline void provoke_uaf_work(void)
{
	struct widget *w = widget_create();

	w->parent = widget_create();
	INIT_WORK(&w->work, widget_work);
	widget_destroy(w->parent);
	schedule_work(&w->work);
	flush_work(&w->work);
	widget_destroy(w);
}

static noinline void widget_fill(u8 *buf, u32 len)
{
	u32 i;

	for (i = 0; i <= len; i++)
		WRITE_ONCE(buf[i], i);
}

static noinline void provoke_oob(void)
{
	u8 *buf = kmalloc(123, GFP_KERNEL);

	widget_fill(buf, widget_param(123));
	kfree(buf);
}

static noinline void provoke_double_free(void)
{
	struct widget *w = widget_create();

	widget_destroy(w);
	widget_destroy(w);
}

static noinline void widget_forget(void)
{
	struct widget *w = widget_create();

	w->state[0] = 0x1234;
	OPTIMIZER_HIDE_VAR(w);
}

static noinline void provoke_memleak(void)
{
	widget_forget();
}

/* ---- UBSAN */

static noinline u32 widget_mask(struct widget *w)
{
	return 1U << READ_ONCE(w->shift);
}

static noinline void provoke_shift(void)
{
	struct widget *w = widget_create();

	w->shift = widget_param(40);
	w->state[0] = widget_mask(w);
	widget_destroy(w);
}

static noinline u32 widget_state_at(struct widget *w, u32 at)
{
	return w->state[at];
}

static noinline void provoke_bounds(void)
{
	struct widget *w = widget_create();

	w->shift = widget_state_at(w, widget_param(5));
	widget_destroy(w);
}

/* ---- locks */

static DEFINE_MUTEX(widget_list_lock);
static DEFINE_MUTEX(widget_bus_lock);
static DEFINE_SPINLOCK(widget_stats_lock);

static noinline void widget_register(void)
{
	mutex_lock(&widget_list_lock);
	mutex_lock(&widget_bus_lock);
	mutex_unlock(&widget_bus_lock);
	mutex_unlock(&widget_list_lock);
}

static noinline void widget_unregister(void)
{
	mutex_lock(&widget_bus_lock);
	mutex_lock(&widget_list_lock);
	mutex_unlock(&widget_list_lock);
	mutex_unlock(&widget_bus_lock);
}

static noinline void provoke_lockdep(void)
{
	widget_register();
	widget_unregister();
}

static noinline void widget_link(struct widget *parent, struct widget *child)
{
	mutex_lock(&parent->lock);
	mutex_lock(&child->lock); /* of the same class */
	mutex_unlock(&child->lock);
	mutex_unlock(&parent->lock);
}

static noinline void provoke_lockdep_self(void)
{
	struct widget *a = widget_create(), *b = widget_create();

	widget_link(a, b);
	widget_destroy(a);
	widget_destroy(b);
}

static noinline void widget_count(void)
{
	spin_lock(&widget_stats_lock);
	spin_unlock(&widget_stats_lock);
}

static void widget_tick(struct timer_list *t)
{
	widget_count();
}

static noinline void provoke_lockdep_irq(void)
{
	struct widget *w = widget_create();

	widget_count(); /* with softirqs on, and then in one */
	timer_setup(&w->timer, widget_tick, 0);
	mod_timer(&w->timer, jiffies + HZ / 10);
	msleep(1000);
	del_timer_sync(&w->timer);
	widget_destroy(w);
}

static noinline void provoke_bad_unlock(void)
{
	struct widget *w = widget_create();

	mutex_lock(&w->lock);
	mutex_unlock(&w->lock);
	spin_unlock(&widget_stats_lock);
	widget_destroy(w);
}

static noinline void provoke_held_freed(void)
{
	struct widget *w = widget_create();

	mutex_lock(&w->lock);
	widget_destroy(w);
}

static noinline void provoke_held_at_exit(void)
{
	mutex_lock(&widget_list_lock);
}

static struct widget __rcu *widget_current;

static noinline u32 widget_peek(void)
{
	struct widget *w = rcu_dereference(widget_current); /* outside of a read section */

	return w ? w->shift : 0;
}

static noinline void provoke_rcu_usage(void)
{
	widget_param(widget_peek());
}

/* ---- sleeping where one may not */

static noinline void widget_reserve(void)
{
	widget_destroy(widget_create());
}

static noinline void provoke_atomic_sleep(void)
{
	spin_lock(&widget_stats_lock);
	widget_reserve();
	spin_unlock(&widget_stats_lock);
}

static noinline void widget_wait(void)
{
	schedule_timeout_uninterruptible(1);
}

static noinline void provoke_atomic_schedule(void)
{
	preempt_disable();
	widget_wait();
	preempt_enable();
}

/* ---- hangs */

static DECLARE_COMPLETION(widget_never);

static int widget_hold(void *unused)
{
	mutex_lock(&widget_bus_lock);
	wait_for_completion_interruptible(&widget_never);
	mutex_unlock(&widget_bus_lock);
	return 0;
}

static noinline void widget_probe(void)
{
	mutex_lock(&widget_bus_lock);
	mutex_unlock(&widget_bus_lock);
}

static noinline void provoke_hung_task(void)
{
	kthread_run(widget_hold, NULL, "widget_hold");
	msleep(500);
	widget_probe();
}

static noinline void widget_poll(u32 seconds)
{
	unsigned long end = jiffies + seconds * HZ;

	while (time_before(jiffies, end))
		cpu_relax();
}

static struct rcu_head widget_retired;

static void widget_retire(struct rcu_head *unused)
{
}

/* A reader that never ends, interrupts and preemption on; and someone who waits for it. */
static noinline void provoke_rcu_stall(void)
{
	rcu_read_lock();
	call_rcu(&widget_retired, widget_retire);
	widget_poll(60);
	rcu_read_unlock();
}

static noinline void provoke_softlockup(void)
{
	preempt_disable();
	widget_poll(60);
	preempt_enable();
}

/* ---- two CPUs at the same time */

static atomic_t widget_ready;

static noinline void widget_meet(void)
{
	atomic_inc(&widget_ready);
	while (atomic_read(&widget_ready) < 2)
		cpu_relax();
}

static noinline void widget_flush(struct widget *w)
{
	WARN_ON(!READ_ONCE(w->state[0]));
}

static int widget_flusher(void *data)
{
	widget_meet();
	widget_flush(data);
	return 0;
}

static noinline void widget_drain(struct widget *w)
{
	WARN_ON(!READ_ONCE(w->state[1]));
}

static int widget_drainer(void *data)
{
	widget_meet();
	widget_drain(data);
	return 0;
}

static int widget_updater(void *data)
{
	widget_meet();
	widget_update(data);
	return 0;
}

static int widget_releaser(void *data)
{
	struct widget *w = widget_create();

	widget_destroy(w);
	widget_meet();
	widget_release(w);
	return 0;
}

static noinline void widget_race(int (*first)(void *), int (*second)(void *))
{
	struct widget *w = widget_create();
	struct task_struct *a = kthread_create(first, w, "widget/0");
	struct task_struct *b = kthread_create(second, w, "widget/1");

	atomic_set(&widget_ready, 0);
	kthread_bind(a, 0);
	kthread_bind(b, 1);
	wake_up_process(a);
	wake_up_process(b);
	msleep(5000);
}

static noinline void provoke_two_cpus(void)
{
	widget_race(widget_flusher, widget_drainer);
}

static noinline void provoke_two_oopses(void)
{
	widget_race(widget_updater, widget_releaser);
}

static const struct {
	const char *name;
	void (*provoke)(void);
} provocations[] = {
	{"null-deref", provoke_null_deref},
	{"kasan-null", provoke_kasan_null},
	{"gpf", provoke_gpf},
	{"divide", provoke_divide},
	{"double-fault", provoke_double_fault},
	{"bug", provoke_bug},
	{"warn", provoke_warn},
	{"refcount", provoke_refcount},
	{"odebug", provoke_odebug},
	{"uaf", provoke_uaf},
	{"uaf-timer", provoke_uaf_timer},
	{"uaf-work", provoke_uaf_work},
	{"oob", provoke_oob},
	{"double-free", provoke_double_free},
	{"memleak", provoke_memleak},
	{"shift", provoke_shift},
	{"bounds", provoke_bounds},
	{"lockdep", provoke_lockdep},
	{"lockdep-self", provoke_lockdep_self},
	{"lockdep-irq", provoke_lockdep_irq},
	{"bad-unlock", provoke_bad_unlock},
	{"held-freed", provoke_held_freed},
	{"held-at-exit", provoke_held_at_exit},
	{"rcu-usage", provoke_rcu_usage},
	{"atomic-sleep", provoke_atomic_sleep},
	{"atomic-schedule", provoke_atomic_schedule},
	{"hung-task", provoke_hung_task},
	{"rcu-stall", provoke_rcu_stall},
	{"softlockup", provoke_softlockup},
	{"two-cpus", provoke_two_cpus},
	{"two-oopses", provoke_two_oopses},
};

static ssize_t widget_ctl_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char name[32] = "";
	int i;

	if (len >= sizeof(name) || copy_from_user(name, buf, len))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(provocations); i++)
		if (sysfs_streq(name, provocations[i].name)) {
			provocations[i].provoke();
			return len;
		}
	return -ENOENT;
}

static const struct file_operations widget_ctl_fops = {
	.owner = THIS_MODULE,
	.write = widget_ctl_write,
	.llseek = noop_llseek,
};

static int __init widget_init(void)
{
	debugfs_create_file("culprit-provoke", 0200, NULL, NULL, &widget_ctl_fops);
	return 0;
}
late_initcall(widget_init);
