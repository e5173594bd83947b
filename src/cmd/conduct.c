/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `bisect` and `resume` share: the conductor with its observers - progress on stdout,
 * STATE/bisect.log and STATE/result.json - and the last words.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "bisect/conductor.h"
#include "bisect/follow.h"
#include "bisect/plan.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "crash/crash.h"
#include "journal/journal.h"
#include "report/log.h"
#include "report/result.h"

struct conduct {
	const char *dir;
	struct progress *progress;
	struct report_log *log; /* from the first event on */
	struct result *result;
	int log_fd;
	size_t written; /* of the log */
	/* Of the two files, as of now: the journal is the truth, so they do not stop us. */
	struct err log_err, result_err;
	bool log_failed, result_failed;
	char *status, *rev, *title, *crash, *label, *tier, *revert;
	char *wanted; /* --title */
	struct strbuf candidates, people, sure;
	unsigned tested, builds, runs;
	uint64_t active_us, build_us, test_us;
};

/* The log is opened when the past is folded: what the file holds beyond the events, or lacks,
 * is put right. What could not be written is written the next time. */
static void write_log(struct conduct *c)
{
	_cleanup_free_ char *path = xasprintf("%s/bisect.log", c->dir);
	const struct strbuf *text = report_log_text(c->log);
	int r = 0;

	if (c->log_fd < 0) {
		c->log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		c->written = 0;
	}
	if (c->log_fd < 0 || lseek(c->log_fd, (off_t)c->written, SEEK_SET) < 0)
		r = -errno;
	if (!r)
		r = fd_write_all(c->log_fd, text->data + c->written, text->len - c->written);
	if (!r)
		c->written = text->len;
	else
		err_sys(&c->log_err, r, "cannot write %s", path);
	c->log_failed = r != 0;
}

static void write_result(struct conduct *c)
{
	_cleanup_free_ char *path = xasprintf("%s/result.json", c->dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	result_json(c->result, &text);
	c->result_failed = file_write_atomic(path, text.data, text.len, &c->result_err) != 0;
}

static void remember(struct conduct *c, const struct bisect_state *s,
		     const struct journal_event *ev)
{
	c->tested = s->n_revisions;
	c->builds = s->tally.builds;
	c->runs = s->tally.runs;
	c->active_us = s->active_us;
	c->build_us = s->tally.build_us;
	c->test_us = s->tally.test_us;
	if (ev->kind == JOURNAL_RESULT) {
		xstrset(&c->status, ev->outcome);
		xstrset(&c->rev, ev->rev);
		xstrset(&c->title, ev->title);
	}
	if (ev->kind != JOURNAL_FACT || !ev->text)
		return;
	if (str_eq(ev->outcome, "crash"))
		xstrset(&c->crash, ev->text);
	else if (str_eq(ev->outcome, "label"))
		xstrset(&c->label, ev->text);
	else if (str_eq(ev->outcome, "tier"))
		xstrset(&c->tier, ev->text);
	else if (str_eq(ev->outcome, "revert"))
		xstrset(&c->revert, ev->text);
	else if (str_eq(ev->outcome, "candidates"))
		strbuf_adds(&c->candidates, ev->text);
	else if (str_eq(ev->outcome, "recipients"))
		strbuf_adds(&c->people, ev->text);
	else if (str_eq(ev->outcome, "probabilities"))
		strbuf_adds(&c->sure, ev->text);
}

/* What the request says, once. */
static void begin_log(struct conduct *c, const struct bisect_request *r)
{
	enum report_log_format format;

	if (c->log)
		return;
	xstrset(&c->wanted, r->title);
	report_log_format_parse(r->log_format, &format);
	c->log = report_log_new(format);
	if (r->carry)
		report_log_carry(c->log, r->carry);
}

static void on_event(const struct bisect_request *r, const struct bisect_state *s,
		     const struct journal_event *ev, bool live, void *data)
{
	struct conduct *c = data;

	begin_log(c, r);
	report_log_apply(c->log, ev);
	result_apply(c->result, ev);
	remember(c, s, ev);
	progress_event(c->progress, r, s, ev, live);
	if (!live)
		return;
	write_log(c);
	if (ev->kind == JOURNAL_VERDICT || ev->kind == JOURNAL_RESULT)
		write_result(c);
}

static void on_tick(void *data)
{
	struct conduct *c = data;

	progress_tick(c->progress);
}

static void print_times(const struct conduct *c)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "%u revisions, ", c->tested);
	if (c->builds)
		strbuf_addf(&b, "%u builds, ", c->builds);
	strbuf_addf(&b, "%u runs in ", c->runs);
	clock_add_short(&b, c->active_us);
	if (c->builds) {
		strbuf_adds(&b, " (build ");
		clock_add_short(&b, c->build_us);
		strbuf_adds(&b, ", test ");
		clock_add_short(&b, c->test_us);
		strbuf_addc(&b, ')');
	}
	printf("%s\nlog: %s/bisect.log\n", b.data, c->dir);
}

static void print_people(const struct conduct *c)
{
	_cleanup_strv_ struct strv people = {0};

	strv_add_lines(&people, c->people.data);
	for (size_t i = 0; i < people.len; i++)
		printf("%s%s", i ? ", " : "write to: ", people.items[i]);
	if (people.len)
		printf("\n");
}

static void print_not_reproduced(const struct conduct *c)
{
	_cleanup_strbuf_ struct strbuf title = STRBUF_INIT;

	if (c->wanted)
		strbuf_add_printable(&title, c->wanted, CRASH_TITLE_MAX);
	printf("\nthe crash was not reproduced on the start revision%s%s\n", c->wanted ? ": " : "",
	       title.data);
	if (c->wanted && c->crash)
		printf("another came there: %s\n", c->crash);
}

static void print_end(const struct conduct *c)
{
	if (str_eq(c->status, BISECT_CULPRIT)) {
		printf("\nfirst bad commit: %s %s\n", c->rev, c->title ? c->title : "");
		if (c->sure.len)
			printf("confidence: %.2f %%\n",
			       100 * strtod(c->sure.data + strcspn(c->sure.data, " "), NULL));
		if (c->crash)
			printf("crash: %s\n", c->crash);
		if (c->label)
			printf("label: %s; reverted on the start revision: %s\n", c->label,
			       c->revert ? c->revert : "not tried");
		if (c->tier)
			printf("mail: %s (culprit report %s says why)\n", c->tier, c->dir);
		print_people(c);
	} else if (str_eq(c->status, BISECT_INCONCLUSIVE)) {
		printf("\ninconclusive: %s; the first bad commit is %sone of:\n%s",
		       c->sure.len ? "no commit is sure enough" : "what is left cannot be tested",
		       c->sure.len ? "with 95 % " : "", c->candidates.data);
	} else if (str_eq(c->status, BISECT_BUDGET)) {
		printf("\nthe limit is reached (deadline, builds or runs); %s%s",
		       c->candidates.len ? "with 95 % the first bad commit is one of:\n"
					 : "the search had not begun\n",
		       c->candidates.data ? c->candidates.data : "");
	} else if (str_eq(c->status, BISECT_PREDATES)) {
		printf("\nthe crash is older than the range: it happens on the good end too%s%s\n",
		       c->crash ? ": " : "", c->crash ? c->crash : "");
	} else {
		print_not_reproduced(c);
	}
	print_times(c);
}

/* The last words of a session without a result; returns the exit status. */
static int tell_stop(const struct conduct *c, int r, const struct err *e)
{
	bool is_full = e->code == -ENOSPC || e->code == -EDQUOT;

	if (r == -EINTR || r == EXIT_INTERRUPTED) {
		cmd_fail("interrupted; go on with: culprit resume %s", c->dir);
		return EXIT_INTERRUPTED;
	}
	/* One whose journal holds nothing is discarded. */
	if (c->log && (is_full || e->code == -ECANCELED || e->code == -EIO))
		return cmd_fail("%s (nothing is lost; %sgo on with: culprit resume %s)", e->text,
				is_full ? "make room and " : "", c->dir);
	return cmd_fail_err(e);
}

/* The answer is known, but those who read it from a file would not find it there. */
static int tell_files(const struct conduct *c, int r)
{
	if (!c->log_failed && !c->result_failed)
		return r;
	return cmd_fail("%s (write it with: culprit resume %s)",
			c->log_failed ? c->log_err.text : c->result_err.text, c->dir);
}

static int conduct_one(const char *dir, const struct conductor_changes *changes)
{
	/* Children work in folders of their own, so they get an absolute path. */
	_cleanup_free_ char *real = path_real(dir);
	struct conduct c = {.dir = dir, .log_fd = -1};
	struct conductor_observer o = {on_event, on_tick, &c};
	struct err e = ERR_INIT;
	int r;

	if (!real)
		return cmd_fail("%s: %s", dir, strerror(errno));

	strbuf_init(&c.candidates);
	strbuf_init(&c.people);
	strbuf_init(&c.sure);
	c.progress = progress_new(stdout, isatty(STDOUT_FILENO));
	c.result = result_new();
	r = conductor_run(real, changes, &o, &e);
	progress_clear(c.progress);
	if (c.status) {
		write_log(&c);
		write_result(&c);
		print_end(&c);
	}
	if (r < 0 || r == EXIT_INTERRUPTED)
		r = tell_stop(&c, r, &e);
	else
		r = tell_files(&c, r);
	progress_free(c.progress);
	report_log_free(c.log);
	result_free(c.result);
	fd_close(&c.log_fd);
	strbuf_done(&c.candidates);
	strbuf_done(&c.people);
	strbuf_done(&c.sure);
	free(c.status);
	free(c.rev);
	free(c.title);
	free(c.crash);
	free(c.wanted);
	free(c.label);
	free(c.tier);
	free(c.revert);
	return r;
}

int cmd_conduct(const char *dir, const struct conductor_changes *changes)
{
	_cleanup_free_ char *older = NULL;
	struct err e = ERR_INIT;
	int r = conduct_one(dir, changes), follows;

	if (r)
		return r;
	follows = bisect_follow(dir, &older, &e);
	if (follows < 0)
		return cmd_fail_err(&e);
	if (!follows)
		return 0;
	printf("\nthe commit only adds the check that fired: going on behind it, in %s\n", older);
	return conduct_one(older, changes);
}
