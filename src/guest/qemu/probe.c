/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe guest (see qemu_probe): probe_rom.S as the firmware of a machine with the very
 * settings of the guests to come. It needs no kernel, so the accelerator can be chosen before
 * anything is built; and it is what tells a working KVM from one that opens and then never runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "guest/qemu/qemu.h"

enum { ROM_SIZE = 65536, TCG_PATIENCE = 6, SLICE_MS = 250 };

extern const char culprit_probe_rom[];

/* The loop, which would take the signals, does not run yet; they are blocked. */
static bool is_interrupted(void)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, SIGINT) || sigismember(&set, SIGTERM);
}

/* Waits for the byte, the end of QEMU (its output closes) or the deadline. */
static bool hears_byte(int console, int said, int timeout_ms, struct strbuf *text)
{
	uint64_t end = clock_now_us() + (uint64_t)timeout_ms * USEC_PER_MSEC;

	for (;;) {
		struct pollfd pf[2] = {{console, POLLIN, 0}, {said, POLLIN, 0}};
		uint64_t now = clock_now_us();
		char buf[512];
		ssize_t n;

		if (now >= end || is_interrupted())
			return false;
		if (poll(pf, 2, SLICE_MS) < 0 && errno != EINTR)
			return false;
		if (pf[0].revents && (n = read(console, buf, sizeof(buf))) > 0 &&
		    memchr(buf, 'K', (size_t)n))
			return true;
		if (pf[1].revents) {
			n = read(said, buf, sizeof(buf));
			if (n <= 0)
				return false;
			strbuf_add(text, buf, (size_t)n);
		}
	}
}

struct probe {
	struct qemu_setup setup;
	const char *rom;
	int timeout_ms;
	bool works;
	struct strbuf text; /* QEMU's complaint */
};

static int run_probe(struct probe *p, struct err *e)
{
	int console[2] = {-1, -1}, out[2] = {-1, -1}, r;
	struct proc_spec s = PROC_SPEC_INIT;
	_cleanup_strv_ struct strv argv = {0};
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, console) < 0 ||
	    pipe2(out, O_CLOEXEC) < 0) {
		r = err_sys(e, -errno, "cannot make a socket pair");
		goto done;
	}
	qemu_machine_argv(&p->setup, &argv);
	strv_add(&argv, "-bios");
	strv_add(&argv, p->rom);
	qemu_serial_argv("console", console[1], &argv);
	s.argv = strv_argv(&argv);
	s.out = s.err = out[1];
	s.keep = &console[1];
	s.n_keep = 1;
	r = proc_spawn(&s, &pid, e);
	fd_close(&console[1]);
	fd_close(&out[1]);
	if (r)
		goto done;
	p->works = hears_byte(console[0], out[0], p->timeout_ms, &p->text);
	proc_kill(pid);
	proc_wait(pid);
	if (!p->works && is_interrupted())
		r = err_set(e, -EINTR, "interrupted");
done:
	fd_close(&console[0]);
	fd_close(&console[1]);
	fd_close(&out[0]);
	fd_close(&out[1]);
	return r;
}

/* The first line of what QEMU said, for a message. */
static const char *complaint(struct probe *p)
{
	*strchrnul(p->text.data, '\n') = '\0';
	return *p->text.data ? p->text.data : "the probe guest printed nothing";
}

static int probe_tcg(struct probe *p, struct err *e)
{
	int r = run_probe(p, e);

	if (r == -ENOENT)
		return err_set(e, r,
			       "no QEMU (%s): apt-get install qemu-system-x86, or name one with "
			       "--qemu",
			       p->setup.program);
	if (!r && !p->works)
		return err_set(e, -EIO, "%s cannot run a guest: %s", p->setup.program,
			       complaint(p));
	return r;
}

int qemu_probe(const struct qemu_setup *s, const char *scratch_dir, int timeout_ms, bool *ret_works,
	       char **why, struct err *e)
{
	_cleanup_free_ char *rom = xasprintf("%s/probe.rom", scratch_dir);
	struct probe tcg = {*s, rom, TCG_PATIENCE * timeout_ms, false, STRBUF_INIT};
	struct probe kvm = {*s, rom, timeout_ms, false, STRBUF_INIT};
	int r = file_write_atomic(rom, culprit_probe_rom, ROM_SIZE, e);

	tcg.setup.kvm = false;
	kvm.setup.kvm = true;
	*ret_works = false;
	if (!r)
		r = probe_tcg(&tcg, e);
	if (!r && access("/dev/kvm", R_OK | W_OK) < 0) {
		*why = xasprintf("TCG: /dev/kvm: %s", strerror(errno));
	} else if (!r && !(r = run_probe(&kvm, e))) {
		*ret_works = kvm.works;
		*why = kvm.works ? xstrdup("KVM: a probe guest printed")
				 : xasprintf("TCG: /dev/kvm opens, but a probe guest does not run "
					     "(%s)",
					     complaint(&kvm));
	}
	strbuf_done(&tcg.text);
	strbuf_done(&kvm.text);
	unlink(rom);
	return r;
}
