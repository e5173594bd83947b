/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit report STATE: the answer of a bisection with its evidence, as text, JSON, HTML or mail. A
 * mail is sent when that is asked for, and then only if verification does not speak against it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "cmd/report/load.h"
#include "cmd/report/send.h"
#include "report/report.h"

enum {
	OPT_FORMAT = 256,
	OPT_SEND,
	OPT_SENDMAIL,
	OPT_FORCE,
	OPT_FROM,
	OPT_TO,
	OPT_CC,
	OPT_ONLY_TO,
	OPT_IN_REPLY_TO,
	OPT_REPORTED_BY,
	OPT_URL,
	OPT_HELP,
};

static const struct option options[] = {
	{"format", required_argument, NULL, OPT_FORMAT},
	{"output", required_argument, NULL, 'o'},
	{"send", no_argument, NULL, OPT_SEND},
	{"sendmail", required_argument, NULL, OPT_SENDMAIL},
	{"force", no_argument, NULL, OPT_FORCE},
	{"from", required_argument, NULL, OPT_FROM},
	{"to", required_argument, NULL, OPT_TO},
	{"cc", required_argument, NULL, OPT_CC},
	{"only-to", required_argument, NULL, OPT_ONLY_TO},
	{"in-reply-to", required_argument, NULL, OPT_IN_REPLY_TO},
	{"reported-by", required_argument, NULL, OPT_REPORTED_BY},
	{"url", required_argument, NULL, OPT_URL},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static const char help[] =
	"usage: culprit report [--format text|json|html|mail] [-o FILE] STATE\n"
	"       culprit report --send [OPTION]... STATE\n"
	"\n"
	"Writes what a bisection found, how sure it is, the evidence, and how to repeat each step "
	"by\n"
	"hand. It works also while the bisection runs, and when it failed.\n"
	"\n"
	"  --format NAME         text (default); json (docs/report.md); html, one file that needs "
	"no\n"
	"                        other; mail, for the author of the commit\n"
	"  -o, --output FILE     write to FILE instead of standard output\n"
	"\n"
	"mail:\n"
	"  --from ADDRESS        \"Name <address>\"; default: git's user.name and user.email\n"
	"  --to, --cc ADDRESS    further recipients; may be given several times\n"
	"  --only-to ADDRESS     nobody but this one\n"
	"  --in-reply-to ID      the mail that is answered\n"
	"  --reported-by ADDRESS for the Reported-by: line; default: the sender\n"
	"  --url URL             where the files of STATE can be had; else they are attached\n"
	"  --send                hand the mail to sendmail instead of printing it. Refused unless\n"
	"                        verification says that the answer may be mailed\n"
	"  --force               send it nevertheless\n"
	"  --sendmail PROGRAM    is called with -t -i (default sendmail)\n"
	"\n"
	"exit codes: 0 done; 1 usage or environment error, or a mail that was not sent\n";

struct args {
	const char *dir, *format, *output;
	const char *from, *in_reply_to, *reported_by, *url, *sendmail;
	struct strv to, cc;
	bool send, force, only_to;
};

static int option(struct args *a, int opt)
{
	switch (opt) {
	case OPT_FORMAT: a->format = optarg; break;
	case 'o': a->output = optarg; break;
	case OPT_SEND: a->send = true; break;
	case OPT_SENDMAIL: a->sendmail = optarg; break;
	case OPT_FORCE: a->force = true; break;
	case OPT_FROM: a->from = optarg; break;
	case OPT_TO: strv_add(&a->to, optarg); break;
	case OPT_CC: strv_add(&a->cc, optarg); break;
	case OPT_ONLY_TO:
		a->only_to = true;
		strv_add(&a->to, optarg);
		break;
	case OPT_IN_REPLY_TO: a->in_reply_to = optarg; break;
	case OPT_REPORTED_BY: a->reported_by = optarg; break;
	case OPT_URL: a->url = optarg; break;
	default: break;
	}
	return 0;
}

static int check(struct args *a)
{
	static const char *const formats[] = {"text", "json", "html", "mail"};
	bool known = false;

	if (!a->dir)
		return cmd_fail("report: give the folder of a bisection (culprit report --help)");
	if (a->send && a->format && strcmp(a->format, "mail"))
		return cmd_fail("report: --send sends a mail: leave --format %s out", a->format);
	if (a->send && a->output)
		return cmd_fail("report: give either --send or --output");
	if (!a->format)
		a->format = a->send ? "mail" : "text";
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		known |= !strcmp(formats[i], a->format);
	if (!known)
		return cmd_fail("report: no format \"%s\": text, json, html or mail", a->format);
	if (a->force && !a->send)
		return cmd_fail("report: --force needs --send");
	return 0;
}

static int parse(int argc, char **argv, struct args *a)
{
	int opt;

	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(help, stdout);
			return -1;
		}
		if (opt == ':')
			return cmd_fail("report: %s needs a value", argv[optind - 1]);
		if (opt == '?')
			return cmd_fail("report: no option %s (culprit report --help)",
					argv[optind - 1]);
		if (option(a, opt))
			return EXIT_ENVIRONMENT;
	}
	if (optind < argc)
		a->dir = argv[optind++];
	if (optind < argc)
		return cmd_fail("report: what is \"%s\"? (culprit report --help)", argv[optind]);
	return check(a);
}

/* So that the same report is the same mail, where that is wanted (reproducible-builds.org). */
static int64_t date_of_mail(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long s = epoch ? strtoll(epoch, &end, 10) : 0;

	return epoch && *epoch && !*end && s >= 0 ? s : clock_wall_us() / USEC_PER_SEC;
}

/* May it be sent? */
static int allow(const struct args *a, const struct report *r, const char *from, size_t recipients,
		 struct err *e)
{
	if (!from)
		return err_set(e, -EINVAL,
			       "a mail needs a sender: give --from, or set git's user.name and "
			       "user.email");
	if (!recipients)
		return err_set(e, -EINVAL, "nobody to send it to: give --to");
	if (a->force || report_may_mail(r))
		return 0;
	if (!report_has_culprit(r))
		return err_set(e, -EPERM,
			       "there is no culprit to write to: not sent (--force sends it "
			       "nevertheless)");
	return err_set(e, -EPERM,
		       "%s: not sent; culprit report %s has the reasons (--force sends it "
		       "nevertheless)",
		       r->tier ? "verification says \"do not mail\""
			       : "the answer was not verified",
		       a->dir);
}

static int write_mail(const struct args *a, struct report *r, struct strbuf *out, struct err *e)
{
	const char *from = a->from ? a->from : r->identity;
	struct report_mail m = {.from = from ? from : "culprit <culprit@localhost>",
				.to = &a->to,
				.cc = &a->cc,
				.in_reply_to = a->in_reply_to,
				.url = a->url,
				.only_given = a->only_to,
				.date_s = date_of_mail()};
	size_t n;

	if (!report_mail_is_address(m.from))
		return err_set(e, -EINVAL, "--from %s: not an address (\"Name <user@host>\")",
			       m.from);
	n = report_mail(r, &m, out);
	return a->send ? allow(a, r, from, n, e) : 0;
}

static int make(const struct args *a, struct report *r, struct strbuf *out, struct err *e)
{
	const char *reporter = a->reported_by ? a->reported_by : a->from ? a->from : r->identity;

	r->reporter = reporter ? xstrdup(reporter) : NULL;
	if (!strcmp(a->format, "json"))
		report_json(r, out);
	else if (!strcmp(a->format, "html"))
		report_html(r, out);
	else if (!strcmp(a->format, "mail"))
		return write_mail(a, r, out, e);
	else
		report_text(r, out);
	return 0;
}

static int put(const struct args *a, const struct strbuf *out, struct err *e)
{
	if (a->send)
		return report_send(a->sendmail ? a->sendmail : "sendmail", out, e);
	if (a->output)
		return file_write_atomic(a->output, out->data, out->len, e);
	fwrite(out->data, 1, out->len, stdout);
	if (fflush(stdout) || ferror(stdout))
		return err_sys(e, -errno, "cannot write standard output");
	return 0;
}

static int report(const struct args *a, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_report_ struct report r;
	int x;

	report_init(&r);
	x = report_load(&r, a->dir, e);
	if (!x)
		x = make(a, &r, &out, e);
	return x ? x : put(a, &out, e);
}

int cmd_report(int argc, char **argv)
{
	struct args a = {0};
	struct err e = ERR_INIT;
	int r = parse(argc, argv, &a);

	if (!r && report(&a, &e))
		r = cmd_fail("report: %s", e.text);
	strv_done(&a.to);
	strv_done(&a.cc);
	return r < 0 ? 0 : r;
}
