/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store (see store.h). Files are taken under temporary names, so that they stay whatever
 * happens to the entry, checked there, and only then get their own.
 */
#include "build/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "build/store/entry.h"

/* To be raised when a kernel of the same tree, config and tools comes out otherwise. */
enum { RECIPE_VERSION = 1 };

void store_key(const struct store_recipe *r, char ret[SIGNATURE_HEX])
{
	_cleanup_free_ char *text =
		xasprintf("recipe %d\ntarget %s\ntree %s\nsrc %s\ntools %s\nconfig\n%s",
			  RECIPE_VERSION, r->target, r->tree_id, r->src_path, r->tools, r->config);

	signature_of_text(text, ret);
}

bool store_disk_failed(int code)
{
	return code == -ENOSPC || code == -EDQUOT || code == -EIO || code == -EROFS;
}

/* What an error of the disk says to the user; returns its code. */
static int describe_failure(const char *dir, struct err *e)
{
	_cleanup_free_ char *text = xstrdup(e->text);
	bool is_full = e->code == -ENOSPC || e->code == -EDQUOT;

	if (!store_disk_failed(e->code))
		return e->code;
	return err_set(e, e->code,
		       "the store of kernels %s: %s; %s, or add --cache-size 0 to do without it",
		       dir, text, is_full ? "make room there" : "mend that disk");
}

int store_open(struct store *s, const char *cache, uint64_t limit_bytes, struct err *e)
{
	_cleanup_free_ char *dir = xasprintf("%s/artifacts", cache);
	int r;

	*s = (struct store){.limit_bytes = limit_bytes};
	if (!limit_bytes)
		return 0;
	r = dir_make(dir, e);
	if (!r)
		r = store_evict(dir, limit_bytes, NULL, e);
	if (r)
		return describe_failure(dir, e);
	s->dir = TAKE_PTR(dir);
	return 0;
}

void store_close(struct store *s)
{
	freep(&s->dir);
}

/* A second name for a file, or a copy where there can be none. */
static int link_or_copy(const char *from, const char *to, struct err *e)
{
	unlink(to);
	if (!link(from, to))
		return 0;
	if (errno == ENOENT || errno == ENOSPC || errno == EDQUOT || errno == EIO)
		return err_sys(e, -errno, "cannot link %s to %s", from, to);
	return file_copy(from, to, e);
}

static char *taken_name(const char *out_dir, unsigned i, bool is_checked)
{
	return xasprintf("%s/%s%s", out_dir, store_file_names[i], is_checked ? "" : ".taken");
}

static void drop_taken(const char *out_dir)
{
	for (unsigned i = 0; i < STORE_FILES; i++) {
		_cleanup_free_ char *p = taken_name(out_dir, i, false);

		unlink(p);
	}
}

/* -EBADMSG when a file is not what the manifest says, or cannot be read. */
static int take_file(const char *entry, const char *out_dir, unsigned i, const struct store_file *f,
		     struct err *e)
{
	_cleanup_free_ char *from = xasprintf("%s/%s", entry, store_file_names[i]);
	_cleanup_free_ char *to = taken_name(out_dir, i, false);
	struct store_file is;
	int r;

	if (!f->is_there)
		return 0;
	if (!file_exists(from))
		return err_set(e, -EBADMSG, "%s is gone", from);
	r = link_or_copy(from, to, e);
	/* Of a copy that failed: which of the two disks was it? */
	if ((!r || r == -EIO) && store_file_read(r ? from : to, &is, e))
		return err_set(e, -EBADMSG, "%s cannot be read", from);
	if (!r && (is.size != f->size || strcmp(is.sha256, f->sha256)))
		return err_set(e, -EBADMSG, "%s is damaged", from);
	return r;
}

static int read_entry(const char *entry, struct store_entry *en, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/" STORE_MANIFEST, entry);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = file_read(path, STORE_MANIFEST_MAX, &text, e);

	*en = (struct store_entry){0};
	if (r)
		return err_set(e, -EBADMSG, "%s cannot be read", path);
	r = store_entry_parse(en, text.data, e);
	return r ? err_wrap(e, "%s", path) : 0;
}

/* All checked: they get their names. */
static int name_files(const struct store_entry *en, const char *out_dir, struct err *e)
{
	for (unsigned i = 0; i < STORE_FILES; i++) {
		_cleanup_free_ char *from = taken_name(out_dir, i, false);
		_cleanup_free_ char *to = taken_name(out_dir, i, true);

		if (en->files[i].is_there && rename(from, to) < 0)
			return err_sys(e, -errno, "cannot rename %s", from);
		/* When both are names of one file already, rename() leaves both. */
		unlink(from);
	}
	return 0;
}

static void touch(const char *entry)
{
	_cleanup_free_ char *path = xasprintf("%s/" STORE_MANIFEST, entry);

	utimensat(AT_FDCWD, path, NULL, 0);
}

/* 1: taken; 0: not there, or not to be had; -EBADMSG: damaged; else the disk of out_dir failed. */
static int take_entry(const char *entry, const char *out_dir, char signature[SIGNATURE_HEX],
		      struct err *e)
{
	struct store_entry en;
	int r = read_entry(entry, &en, e);

	for (unsigned i = 0; !r && i < STORE_FILES; i++)
		r = take_file(entry, out_dir, i, &en.files[i], e);
	if (!r)
		r = name_files(&en, out_dir, e);
	if (!r) {
		touch(entry);
		memcpy(signature, en.signature, sizeof(en.signature));
		return 1;
	}
	drop_taken(out_dir);
	/* Another process may have removed it just now. */
	return store_disk_failed(r) || (r == -EBADMSG && file_exists(entry)) ? r : 0;
}

int store_get(const struct store *s, const char *key, const char *out_dir,
	      char signature[SIGNATURE_HEX], struct err *e)
{
	/* While it was read, one process may have removed it and another made it anew: what is
	 * damaged is so a second time. */
	enum { TRIES = 3 };
	_cleanup_free_ char *entry = s->dir ? xasprintf("%s/%s", s->dir, key) : NULL;
	struct err none = ERR_INIT;
	int r = -EBADMSG;

	if (!entry || !file_exists(entry))
		return 0;
	for (int i = 0; r == -EBADMSG && i < TRIES; i++)
		r = take_entry(entry, out_dir, signature, e);
	if (r != -EBADMSG || !store_remove(s->dir, key, &none))
		return r;
	/* One that may not be removed is no use and does no harm. */
	if (!store_disk_failed(none.code))
		return 0;
	*e = none;
	return describe_failure(s->dir, e);
}

static int fill(const char *tmp, const char *out_dir, const char *signature, uint64_t *ret_size,
		struct err *e)
{
	_cleanup_free_ char *manifest = xasprintf("%s/" STORE_MANIFEST, tmp);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct store_entry en = {0};
	int r = 0;

	memcpy(en.signature, signature, sizeof(en.signature));
	for (unsigned i = 0; !r && i < STORE_FILES; i++) {
		_cleanup_free_ char *from = taken_name(out_dir, i, true);
		_cleanup_free_ char *to = taken_name(tmp, i, true);

		if (store_file_is_optional(i) && !file_exists(from))
			continue;
		r = link_or_copy(from, to, e);
		if (!r)
			r = store_file_read(to, &en.files[i], e);
		*ret_size += en.files[i].size;
	}
	store_entry_format(&en, &text);
	return r ? r : file_write_atomic(manifest, text.data, text.len, e);
}

/* The entry takes its place, unless another process was faster with the same. */
static int publish(const char *tmp, int tmp_fd, const char *entry, struct err *e)
{
	if (fsync(tmp_fd) < 0)
		return err_sys(e, -errno, "cannot write %s", tmp);
	if (!rename(tmp, entry) || errno == EEXIST || errno == ENOTEMPTY)
		return 0;
	return err_sys(e, -errno, "cannot rename %s", tmp);
}

static int put(const struct store *s, const char *key, const char *out_dir, const char *signature,
	       struct err *e)
{
	_cleanup_free_ char *entry = xasprintf("%s/%s", s->dir, key), *tmp = NULL;
	_cleanup_fd_ int lock = -1;
	struct err none = ERR_INIT;
	uint64_t size = 0;
	int r = store_make_temporary(s->dir, &tmp, &lock, e);

	if (!r)
		r = fill(tmp, out_dir, signature, &size, e);
	if (!r && size <= s->limit_bytes)
		r = publish(tmp, lock, entry, e);
	/* Nothing is there when it was renamed. */
	if (tmp && dir_remove(tmp, &none) && !r)
		*e = none, r = none.code;
	return r;
}

/* As much as the files in out_dir take. */
static int make_room(const struct store *s, const char *out_dir, struct err *e)
{
	uint64_t bytes = 1;

	for (unsigned i = 0; i < STORE_FILES; i++) {
		_cleanup_free_ char *path = taken_name(out_dir, i, true);
		struct stat st;

		bytes += stat(path, &st) ? 0 : (uint64_t)st.st_size;
	}
	return store_make_room(s->dir, bytes, e);
}

int store_put(const struct store *s, const char *key, const char *out_dir, const char *signature,
	      struct err *e)
{
	struct err none = ERR_INIT;
	int r;

	if (!s->dir || s->is_read_only)
		return 0;
	r = put(s, key, out_dir, signature, e);
	if ((r == -ENOSPC || r == -EDQUOT) && make_room(s, out_dir, &none) == 1)
		r = put(s, key, out_dir, signature, e);
	if (!r)
		r = store_evict(s->dir, s->limit_bytes, key, e);
	return r ? describe_failure(s->dir, e) : 0;
}
