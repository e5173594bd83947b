/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What culprit replay tells of a repository, for people and as JSON (docs/replay.md).
 */
#include "base/json.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "cmd/replay/replay.h"

enum { COLUMNS_MAX = 1000 };

static const char *agree_name(enum replay_agree a)
{
	static const char *const names[] = {
		[REPLAY_NOTHING] = NULL,      [REPLAY_SAME] = "same",
		[REPLAY_COMMIT] = "commit",   [REPLAY_NUMBERS] = "numbers",
		[REPLAY_MISSING] = "missing",
	};

	return names[a];
}

static void json_step(struct json_writer *w, const struct replay_step *s)
{
	json_begin_object(w);
	json_pair_string(w, "agree", agree_name(s->agree));
	json_pair_string(w, "commit", s->ends || !*s->commit ? NULL : s->commit);
	json_pair_int(w, "left", s->left);
	json_pair_int(w, "steps", s->roughly);
	json_pair_bool(w, "ends", s->ends);
	json_end_object(w);
}

static void json_list(struct json_writer *w, const char *key, const struct strv *v)
{
	json_key(w, key);
	json_begin_array(w);
	for (size_t i = 0; i < v->len; i++)
		json_string(w, v->items[i]);
	json_end_array(w);
}

void replay_check_json(const struct replay_check *c, struct json_writer *w)
{
	if (!c) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "bad", *c->bad ? c->bad : NULL);
	json_pair_int(w, "range", c->n_range);
	json_pair_string(w, "why_not", c->why_not);
	json_pair_int(w, "same", c->n_same);
	json_pair_int(w, "differ", c->n_differ);
	json_key(w, "steps");
	json_begin_array(w);
	for (size_t i = 0; i < c->steps.len; i++)
		json_step(w, &c->steps.items[i]);
	json_end_array(w);
	json_pair_string(w, "end", agree_name(c->end));
	json_list(w, "culprits", &c->culprits);
	json_list(w, "missing", &c->missing);
	json_end_object(w);
}

static void text_missing(const struct replay_check *c, struct strbuf *out)
{
	enum { MISSING = 4 };

	for (size_t i = 0; i < c->missing.len && i < MISSING; i++) {
		strbuf_adds(out, "  the repository does not have ");
		strbuf_add_printable(out, c->missing.items[i], GIT_HEX_MAX);
		strbuf_addc(out, '\n');
	}
}

static void text_end(const struct replay_check *c, struct strbuf *out)
{
	if (c->end != REPLAY_COMMIT)
		return;
	if (!c->culprits.len)
		strbuf_adds(out, "  git would not have been done with these marks\n");
	else if (c->culprits.len > 1)
		strbuf_addf(out, "  git would have ended with %zu candidates\n", c->culprits.len);
	else
		strbuf_addf(out, "  git would have named %s\n", c->culprits.items[0]);
}

void replay_check_text(const struct replay_check *c, struct strbuf *out)
{
	strbuf_adds(out, "repository: ");
	if (c->why_not) {
		strbuf_adds(out, "not compared: ");
		strbuf_add_printable(out, c->why_not, COLUMNS_MAX);
		strbuf_addc(out, '\n');
		return;
	}
	strbuf_add_count(out, c->n_range);
	strbuf_addf(out, " commits in the range; %u of %u decisions are git's\n", c->n_same,
		    c->n_same + c->n_differ);
	text_missing(c, out);
	text_end(c, out);
}
