/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request in the journal (see request.h): one table of fields serves saving and loading, so
 * that neither can forget one.
 */
#include "bisect/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "infer/fixed/policy.h"
#include "journal/journal.h"

enum field_type { TEXT, LIST, UNSIGNED, WIDE, BOOL, REAL };

static const struct field {
	const char *key;
	enum field_type type;
	size_t offset;
} fields[] = {
/* clang-format off */
#define F(name, type) {#name, type, offsetof(struct bisect_request, name)}
	F(repo, TEXT), F(bad, TEXT), F(goods, LIST), F(check_ends, BOOL), F(policy, TEXT),
	F(runs, UNSIGNED), F(timeout_s, WIDE), F(cache, TEXT), F(command, LIST), F(cc, TEXT),
	F(jobs, UNSIGNED), F(guests, UNSIGNED), F(guest_memory_mb, UNSIGNED),
	F(guest_cpus, UNSIGNED), F(procs, UNSIGNED), F(run_ms, WIDE), F(boot_timeout_s, WIDE),
	F(accel, TEXT), F(qemu, TEXT), F(append, TEXT), F(prior, TEXT),
	F(title, TEXT),
	F(epsilon, REAL), F(rho, REAL), F(log_format, TEXT),
	F(builders, UNSIGNED), F(serial, BOOL), F(deadline_s, WIDE), F(max_builds, UNSIGNED),
	F(max_runs, UNSIGNED), F(full_batch, BOOL), F(verify, BOOL), F(carry, TEXT), F(follow_detector, BOOL), F(foreign, TEXT),
	F(sandbox, TEXT), F(clean_builds, BOOL), F(cache_bytes, WIDE), F(silence_s, WIDE),
	F(cold, BOOL), F(guest, TEXT),
/* clang-format on */
#undef F
};

enum {
	DEFAULT_MEMORY_MB = 512,
	DEFAULT_RUN_MS = 60000,
	DEFAULT_MAKE_S = 3600,
	DEFAULT_BOOT_S = 600,
	DEFAULT_SILENCE_S = 1800, /* the link of a large kernel on a slow machine */
};

#define DEFAULT_CACHE_BYTES (10ULL << 30)

void bisect_request_init(struct bisect_request *r)
{
	*r = (struct bisect_request){
		.jobs = 1,
		.builders = 1,
		.guests = 1,
		.guest_memory_mb = DEFAULT_MEMORY_MB,
		.guest_cpus = 1,
		.procs = 1,
		.run_ms = DEFAULT_RUN_MS,
		.timeout_s = DEFAULT_MAKE_S,
		.boot_timeout_s = DEFAULT_BOOT_S,
		.cache_bytes = DEFAULT_CACHE_BYTES,
		.silence_s = DEFAULT_SILENCE_S,
		.epsilon = 0.01,
		.rho = -1,
	};
}

void bisect_request_done(struct bisect_request *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		void *p = (char *)r + fields[i].offset;

		if (fields[i].type == TEXT)
			freep(p);
		else if (fields[i].type == LIST)
			strv_done(p);
	}
}

static void field_values(const struct field *f, const struct bisect_request *r, struct strv *out)
{
	const void *p = (const char *)r + f->offset;
	const struct strv *list = p;
	char *const *text = p;

	switch (f->type) {
	case TEXT:
		if (*text)
			strv_add(out, *text);
		break;
	case LIST:
		for (size_t i = 0; i < list->len; i++)
			strv_add(out, list->items[i]);
		break;
	case UNSIGNED: strv_addf(out, "%u", *(const unsigned *)p); break;
	case WIDE: strv_addf(out, "%" PRIu64, *(const uint64_t *)p); break;
	case REAL: strv_addf(out, "%.17g", *(const double *)p); break;
	case BOOL: strv_add(out, *(const bool *)p ? "1" : "0"); break;
	}
}

static void field_set(const struct field *f, struct bisect_request *r, const struct strv *values)
{
	void *p = (char *)r + f->offset;

	if (f->type == LIST)
		strv_done(p);
	for (size_t i = 0; i < values->len; i++) {
		const char *v = values->items[i];

		switch (f->type) {
		case TEXT: xstrset(p, v); break;
		case LIST: strv_add(p, v); break;
		case UNSIGNED: *(unsigned *)p = (unsigned)strtoul(v, NULL, 10); break;
		case WIDE: *(uint64_t *)p = strtoull(v, NULL, 10); break;
		case REAL: *(double *)p = strtod(v, NULL); break;
		case BOOL: *(bool *)p = *v == '1'; break;
		}
	}
}

int bisect_request_save(const struct bisect_request *r, struct journal *j, struct err *e)
{
	VEC(struct journal_request) rows = {0};
	struct strv values[ARRAY_SIZE(fields)] = {0};
	int x;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		field_values(&fields[i], r, &values[i]);
		for (size_t k = 0; k < values[i].len; k++)
			vec_push(&rows, {fields[i].key, values[i].items[k]});
	}
	x = journal_set_request(j, rows.items, rows.len, e);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		strv_done(&values[i]);
	vec_done(&rows);
	return x;
}

int bisect_request_load(struct bisect_request *r, struct journal *j, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct strv values = {0};
		int x = journal_get_request(j, fields[i].key, &values, e);

		if (!x)
			field_set(&fields[i], r, &values);
		strv_done(&values);
		if (x)
			return x;
	}
	if (!r->repo || !r->bad || !r->policy || !infer_policy_find(r->policy))
		return err_set(e, -ENODATA,
			       "the journal holds no complete request: start the bisection anew");
	return 0;
}

bool bisect_request_is_kernel(const struct bisect_request *r)
{
	return r->command.len == 0;
}

const struct infer_policy *bisect_request_policy(const struct bisect_request *r)
{
	return infer_policy_find(r->policy);
}

unsigned bisect_request_runs(const struct bisect_request *r, const struct infer_past *past)
{
	return r->runs ? r->runs : infer_policy_runs(infer_policy_find(r->policy), past);
}
