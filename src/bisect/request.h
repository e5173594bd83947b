/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user asked for, as it stands in the journal: a bisection can be resumed from it alone.
 * Paths are absolute, revisions are resolved to commit ids; the config and the reproducer are
 * copies in the state folder, so that the originals may change.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct err;
struct infer_past;
struct infer_policy;
struct journal;

struct bisect_request {
	char *repo;	   /* work tree or bare repository, absolute */
	char *bad;	   /* commit id */
	struct strv goods; /* commit ids; empty: walk back over release tags */
	bool check_ends;   /* test the bad end and the given good ends too */
	char *policy;	   /* name */
	unsigned runs;	   /* a revision; 0: the policy's own number */
	char *prior;	   /* bayes: "paths" (also NULL), "uniform" or "file": STATE/weights */
	char *title; /* bayes, kernels: the crash that is looked for; NULL: what the start shows */
	double epsilon;	     /* bayes: stop at a confidence of 1 - epsilon */
	double rho;	     /* bayes: correlation of the runs of one revision; < 0: learnt */
	uint64_t timeout_s;  /* of one make, or of one --run command; 0: none */
	char *cache;	     /* cache folder, or NULL for the default */
	char *log_format;    /* "2020" (also NULL) or "now" */
	char *foreign;	     /* --from-log: what the log saw, see log/evidence.h; or NULL */
	uint64_t deadline_s; /* of work, over all sessions; 0: none */
	unsigned max_builds, max_runs; /* 0: any number */
	char *carry;	      /* a commit whose change each revision is built with, or NULL */
	bool follow_detector; /* see follow.h */
	bool verify;	      /* bayes: check the answer before it is told */
	bool full_batch;      /* bayes: ten runs a revision, all of them to their end */

	struct strv command; /* --run: argv; empty for kernels */

	char *cc; /* kernels from here on */
	unsigned jobs;
	unsigned builders;    /* kernels made side by side */
	bool serial;	      /* one thing after the other: no build while guests run */
	char *sandbox;	      /* "auto" (also NULL), "yes", "no" */
	bool clean_builds;    /* nothing is taken from before */
	uint64_t cache_bytes; /* of built kernels kept for other bisections; 0: none */
	uint64_t silence_s;   /* of a make that is taken to hang */
	unsigned guests;      /* that run side by side */
	char *guest;	      /* "qemu" (also NULL), "uml"; "fake" for tests */
	bool cold;	      /* each run boots: no saved guests */
	unsigned guest_memory_mb;
	unsigned guest_cpus;
	unsigned procs;
	uint64_t run_ms; /* how long the reproducer runs */
	uint64_t boot_timeout_s;
	char *accel;  /* "auto", "kvm", "tcg" */
	char *qemu;   /* program */
	char *append; /* more kernel parameters, or NULL */
};

/* The defaults of every number; strings NULL. */
void bisect_request_init(struct bisect_request *r) _nonnull_(1);
void bisect_request_done(struct bisect_request *r) _nonnull_(1);

int bisect_request_save(const struct bisect_request *r, struct journal *j,
			struct err *e) _must_check_ _nonnull_(1, 2, 3);
/* -ENODATA when the journal holds no request (culprit was killed while it made it). */
int bisect_request_load(struct bisect_request *r, struct journal *j, struct err *e) _must_check_
	_nonnull_(1, 2, 3);

bool bisect_request_is_kernel(const struct bisect_request *r) _nonnull_(1);
const struct infer_policy *bisect_request_policy(const struct bisect_request *r) _nonnull_(1);
/* Runs that the next revision gets; 0 when the posterior decides. */
unsigned bisect_request_runs(const struct bisect_request *r, const struct infer_past *past)
	_nonnull_(1, 2);
