/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer is verified before it is told (see check.h, verify/verify.h): runs of the culprit, of
 * its parents and of its revert, until they are told apart. These runs are evidence like any
 * others: if they say that it was another commit, the search goes on.
 */
#include "base/strbuf.h"
#include "bisect/conduct/check.h"
#include "bisect/conduct/conduct.h"
#include "verify/facts.h"

/* Is something wanted of the test's revision; how much? */
static unsigned wanted_of(struct conductor *c, const struct bisect_test *t)
{
	struct check_evidence e;
	struct verify_need need;
	unsigned n = 0;

	if (bisect_test_failed_for_good(t))
		return 0;
	check_gather(c, &e);
	if (verify_next(&e.ev, &need) && str_eq(need.side->rev, t->rev))
		n = need.runs;
	check_evidence_done(&e);
	return n;
}

int verify_test(struct conductor *c, const struct bisect_test *t, unsigned *ret_runs)
{
	/* A session that goes on: of which culprit the test is, the search knows. */
	int r = c->check.culprit ? 0 : verify_find_culprit(c);

	*ret_runs = !r && c->check.culprit ? wanted_of(c, t) : 0;
	return r;
}

static int tell(struct conductor *c, const struct verify_verdict *v)
{
	int r = 0;

	for (enum verify_fact f = 0; !r && f < VERIFY_FACTS; f++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

		verify_fact_write(v, f, &text);
		if (text.len)
			r = conduct_fact(c, c->check.culprit, verify_fact_key(f), text.data);
	}
	return r;
}

static int judge(struct conductor *c, struct check_evidence *e)
{
	struct verify_verdict v = {0};
	int r;

	check_gather_rest(c, e);
	verify_judge(&e->ev, &v);
	r = tell(c, &v);
	verify_verdict_done(&v);
	return r;
}

int verify_go_on(struct conductor *c, const char *culprit)
{
	struct check_evidence e;
	struct verify_need need;
	int r = check_load(c, culprit);

	if (r)
		return r;
	check_gather(c, &e);
	if (verify_next(&e.ev, &need))
		r = conduct_commit(
			c, &(struct journal_event){
				   .kind = JOURNAL_TEST,
				   .test = (int)c->state.tests.len + 1,
				   .rev = need.side->rev,
				   .outcome = bisect_phase_name(BISECT_VERIFY),
				   .title = need.side == &e.ev.reverted ? BISECT_REVERT : NULL});
	else
		r = judge(c, &e);
	check_evidence_done(&e);
	return r;
}
