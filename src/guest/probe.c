/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe guest (see qemu_probe): a firmware image of a few instructions that writes one byte to
 * the first serial port and halts. It needs no kernel, so the accelerator can be chosen before
 * anything is built; and it is what tells a working KVM from one that opens and then never runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include "guest/qemu.h"

enum { ROM_SIZE = 65536, RESET_VECTOR = 0xfff0 };

static int write_rom(const char *path, struct err *e)
{
	static const unsigned char code[] = {
		0xba, 0xf8, 0x03, /* mov dx, 0x3f8 */
		0xb0, 'K',	  /* mov al, 'K' */
		0xee,		  /* out dx, al */
		0xf4,		  /* hlt */
		0xeb, 0xfd,	  /* jmp to the hlt */
	};
	static const unsigned char reset[] = {0xea, 0x00, 0x00, 0x00, 0xf0}; /* jmp f000:0000 */
	_cleanup_free_ unsigned char *rom = xcalloc(1, ROM_SIZE);

	memcpy(rom, code, sizeof(code));
	memcpy(rom + RESET_VECTOR, reset, sizeof(reset));
	return file_write_atomic(path, rom, ROM_SIZE, e);
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

		if (now >= end)
			return false;
		if (poll(pf, 2, (int)((end - now) / USEC_PER_MSEC) + 1) < 0 && errno != EINTR)
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
	const char *program, *rom, *accel;
	int timeout_ms;
	bool works;
	struct strbuf text; /* QEMU's complaint */
};

static int run_probe(struct probe *p, struct err *e)
{
	_cleanup_free_ char *machine = xasprintf("pc,accel=%s", p->accel);
	int console[2] = {-1, -1}, out[2] = {-1, -1}, r;
	struct proc_spec s = PROC_SPEC_INIT;
	_cleanup_strv_ struct strv argv = {0};
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, console) < 0 || pipe2(out, O_CLOEXEC) < 0) {
		r = err_sys(e, -errno, "cannot make a socket pair");
		goto done;
	}
	strv_add(&argv, p->program);
	strv_add(&argv, "-nodefaults");
	strv_add(&argv, "-no-user-config");
	strv_add(&argv, "-display");
	strv_add(&argv, "none");
	strv_add(&argv, "-nic");
	strv_add(&argv, "none");
	strv_add(&argv, "-machine");
	strv_add(&argv, machine);
	strv_add(&argv, "-m");
	strv_add(&argv, "16M");
	strv_add(&argv, "-bios");
	strv_add(&argv, p->rom);
	strv_add(&argv, "-chardev");
	strv_addf(&argv, "socket,id=console,fd=%d", console[1]);
	strv_add(&argv, "-serial");
	strv_add(&argv, "chardev:console");
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
done:
	fd_close(&console[0]);
	fd_close(&console[1]);
	fd_close(&out[0]);
	fd_close(&out[1]);
	return r;
}

int qemu_probe(const char *program, const char *scratch_dir, int timeout_ms, bool *ret_works,
	       char **why, struct err *e)
{
	_cleanup_free_ char *rom = xasprintf("%s/probe.rom", scratch_dir);
	struct probe tcg = {program, rom, "tcg", 6 * timeout_ms, false, STRBUF_INIT};
	struct probe kvm = {program, rom, "kvm", timeout_ms, false, STRBUF_INIT};
	int r = write_rom(rom, e);

	if (!r)
		r = run_probe(&tcg, e);
	if (r == -ENOENT)
		err_set(e, r, "no QEMU (%s): apt-get install qemu-system-x86, or name one with --qemu",
			program);
	if (!r && !tcg.works) {
		*strchrnul(tcg.text.data, '\n') = '\0';
		r = err_set(e, -EIO, "%s cannot run a guest: %s", program,
			    tcg.text.len ? tcg.text.data : "the probe guest printed nothing");
	}
	*ret_works = false;
	if (!r && access("/dev/kvm", R_OK | W_OK) < 0) {
		*why = xasprintf("TCG: /dev/kvm: %s", strerror(errno));
	} else if (!r && !(r = run_probe(&kvm, e))) {
		*ret_works = kvm.works;
		*why = xstrdup(kvm.works ? "KVM: the probe guest printed"
					 : "TCG: /dev/kvm opens, but the probe guest under KVM "
					   "printed nothing");
	}
	strbuf_done(&tcg.text);
	strbuf_done(&kvm.text);
	unlink(rom);
	return r;
}
