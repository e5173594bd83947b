/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See send.h. The mail is in a file without a name, so that a sendmail that stops reading cannot
 * hold us up.
 */
#include "cmd/report/send.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"

enum { SEND_TIMEOUT_MS = 120000, SAID_MAX = 1 << 16 };

static int mail_file(const struct strbuf *mail, int *ret, struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("mail", MFD_CLOEXEC);
	int x = fd < 0 ? -errno : fd_write_all(fd, mail->data, mail->len);

	if (!x && lseek(fd, 0, SEEK_SET) < 0)
		x = -errno;
	if (x)
		return err_sys(e, x, "cannot hand on the mail");
	*ret = TAKE_FD(fd);
	return 0;
}

int report_send(const char *program, const struct strbuf *mail, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, said = STRBUF_INIT, how = STRBUF_INIT;
	char *argv[] = {(char *)program, (char *)"-t", (char *)"-i", NULL};
	struct proc_run p = {.spec = PROC_SPEC_INIT,
			     .max_bytes = SAID_MAX,
			     .timeout_ms = SEND_TIMEOUT_MS,
			     .out = &out,
			     .err = &said};
	_cleanup_fd_ int fd = -1;
	int x = mail_file(mail, &fd, e);

	if (x)
		return x;
	p.spec.argv = argv;
	p.spec.in = fd;
	x = proc_run(&p, e);
	if (x == -ENOENT)
		return err_set(e, x, "no program %s: install a mailer or name one with --sendmail",
			       program);
	if (x)
		return x;
	if (!p.status)
		return 0;
	proc_add_status(&how, p.status);
	strbuf_rtrim(&said);
	return err_set(e, -EIO, "%s did not take the mail (%s)%s%s", program, how.data,
		       said.len ? ": " : "", said.data);
}
