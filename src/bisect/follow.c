/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going on behind a detector (see follow.h). All that is needed lies in the state folder, so that a
 * resumed bisection goes on as well.
 */
#include "bisect/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"
#include "bisect/prepare.h"
#include "bisect/request.h"
#include "git/git.h"
#include "journal/journal.h"
#include "verify/verify.h"

struct ending {
	char *culprit;
	bool is_detector;
};

static int read_ending(const struct journal_event *ev, void *data)
{
	struct ending *end = data;

	if (ev->kind == JOURNAL_RESULT)
		xstrset(&end->culprit, ev->rev);
	if (ev->kind == JOURNAL_FACT && str_eq(ev->outcome, "label"))
		end->is_detector = str_eq(ev->text, verify_label_name(VERIFY_DETECTOR));
	return 0;
}

/*
 * The request of the search behind it: what is looked up anew is left out. A good end that was
 * given is good for want of the check as a rule, so it counts only where no releases can be walked
 * back.
 */
static int prepare(const char *dir, const char *older, const char *culprit,
		   struct bisect_request *r, struct err *e)
{
	_cleanup_free_ char *config = xasprintf("%s/config", dir);
	_cleanup_free_ char *source = xasprintf("%s/repro.c", dir);
	_cleanup_free_ char *program = xasprintf("%s/repro", dir);
	_cleanup_free_ char *repo = TAKE_PTR(r->repo), *bad = xasprintf("%s^", culprit);
	_cleanup_strv_ struct strv goods = r->goods;
	_cleanup_free_ char *weights = xasprintf("%s/weights", dir);
	const struct strv none = {0};
	struct err no_release = ERR_INIT;
	struct bisect_inputs in = {.dir = older,
				   .repo = repo,
				   .bad = bad,
				   .goods = &none,
				   .config = config,
				   .prior_file = str_eq(r->prior, "file") ? weights : NULL,
				   .repro = file_exists(source) ? source : program};
	int x;

	r->goods = (struct strv){0};
	freep(&r->bad);
	freep(&r->foreign);
	xstrset(&r->carry, culprit);
	r->follow_detector = false;
	r->check_ends = true;
	x = bisect_prepare(&in, r, &no_release);
	if (x == -ENOENT && goods.len) {
		in.goods = &goods;
		return bisect_prepare(&in, r, e);
	}
	if (x)
		*e = no_release;
	return x;
}

int bisect_follow(const char *dir, char **ret, struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(dir);
	_cleanup_free_ char *older = xasprintf("%s/older", dir);
	_cleanup_free_ char *journal = conductor_journal_path(older);
	struct ending end = {0};
	struct bisect_request r;
	struct journal *j = NULL;
	int x = journal_open(path, true, &j, e);

	bisect_request_init(&r);
	if (!x)
		x = bisect_request_load(&r, j, e);
	if (!x)
		x = journal_each(j, 0, read_ending, &end, e);
	journal_close(j);
	if (!x && r.follow_detector && end.culprit && end.is_detector)
		x = file_exists(journal) ? 1 : prepare(dir, older, end.culprit, &r, e);
	else if (!x)
		x = -ENODATA;
	if (x >= 0)
		*ret = TAKE_PTR(older);
	bisect_request_done(&r);
	free(end.culprit);
	return x == -ENODATA ? 0 : x < 0 ? x : 1;
}
