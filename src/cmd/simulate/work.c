/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The workers of culprit simulate: processes that take every jobs-th trial each and write what came
 * out into one pipe. A record is shorter than PIPE_BUF, so that they do not mix. A trial depends on
 * its number alone, and the parent puts each in its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "cmd/simulate/simulate.h"
#include "infer/recent.h"

enum { PROGRESS_US = 200000, RECORDS_AT_A_TIME = 64 };

struct record {
	uint32_t trial;
	unsigned policy;
	struct sim_trial t;
};
_Static_assert(sizeof(struct record) <= PIPE_BUF, "records would mix in the pipe");

static int work(const struct simulation *s, unsigned worker, int out)
{
	struct infer_history history = sim_graph_history(&s->graph);
	struct sim_world w;
	int r = 0;

	sim_world_init(&w, &s->graph.dag, &s->params);
	w.history = &history;
	w.age = s->age;
	w.prior = s->prior;
	for (uint64_t t = worker; !r && t < s->trials; t += s->jobs) {
		sim_world_trial(&w, t);
		for (unsigned k = 0; !r && k < s->n_policies; k++) {
			/* Padding too, since the bytes go through a pipe. */
			struct record rec;

			memset(&rec, 0, sizeof(rec));
			rec.trial = (uint32_t)t;
			rec.policy = k;
			rec.t.culprit = w.culprit;
			rec.t.undecidable = sim_world_is_undecidable(&w);
			s->policy[k]->run(&w, &s->costs, &s->limits, &s->assume, &rec.t.result);
			r = fd_write_all(out, &rec, sizeof(rec));
		}
	}
	sim_world_done(&w);
	return r;
}

/* Never returns in the child. */
static pid_t start(const struct simulation *s, unsigned worker, int in, int out)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close(in);
	_exit(work(s, worker, out) ? 1 : 0);
}

static void show_progress(const struct simulation *s, uint64_t done, uint64_t *shown_us)
{
	uint64_t all = (uint64_t)s->trials * s->n_policies, now = clock_now_us();

	if (now - *shown_us < PROGRESS_US || !isatty(STDERR_FILENO))
		return;
	*shown_us = now;
	fprintf(stderr, "\r%llu of %llu bisections (%llu %%)\033[K", (unsigned long long)done,
		(unsigned long long)all, (unsigned long long)(100 * done / all));
}

static void clear_progress(uint64_t shown_us)
{
	if (shown_us)
		fputs("\r\033[K", stderr);
}

/* Returns how many records came. */
static uint64_t collect(struct simulation *s, int in)
{
	struct record rec[RECORDS_AT_A_TIME];
	size_t have = 0;
	uint64_t done = 0, shown_us = 0;

	for (;;) {
		ssize_t n = read(in, (char *)rec + have, sizeof(rec) - have);
		size_t whole;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
		whole = have / sizeof(*rec);
		for (size_t i = 0; i < whole; i++)
			s->results[rec[i].policy][rec[i].trial] = rec[i].t;
		have -= whole * sizeof(*rec);
		memmove(rec, &rec[whole], have);
		done += whole;
		show_progress(s, done, &shown_us);
	}
	clear_progress(shown_us);
	return done;
}

static int wait_for(const pid_t *pids, unsigned n, struct err *e)
{
	int r = 0;

	for (unsigned i = 0; i < n; i++) {
		_cleanup_strbuf_ struct strbuf how = STRBUF_INIT;
		int status = proc_wait(pids[i]);

		if (!status || r)
			continue;
		proc_add_status(&how, status);
		r = err_set(e, -EIO, "a worker process ended with %s", how.data);
	}
	return r;
}

static void weigh(struct simulation *s)
{
	uint32_t n = s->graph.dag.n;

	s->age = xcalloc(n, sizeof(*s->age));
	s->prior = xcalloc(n, sizeof(*s->prior));
	infer_age(&s->graph.dag, s->age);
	infer_recent(s->age, n, s->assume_recent, s->prior);
}

int simulate_work(struct simulation *s, struct err *e)
{
	_cleanup_free_ pid_t *pids = xcalloc(s->jobs, sizeof(*pids));
	unsigned n = 0;
	uint64_t done;
	int fds[2], r = 0, waited;

	for (unsigned k = 0; k < s->n_policies; k++)
		s->results[k] = xcalloc(s->trials, sizeof(*s->results[k]));
	weigh(s);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "cannot make a pipe");
	fflush(stdout);
	for (; n < s->jobs && !r; n += !r) {
		pids[n] = start(s, n, fds[0], fds[1]);
		if (pids[n] < 0)
			r = err_sys(e, pids[n], "cannot start a worker process");
	}
	close(fds[1]);
	/* Without readers, those that were started end at their next record. */
	done = r ? 0 : collect(s, fds[0]);
	close(fds[0]);
	waited = wait_for(pids, n, e);
	if (r || waited)
		return r ? r : waited;
	if (done < (uint64_t)s->trials * s->n_policies)
		return err_set(e, -EIO, "the worker processes did not finish");
	return 0;
}
