/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper process: opens the kernel once, modules when they are asked for, and answers until its
 * socket is closed. It may be killed at any time and may die of what it reads; it holds nothing
 * that would be missed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "symbol/image.h"
#include "symbol/path.h"
#include "symbol/wire.h"

enum { MODULES_OPEN_MAX = 256 };

struct module {
	char *name;
	struct symbol_image *image; /* NULL: cannot be used */
};

struct helper {
	const struct symbol_job *job;
	int sock;
	struct symbol_image kernel;
	struct symbol_modules files;
	bool searched; /* files is filled */
	struct {
		struct module *items;
		size_t len, cap;
	} modules;
	struct symbol_places places;
	struct strbuf out;
};

static void say_text(struct helper *h, enum symbol_reply_kind kind, const char *text)
{
	struct symbol_reply r = {.kind = kind};

	symbol_copy_text(r.text, SYMBOL_TEXT_MAX, text, true);
	symbol_reply_write(&r, &h->out);
}

static bool flush(struct helper *h)
{
	bool ok = fd_write_all(h->sock, h->out.data, h->out.len) == 0;

	strbuf_truncate(&h->out, 0);
	return ok;
}

static struct symbol_image *open_module(struct helper *h, const char *name)
{
	struct symbol_image *im = xcalloc(1, sizeof(*im));
	struct err e = ERR_INIT;
	const char *path;
	int fd = -1;

	if (!h->searched)
		symbol_modules_find(&h->files, h->job->modules);
	h->searched = true;
	path = symbol_modules_get(&h->files, name);
	if (path)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (!path)
		err_set(&e, -ENOENT, "module %s: no file of it in %s", name, h->job->modules);
	else if (fd < 0)
		err_sys(&e, -errno, "%s", path);
	else if (symbol_image_open(im, path, fd, &e) == 0)
		return im;
	symbol_image_done(im);
	free(im);
	say_text(h, SYMBOL_REPLY_WARNING, e.text);
	return NULL;
}

/* The image that holds a function of that module ("": the kernel), or NULL. */
static struct symbol_image *image_of(struct helper *h, const char *name)
{
	if (!*name)
		return &h->kernel;
	for (size_t i = 0; i < h->modules.len; i++)
		if (!strcmp(h->modules.items[i].name, name))
			return h->modules.items[i].image;
	if (!h->job->modules || h->modules.len >= MODULES_OPEN_MAX)
		return NULL;
	vec_push(&h->modules, {xstrdup(name), open_module(h, name)});
	return h->modules.items[h->modules.len - 1].image;
}

static void answer(struct helper *h, const struct symbol_query *q)
{
	struct symbol_image *im = image_of(h, q->module);
	struct symbol_reply r = {.kind = SYMBOL_REPLY_PLACE};
	enum symbol_fit fit = SYMBOL_FIT_NONE;
	uint64_t pc = 0;

	h->places.len = 0;
	if (im)
		fit = symbol_image_find(im, q, &pc);
	if (fit != SYMBOL_FIT_NONE)
		symbol_scope_frames(im, pc, h->job->src, h->kernel.root, &h->places);
	for (size_t i = 0; i < h->places.len; i++) {
		r.place = h->places.items[i];
		symbol_reply_write(&r, &h->out);
	}
	r.kind = SYMBOL_REPLY_END;
	r.fit = fit;
	symbol_reply_write(&r, &h->out);
}

/* Answers each whole line in b; false when one is no question. */
static bool answer_lines(struct helper *h, struct strbuf *b)
{
	const char *nl;

	while ((nl = memchr(b->data, '\n', b->len))) {
		struct symbol_query q;

		if (!symbol_query_read(b->data, (size_t)(nl - b->data), &q))
			return false;
		answer(h, &q);
		strbuf_consume(b, (size_t)(nl - b->data) + 1);
		if (!flush(h))
			return false;
	}
	return b->len < SYMBOL_WIRE_MAX;
}

static void serve(struct helper *h)
{
	_cleanup_strbuf_ struct strbuf in = STRBUF_INIT;

	for (;;) {
		ssize_t n;

		strbuf_grow(&in, SYMBOL_WIRE_MAX);
		n = recv(h->sock, in.data + in.len, SYMBOL_WIRE_MAX, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		in.len += (size_t)n;
		in.data[in.len] = '\0';
		if (!answer_lines(h, &in))
			return;
	}
}

void symbol_helper_run(const struct symbol_job *job, int sock)
{
	struct helper *h = xcalloc(1, sizeof(*h));
	struct symbol_reply r = {.kind = SYMBOL_REPLY_END, .fit = SYMBOL_FIT_NONE};
	struct err e = ERR_INIT;

	h->job = job;
	h->sock = sock;
	strbuf_init(&h->out);
	if (symbol_image_open(&h->kernel, job->path, job->fd, &e)) {
		say_text(h, SYMBOL_REPLY_FAILURE, e.text);
		flush(h);
		_exit(1);
	}
	symbol_reply_write(&r, &h->out);
	if (flush(h))
		serve(h);
	/* The caller ends the process; nothing is freed, which takes long. */
}
