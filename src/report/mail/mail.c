/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as a mail to those who can mend the bug. Plain text that stands for itself; what it
 * takes to repeat it is attached, as far as a mailing list carries it (lists of the kernel refuse
 * mails above 100,000 bytes).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"
#include "report/body.h"
#include "report/clean.h"
#include "report/mail/mime.h"
#include "report/report.h"

enum {
	ATTACHED_MAX = 64 << 10, /* bytes of all files */
	RECIPIENTS_MAX = 100,
	ID_MAX = 200,
	FILE_NAME_MAX = 120, /* with what stands before it */
};

/* A boundary is no line of any part: mime.c keeps "=_" out of them. */
static const char boundary[] = "=_culprit_report";

bool report_mail_is_address(const char *s)
{
	const char *address;

	return mime_find_address(s, &address) > 0;
}

/* --- recipients --- */

struct people {
	struct strv seen; /* addresses, in lower case */
};

static bool is_new(struct people *p, const char *s)
{
	const char *address;
	size_t len = mime_find_address(s, &address);
	char *lower;

	if (!len || p->seen.len >= RECIPIENTS_MAX)
		return false;
	lower = xstrndup(address, len);
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (strv_has(&p->seen, lower)) {
		free(lower);
		return false;
	}
	vec_push(&p->seen, lower);
	return true;
}

/* Those of the list that have not got the mail yet, as (the rest of) a field. */
static size_t add_people(struct strbuf *out, const char *field, size_t before,
			 const struct strv *list, struct people *p)
{
	size_t n = 0;

	for (size_t i = 0; list && i < list->len; i++) {
		if (!is_new(p, list->items[i]))
			continue;
		if (before + n)
			strbuf_adds(out, ",\n\t");
		else
			strbuf_addf(out, "%s: ", field);
		mime_add_address(out, list->items[i]);
		n++;
	}
	return n;
}

/* To: those who were named, and the commit's author; Cc: the others who put their name under it. */
static size_t add_recipients(const struct report *r, const struct report_mail *m,
			     struct strbuf *out)
{
	struct strv author = {.items = (char *[]){r->culprit.author}, .len = 1};
	bool to_author = !m->only_given && report_has_culprit(r) && r->culprit.author;
	struct people p = {0};
	size_t to, cc;

	to = add_people(out, "To", 0, m->to, &p);
	if (to_author)
		to += add_people(out, "To", to, &author, &p);
	if (!to && !m->only_given)
		to = add_people(out, "To", 0, &r->recipients, &p);
	strbuf_adds(out, to ? "\n" : "");
	cc = add_people(out, to ? "Cc" : "To", 0, m->cc, &p);
	if (!m->only_given)
		cc += add_people(out, "Cc", cc, &r->recipients, &p);
	strbuf_adds(out, cc ? "\n" : "");
	strv_done(&p.seen);
	return to + cc;
}

/* --- the head --- */

static void clean_version(struct strbuf *out, const char *s)
{
	enum { VERSION_MAX = 20 };

	for (size_t i = 0; s && s[i] && i < VERSION_MAX; i++)
		if (isalnum((unsigned char)s[i]) || strchr(".-", s[i]))
			strbuf_addc(out, s[i]);
}

/* A check is not what the crash comes from. */
static const char *how_sure(const struct report *r)
{
	if (str_eq(r->label, "detector"))
		return ", found by the check of ";
	return str_eq(r->tier, "mail") ? ", bisected to " : ", probably from ";
}

static void add_subject(const struct report *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf s = STRBUF_INIT;
	const char *crash = r->crash && *r->crash ? r->crash : "a failing test";

	strbuf_adds(&s, "[culprit] ");
	if (report_has_culprit(r)) {
		clean_line(&s, crash, CLEAN_LINE);
		strbuf_adds(&s, how_sure(r));
		clean_id(&s, r->culprit.rev, REPORT_SHORT_HEX);
	} else {
		strbuf_adds(&s, "no culprit yet for ");
		clean_line(&s, crash, CLEAN_LINE);
	}
	mime_add_text(out, "Subject", s.data);
}

static void add_date(struct strbuf *out, int64_t s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)s;
	struct tm tm;

	/* The words are fixed, whatever the locale. */
	if (!gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900)
		return;
	strbuf_addf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\n", days + 3 * tm.tm_wday,
		    tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
}

/* Of the bisection and how far it was: the same report twice is one mail to its readers. */
static void add_id(const struct report *r, const char *from, struct strbuf *out)
{
	const char *address = "", *host;
	size_t len = mime_find_address(from, &address);

	host = len ? memchr(address, '@', len) : NULL;
	strbuf_adds(out, "Message-ID: <culprit.");
	clean_id(out, r->bad.rev, REPORT_SHORT_HEX);
	strbuf_addf(out, ".%llx.%lld@", (unsigned long long)r->started_us,
		    (long long)r->last_event);
	if (host)
		strbuf_add(out, host + 1, len - (size_t)(host + 1 - address));
	else
		strbuf_adds(out, "localhost");
	strbuf_adds(out, ">\n");
}

static void add_thread(const char *id, struct strbuf *out)
{
	size_t bare = id && *id == '<' ? 1 : 0;
	size_t len = id ? strcspn(id + bare, ">") : 0;
	const char *address;
	char *copy;

	if (!len || len > ID_MAX)
		return;
	copy = xstrndup(id + bare, len);
	/* An id has the form of an address. */
	if (mime_find_address(copy, &address) == len)
		strbuf_addf(out, "In-Reply-To: <%s>\nReferences: <%s>\n", copy, copy);
	free(copy);
}

static size_t add_head(const struct report *r, const struct report_mail *m, struct strbuf *out)
{
	size_t n;

	strbuf_adds(out, "From: ");
	if (!mime_add_address(out, m->from))
		strbuf_adds(out, "culprit <culprit@localhost>");
	strbuf_addc(out, '\n');
	n = add_recipients(r, m, out);
	add_subject(r, out);
	add_date(out, m->date_s);
	add_id(r, m->from, out);
	add_thread(m->in_reply_to, out);
	strbuf_adds(out, "Auto-Submitted: auto-generated\n");
	strbuf_adds(out, "User-Agent: culprit/");
	clean_version(out, r->version);
	strbuf_adds(out, "\n");
	strbuf_adds(out, "MIME-Version: 1.0\n");
	return n;
}

/* --- the parts --- */

/* Small ones first, so that a config which is too long does not keep out the reproducer. */
static bool choose_files(const struct report *r, const struct report_mail *m, bool *attached)
{
	size_t left = ATTACHED_MAX;
	bool any = false;

	for (size_t round = 0; !m->url && round < r->files.len; round++) {
		size_t best = SIZE_MAX, len;

		for (size_t i = 0; i < r->files.len; i++)
			if (!attached[i] && r->files.items[i].text &&
			    (best == SIZE_MAX ||
			     strlen(r->files.items[i].text) < strlen(r->files.items[best].text)))
				best = i;
		len = best == SIZE_MAX ? 0 : strlen(r->files.items[best].text);
		if (best == SIZE_MAX || len > left)
			break;
		attached[best] = any = true;
		left -= len;
	}
	return any;
}

static void add_file(const struct report_file *f, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf more = STRBUF_INIT;

	strbuf_adds(&more, "\nContent-Disposition: attachment; filename=\"");
	for (const char *p = f->name ? f->name : ""; *p && more.len < FILE_NAME_MAX; p++)
		if (isalnum((unsigned char)*p) || strchr("._-", *p))
			strbuf_addc(&more, *p);
	strbuf_addc(&more, '"');
	strbuf_addf(out, "\n--%s\n", boundary);
	mime_add_part(out, f->text, false, more.data);
}

static void add_ending(const struct report *r, struct strbuf *out)
{
	strbuf_adds(out, "-- \nThis report was made by a program, culprit ");
	clean_line(out, r->version, 20);
	strbuf_adds(out, ".\nIf it is wrong, please answer: what told you helps the next one.\n");
}

size_t report_mail(const struct report *r, const struct report_mail *m, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf body = STRBUF_INIT;
	_cleanup_free_ bool *attached = xcalloc(r->files.len + 1, sizeof(*attached));
	bool any = choose_files(r, m, attached);
	struct body_options o = {.url = m->url, .attached = attached, .brief = true};
	size_t n = add_head(r, m, out);

	body_add(r, &o, &body);
	add_ending(r, &body);
	if (any)
		strbuf_addf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\n\n--%s\n",
			    boundary, boundary);
	mime_add_part(out, body.data, true, "");
	for (size_t i = 0; any && i < r->files.len; i++)
		if (attached[i])
			add_file(&r->files.items[i], out);
	if (any)
		strbuf_addf(out, "\n--%s--\n", boundary);
	return n;
}
