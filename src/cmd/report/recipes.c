/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to do by hand what the bisection did: the commands stand for themselves, on a machine that
 * has git, a compiler and QEMU but not this program. The guest's files are made by the kernel's own
 * gen_init_cpio, its init does what ours does: start the reproducer again and again for its time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/request.h"
#include "cmd/report/load.h"
#include "cmd/show/show.h"
#include "git/git.h"
#include "guest/qemu/qemu.h"
#include "report/clean.h"
#include "report/report.h"

static void add(struct report *r, const char *heading, struct strbuf *commands)
{
	struct report_recipe recipe = {xstrdup(heading), strbuf_take(commands)};

	vec_push(&r->recipes, recipe);
}

static void add_words(struct strbuf *b, const struct strv *words)
{
	for (size_t i = 0; i < words->len; i++) {
		strbuf_adds(b, i ? " " : "");
		clean_shell_word(b, words->items[i]);
	}
}

/* Options of a program, on lines of their own where that is needed. */
static void add_options(struct strbuf *b, const struct strv *words)
{
	enum { LINE = 64 };
	size_t start = b->len;

	for (size_t i = 0; i < words->len; i++) {
		bool fresh = i && b->len - start > LINE && *words->items[i] == '-';

		strbuf_adds(b, fresh ? " \\\n\t" : i ? " " : "");
		start = fresh ? b->len : start;
		clean_shell_word(b, words->items[i]);
	}
}

static const struct report_file *find_file(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->files.len; i++)
		if (!strcmp(r->files.items[i].name, name))
			return &r->files.items[i];
	return NULL;
}

static void add_revision(struct strbuf *b, const char *assign, const char *rev, const char *what)
{
	if (!rev)
		return;
	strbuf_adds(b, assign);
	clean_shell_word(b, rev);
	strbuf_addf(b, " # %s\n", what);
}

/* git wants to be told which side of a merge is the one that stays: the first, as in pick.h. */
static void add_pick(const struct show *s, const char *verb, const char *rev, struct strbuf *b)
{
	_cleanup_strv_ struct strv parents = {0};
	struct err none = ERR_INIT;
	bool merge = !git_parents(&s->git, rev, &parents, &none) && parents.len > 1;

	strbuf_addf(b, "git -C tree %s --no-commit %s%s\n", verb, merge ? "-m 1 " : "", rev);
}

static void add_carry(const struct show *s, struct strbuf *b)
{
	add_pick(s, "cherry-pick", s->request.carry, b);
}

/* The revision to look at: the answer, or where it began. */
static void add_tree(const struct report *r, const struct show *s, struct strbuf *b)
{
	const char *parent = NULL;

	for (size_t i = 0; i < r->counts.len && !parent; i++)
		if (!strcmp(r->counts.items[i].role, "parent"))
			parent = r->counts.items[i].rev;
	strbuf_adds(b, "git clone ");
	clean_shell_word(b, r->tree ? r->tree : ".");
	strbuf_adds(b, " tree\n");
	if (report_has_culprit(r)) {
		add_revision(b, "REV=", r->culprit.rev, "the culprit");
		add_revision(b, "#REV=", parent, "its parent");
	} else {
		add_revision(b, "REV=", r->bad.rev, "the start commit");
	}
	if (!s->request.carry) {
		strbuf_adds(b, "git -C tree checkout --detach $REV\n");
		return;
	}
	/* By force: of another revision the change may lie there still. */
	strbuf_adds(b, "git -C tree checkout --force --detach $REV\n");
	add_carry(s, b);
}

static void add_kernel(struct report *r, const struct show *s)
{
	const struct bisect_request *q = &s->request;
	struct strbuf b = STRBUF_INIT;

	add_tree(r, s, &b);
	strbuf_adds(&b, "mkdir -p obj && cp config obj/.config\n");
	for (int i = 0; i < 2; i++) {
		strbuf_adds(&b, "make -C tree O=$PWD/obj CC=");
		clean_shell_word(&b, q->cc ? q->cc : "gcc");
		strbuf_adds(&b, " KERNELRELEASE=culprit ");
		if (i)
			strbuf_addf(&b, "-j%u bzImage\n", q->jobs);
		else
			strbuf_adds(&b, "olddefconfig\n");
	}
	add(r, "The kernel of a step", &b);
}

static void add_init(struct strbuf *b, const struct bisect_request *q)
{
	strbuf_addf(b,
		    "cat >init.c <<'END'\n"
		    "#include <sys/mount.h>\n"
		    "#include <sys/reboot.h>\n"
		    "#include <sys/wait.h>\n"
		    "#include <unistd.h>\n"
		    "int main(void)\n"
		    "{\n"
		    "\tmount(\"devtmpfs\", \"/dev\", \"devtmpfs\", 0, 0);\n"
		    "\tmount(\"proc\", \"/proc\", \"proc\", 0, 0);\n"
		    "\tmount(\"sysfs\", \"/sys\", \"sysfs\", 0, 0);\n"
		    "\tmount(\"tmpfs\", \"/tmp\", \"tmpfs\", 0, 0);\n"
		    "\tfor (int i = 0; i < %u; i++)\n"
		    "\t\tif (!fork())\n"
		    "\t\t\tfor (;; wait(0))\n"
		    "\t\t\t\tif (!fork())\n"
		    "\t\t\t\t\t_exit(execl(\"/repro\", \"repro\", (char *)0));\n"
		    "\tsleep(%llu);\n"
		    "\treboot(RB_POWER_OFF);\n"
		    "}\n"
		    "END\n"
		    "gcc -static -w -o init init.c\n",
		    q->procs, (unsigned long long)(q->run_ms + 999) / 1000);
}

static void add_guest_files(struct report *r, const struct bisect_request *q)
{
	struct strbuf b = STRBUF_INIT;

	if (find_file(r, "repro.c")) {
		clean_shell_word(&b, q->cc ? q->cc : "gcc");
		strbuf_adds(&b, " -static -O1 -w -pthread -o repro repro.c\n");
	} else {
		strbuf_adds(&b, "# repro is the program that the bisection was given\n");
	}
	add_init(&b, q);
	strbuf_adds(&b, "cat >list <<'END'\n"
			"dir /dev 0755 0 0\n"
			"nod /dev/console 0600 0 0 c 5 1\n"
			"dir /proc 0755 0 0\n"
			"dir /sys 0755 0 0\n"
			"dir /tmp 1777 0 0\n"
			"file /init init 0755 0 0\n"
			"file /repro repro 0755 0 0\n"
			"END\n"
			"obj/usr/gen_init_cpio list >initramfs.cpio\n");
	add(r, "The reproducer, and what runs it in the guest", &b);
}

static void add_guest(struct report *r, const struct bisect_request *q)
{
	struct qemu_setup setup = {.program = q->qemu ? q->qemu : "qemu-system-x86_64",
				   .kvm = str_eq(r->accelerator, "kvm"),
				   .memory_mb = q->guest_memory_mb,
				   .cpus = q->guest_cpus,
				   .append = q->append};
	_cleanup_free_ char *parameters = qemu_kernel_parameters(&setup);
	_cleanup_strv_ struct strv argv = {0};
	struct strbuf b = STRBUF_INIT;

	qemu_machine_argv(&setup, &argv);
	add_options(&b, &argv);
	strbuf_adds(&b, " \\\n\t-serial stdio -kernel obj/arch/x86/boot/bzImage \\\n"
			"\t-initrd initramfs.cpio \\\n\t-append ");
	clean_shell_word(&b, parameters);
	strbuf_adds(&b, "\n# a crash shows on this console; a clean run powers off in silence\n");
	add(r, "A run", &b);
}

static void add_command(struct report *r, const struct show *s)
{
	struct strbuf b = STRBUF_INIT;

	add_tree(r, s, &b);
	strbuf_adds(&b, "cd tree && CULPRIT_REVISION=$REV ");
	add_words(&b, &s->request.command);
	strbuf_adds(&b, "\n# 0 is clean, 125 tells nothing, 1 to 127 fails\n");
	add(r, "A run of a step", &b);
}

static void add_revert(struct report *r, const struct show *s)
{
	struct strbuf b = STRBUF_INIT;

	if (!report_has_culprit(r) || !r->bad.rev)
		return;
	strbuf_addf(&b, "git -C tree checkout %s--detach %s\n", s->request.carry ? "--force " : "",
		    r->bad.rev);
	if (s->request.carry)
		add_carry(s, &b);
	add_pick(s, "revert", r->culprit.rev, &b);
	strbuf_adds(&b, "# then as above; git -C tree revert --abort ends it\n");
	add(r, "The start commit without the culprit", &b);
}

static void add_bisection(struct report *r, const struct bisect_request *q)
{
	struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "culprit bisect %s tree --bad %s", r->kernel ? "--kernel" : "--repo",
		    q->bad);
	for (size_t i = 0; i < q->goods.len; i++)
		strbuf_addf(&b, " \\\n\t--good %s", q->goods.items[i]);
	if (q->carry)
		strbuf_addf(&b, " \\\n\t--carry %s", q->carry);
	if (q->title) {
		strbuf_adds(&b, " \\\n\t--title ");
		clean_shell_word(&b, q->title);
	}
	if (q->follow_detector)
		strbuf_adds(&b, " \\\n\t--follow-detector");
	strbuf_adds(&b, " \\\n\t--dir again");
	if (r->kernel)
		strbuf_addf(&b, " --config config --repro %s\n",
			    find_file(r, "repro.c") ? "repro.c" : "repro");
	else
		strbuf_adds(&b, " --run ");
	if (!r->kernel) {
		add_words(&b, &q->command);
		strbuf_addc(&b, '\n');
	}
	add(r, "All of it", &b);
}

void report_load_recipes(struct report *r, const struct show *s)
{
	const struct bisect_request *q = &s->request;

	if (r->kernel) {
		add_kernel(r, s);
		add_guest_files(r, q);
		add_guest(r, q);
	} else {
		add_command(r, s);
	}
	add_revert(r, s);
	add_bisection(r, q);
}
