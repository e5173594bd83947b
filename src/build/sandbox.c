/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox (see sandbox.h). bwrap makes the namespaces; a filter of system calls closes what
 * they leave open. A socket file (docker's, a terminal multiplexer's, an agent's) can be connected
 * to on a file system that is read-only, and who can is out of the sandbox: so no socket can be
 * made at all, not by io_uring either, nor by the entries for other kinds of programs.
 */
#include "build/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "base/vec.h"

enum {
	PROBE_MS = 20000,
	SAID_MAX = 1 << 16,
	I386_SOCKETCALL = 102,
	I386_KEYCTL = 288,
	I386_SOCKET = 359,
	IO_URING_SETUP = 425, /* the same number everywhere */
	X32_BIT = 0x40000000,
};

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DENY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
/* The next statement only when the accumulator is, or is not, k. */
#define WHEN(k) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, 1)
#define WHEN_NOT(k) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 1, 0)

static const struct sock_filter no_sockets[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 10, 0),
	WHEN_NOT(AUDIT_ARCH_I386),
	KILL,
	LOAD(nr),
	WHEN(I386_SOCKETCALL),
	DENY,
	WHEN(I386_SOCKET),
	DENY,
	WHEN(I386_KEYCTL),
	DENY,
	BPF_STMT(BPF_JMP | BPF_JA, 7),
	/* x86-64 */
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1),
	DENY,
	WHEN(SYS_socket),
	DENY,
	WHEN(SYS_keyctl),
	DENY,
	/* all */
	WHEN(IO_URING_SETUP),
	DENY,
	ALLOW,
};

static int filter_open(struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write_all(fd, no_sockets, sizeof(no_sockets));

	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r ? err_sys(e, r, "cannot make the filter of the sandbox") : TAKE_FD(fd);
}

const char *sandbox_path(const struct sandbox *s, const struct sandbox_folder *f)
{
	return s->program && f->at ? f->at : f->from;
}

static void add_folders(const struct sandbox_folder *folders, struct strv *argv)
{
	for (const struct sandbox_folder *f = folders; f->from; f++) {
		strv_add(argv, f->is_read_only ? "--ro-bind" : "--bind");
		strv_add(argv, f->from);
		strv_add(argv, f->at ? f->at : f->from);
	}
}

/* Root could write settings of the kernel in a /proc of its own without any privilege. */
static const char basics[] = "--unshare-net\n--unshare-ipc\n--unshare-pid\n--unshare-uts\n"
			     "--die-with-parent\n--new-session\n--ro-bind\n/\n/\n--dev\n/dev\n"
			     "--proc\n/proc\n--remount-ro\n/proc\n";

/* Root keeps what lets it use files of others, as it may outside; on what is read-only that gives
 * nothing. Users have no privilege to begin with. */
static void add_privileges(struct strv *argv)
{
	if (geteuid() == 0)
		strv_add_lines(argv, "--cap-drop\nALL\n--cap-add\nCAP_DAC_OVERRIDE\n--cap-add\n"
				     "CAP_FOWNER\n");
}

int sandbox_enter(const struct sandbox *s, const struct sandbox_folder *folders, struct strv *argv,
		  int *ret_fd, struct err *e)
{
	*ret_fd = -1;
	if (!s->program)
		return 0;
	*ret_fd = filter_open(e);
	if (*ret_fd < 0)
		return *ret_fd;
	strv_add(argv, s->program);
	strv_add_lines(argv, basics);
	add_privileges(argv);
	add_folders(folders, argv);
	strv_add(argv, "--seccomp");
	strv_addf(argv, "%d", *ret_fd);
	strv_add(argv, "--");
	return 0;
}

int sandbox_status(const struct sandbox *s, int wait_status)
{
	int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;

	return s->program && code > 128 && code < 128 + 65 ? code - 128 : wait_status;
}

/* Does the sandbox start here? why receives what bwrap says when not. */
static bool works(const struct sandbox *s, struct strbuf *why)
{
	static const struct sandbox_folder none[] = {{0}};
	_cleanup_strv_ struct strv argv = {0};
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT;
	struct proc_run r = {.spec = PROC_SPEC_INIT,
			     .max_bytes = SAID_MAX,
			     .timeout_ms = PROBE_MS,
			     .err = &said};
	_cleanup_fd_ int fd = -1;
	struct err e = ERR_INIT;
	int x = sandbox_enter(s, none, &argv, &fd, &e);

	strv_add(&argv, "true");
	r.spec.argv = strv_argv(&argv);
	r.spec.keep = &fd;
	r.spec.n_keep = 1;
	if (!x)
		x = proc_run(&r, &e);
	*strchrnul(said.data, '\n') = '\0';
	if (x)
		strbuf_adds(why, e.text);
	else if (r.status)
		strbuf_addf(why, "bwrap fails: %s", *said.data ? said.data : "it does not say why");
	return !x && !r.status;
}

int sandbox_open(struct sandbox *s, const char *mode, struct err *e)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;

	*s = (struct sandbox){0};
	if (str_eq(mode, "no"))
		return 0;
	s->program = path_find_program("bwrap");
	if (!s->program)
		strbuf_adds(&why, "bwrap is not installed (Debian: bubblewrap)");
	else if (works(s, &why))
		return 0;
	freep(&s->program);
	if (str_eq(mode, "yes"))
		return err_set(e, -ENOTSUP,
			       "--sandbox yes does not work here: %s; mend that, or leave it out",
			       why.data);
	s->note = xasprintf("builds run without a sandbox: %s", why.data);
	return 0;
}

void sandbox_done(struct sandbox *s)
{
	freep(&s->program);
	freep(&s->note);
}
