/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading kbuild's .cmd files (see inputs.h):
 *
 *   cmd_mm/mmap.o := gcc ... -c -o mm/mmap.o /src/mm/mmap.c        (savedcmd_ since v6.3)
 *
 *   source_mm/mmap.o := /src/mm/mmap.c
 *
 *   deps_mm/mmap.o := \
 *       $(wildcard include/config/COMPAT_BRK) \
 *     /src/include/linux/mm.h \
 *
 * Each file is read once. The same header stands in a thousand of them, spelled the same way, so
 * the spellings are numbered as they come and each is made a path only once, at the end. Anything
 * may stand in these files: what is of another form is left out, sizes are limited.
 */
#include "build/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/strset.h"

enum {
	COMMAND_MAX = 16 << 20, /* of one .cmd file; larger ones are left out */
	COMMANDS_MAX = 1 << 20,
	LIST_MAX = 64 << 20,
	PATH_BYTES = 4096,
};

struct command {
	uint32_t target;	   /* in names */
	uint32_t inputs, n_inputs; /* what it links: in links */
	uint32_t reads, n_reads;   /* its sources: in reads */
	bool live;
};

struct reader {
	struct strset names;   /* targets and what is linked, relative to the object tree */
	struct strset spelled; /* sources as the .cmd files spell them */
	VEC(uint32_t) links;
	VEC(uint32_t) reads;
	VEC(struct command) commands;
	struct strbuf text; /* of the .cmd file at hand */
};

static bool ends(const char *p, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && !memcmp(p + len - n, suffix, n);
}

static bool is_linkable(const char *p, size_t len)
{
	return ends(p, len, ".o") || ends(p, len, ".a");
}

/* The next word of a line, behind *p; its length, 0 at the end of the line. */
static size_t next_word(const char **p, const char *end)
{
	const char *q = *p;
	size_t n = 0;

	while (q < end && (*q == ' ' || *q == '\t' || *q == '\\'))
		q++;
	while (q + n < end && q[n] != ' ' && q[n] != '\t')
		n++;
	*p = q;
	return n;
}

/*
 * The objects that a command names. kbuild writes those of an archive as
 * `printf "mm/%s " a.o b.o | xargs ar ...`.
 */
static void read_links(struct reader *r, struct command *c, const char *p, const char *end)
{
	const char *prefix = "";
	size_t n_prefix = 0;
	bool printf_next = false;
	char path[PATH_BYTES];

	for (size_t n; (n = next_word(&p, end)); p += n) {
		size_t skip = n > 2 && p[0] == '.' && p[1] == '/' ? 2 : 0;

		if (printf_next && *p == '"' && ends(p, n, "%s")) {
			prefix = p + 1;
			n_prefix = n - 3;
		} else if (*p == '|' || ends(p, n, ";")) {
			n_prefix = 0;
		}
		printf_next = n == 6 && !memcmp(p, "printf", 6);
		if (!is_linkable(p, n) || n_prefix + n > sizeof(path))
			continue;
		if (n_prefix > 1 && prefix[0] == '.' && prefix[1] == '/') {
			prefix += 2;
			n_prefix -= 2;
		}
		memcpy(path, prefix, n_prefix);
		memcpy(path + n_prefix, p + skip, n - skip);
		vec_push(&r->links, strset_add(&r->names, path, n_prefix + n - skip));
	}
	c->n_inputs = (uint32_t)r->links.len - c->inputs;
}

/* The words of a line, make's functions ("$(wildcard include/config/SMP)") left out. */
static void read_sources(struct reader *r, const char *p, const char *end)
{
	for (size_t n; (n = next_word(&p, end)); p += n) {
		if (*p == '$') {
			const char *close = memchr(p, ')', (size_t)(end - p));

			n = close ? (size_t)(close + 1 - p) : (size_t)(end - p);
			continue;
		}
		if (n < PATH_BYTES)
			vec_push(&r->reads, strset_add(&r->spelled, p, n));
	}
}

/* Behind "KEY... := ", or NULL when the line is another one. */
static const char *value_of(const char *line, const char *end, const char *key)
{
	size_t n = strlen(key);
	const char *p;

	if ((size_t)(end - line) < n || memcmp(line, key, n))
		return NULL;
	p = memmem(line, (size_t)(end - line), ":= ", 3);
	return p ? p + 3 : NULL;
}

static void read_text(struct reader *r, struct command *c)
{
	const char *p = r->text.data, *end = p + r->text.len;
	bool deps = false;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *v;

		if (!nl)
			nl = end;
		if (deps && nl > p)
			read_sources(r, p, nl);
		else if ((v = value_of(p, nl, "cmd_")) || (v = value_of(p, nl, "savedcmd_")))
			read_links(r, c, v, nl);
		else if ((v = value_of(p, nl, "source_")))
			read_sources(r, v, nl);
		if ((v = value_of(p, nl, "deps_")))
			read_sources(r, v, nl);
		/* The list goes on while lines end with a backslash. */
		deps = (deps || v) && nl > p && nl[-1] == '\\';
		p = nl + 1;
	}
	c->n_reads = (uint32_t)r->reads.len - c->reads;
}

/* Reads a regular file that may have changed its size meanwhile; false: leave it out. */
static bool read_file(struct strbuf *b, const char *path, off_t size)
{
	_cleanup_fd_ int fd = -1;
	ssize_t n = 0;

	strbuf_truncate(b, 0);
	if (size > COMMAND_MAX)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	strbuf_grow(b, (size_t)size + 1);
	while (b->len < (size_t)size && (n = read(fd, b->data + b->len, (size_t)size - b->len)) > 0)
		b->len += (size_t)n;
	b->data[b->len] = '\0';
	return n >= 0;
}

/* DIR/.NAME.cmd is about DIR/NAME. */
static void read_command(struct reader *r, const FTSENT *f, size_t n_obj)
{
	struct command c = {.inputs = (uint32_t)r->links.len, .reads = (uint32_t)r->reads.len};
	size_t dir = f->fts_pathlen - f->fts_namelen - n_obj, n = f->fts_namelen - 1 - 4;
	char target[PATH_BYTES];

	if (dir + n > sizeof(target) || r->commands.len == COMMANDS_MAX ||
	    !read_file(&r->text, f->fts_path, f->fts_statp->st_size))
		return;
	memcpy(target, f->fts_path + n_obj, dir);
	memcpy(target + dir, f->fts_name + 1, n);
	c.target = strset_add(&r->names, target, dir + n);
	read_text(r, &c);
	vec_push(&r->commands, c);
}

static int walk(struct reader *r, const char *obj, struct err *e)
{
	size_t n_obj = strlen(obj) + 1;
	char *roots[] = {(char *)obj, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *f;
	int x = 0;

	if (!fts)
		return err_sys(e, -errno, "cannot read %s", obj);
	while ((f = fts_read(fts))) {
		if (f->fts_level == 0 && (f->fts_info == FTS_NS || f->fts_info == FTS_DNR))
			x = err_sys(e, -f->fts_errno, "cannot read %s", obj);
		if (f->fts_info == FTS_F && f->fts_namelen > 5 && f->fts_name[0] == '.' &&
		    ends(f->fts_name, f->fts_namelen, ".cmd"))
			read_command(r, f, n_obj);
	}
	fts_close(fts);
	return x;
}

/* Number of slashes. */
static size_t depth_of(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static bool is_archive(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return !strcmp(name, "built-in.a") || !strcmp(name, "built-in.o") || !strcmp(name, "lib.a");
}

static const char *target_of(const struct reader *r, const struct command *c)
{
	return strset_at(&r->names, c->target);
}

/* Before v6.1 a script linked the kernel, and no .cmd file says which folders' archives it took. */
static bool is_old_root(const char *path)
{
	if (str_starts(path, "arch/"))
		return (is_archive(path) && depth_of(path) <= 3) ||
		       (strstr(path, "/kernel/") && depth_of(path) == 3);
	return is_archive(path) && (depth_of(path) <= 1 || str_ends(path, "/lib.a"));
}

/*
 * What counts without being named: all that is no object; the kernel; objects that the script names
 * which links it (init/version-timestamp.o); those of folders without an archive.
 */
static bool is_root(const struct strset *archived, const char *path, bool old)
{
	const char *slash = strrchr(path, '/');

	if (!is_linkable(path, strlen(path)) || !slash || str_starts(path, "init/version"))
		return true;
	if (old && is_old_root(path))
		return true;
	return !is_archive(path) &&
	       strset_find(archived, path, (size_t)(slash - path)) == STRSET_NONE;
}

static void find_roots(struct reader *r)
{
	_cleanup_strset_ struct strset archived = {0};
	bool old = true;

	for (size_t i = 0; i < r->commands.len; i++) {
		const char *path = target_of(r, &r->commands.items[i]);

		if (is_archive(path))
			strset_add(&archived, path,
				   strrchr(path, '/') ? (size_t)(strrchr(path, '/') - path) : 0);
		if (!strcmp(path, "vmlinux.a") || !strcmp(path, "vmlinux.o"))
			old = false;
	}
	for (size_t i = 0; i < r->commands.len; i++) {
		struct command *c = &r->commands.items[i];

		c->live = is_root(&archived, target_of(r, c), old);
	}
}

/* Everything that a live command names is live. */
static void spread(struct reader *r)
{
	uint32_t *of = xcalloc(r->names.items.len + 1, sizeof(*of)), n = 0;
	uint32_t *todo = xcalloc(r->commands.len + 1, sizeof(*todo));

	for (size_t i = 0; i < r->commands.len; i++) {
		of[r->commands.items[i].target] = (uint32_t)i + 1;
		if (r->commands.items[i].live)
			todo[n++] = (uint32_t)i;
	}
	while (n) {
		const struct command *c = &r->commands.items[todo[--n]];

		for (uint32_t k = 0; k < c->n_inputs; k++) {
			uint32_t i = of[r->links.items[c->inputs + k]];

			if (i && !r->commands.items[i - 1].live) {
				r->commands.items[i - 1].live = true;
				todo[n++] = i - 1;
			}
		}
	}
	free(of);
	free(todo);
}

/*
 * Appends len bytes of p to the absolute path in out[n], without "." and ".."; the new length, 0
 * when it does not fit.
 */
static size_t path_join(char *out, size_t n, const char *p, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t k = 0;

		while (i + k < len && p[i + k] != '/')
			k++;
		if (k == 2 && p[i] == '.' && p[i + 1] == '.') {
			while (n && out[--n] != '/')
				;
		} else if (k && !(k == 1 && p[i] == '.')) {
			if (n + k + 2 > PATH_BYTES)
				return 0;
			out[n++] = '/';
			memcpy(out + n, p + i, k);
			n += k;
		}
		i += k + 1;
	}
	out[n] = '\0';
	return n;
}

/* Where the trees are: as given, and with links resolved (make sees its folder so). */
struct roots {
	char *src, *src_real, *obj, *obj_real;
};

static const char *below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return str_starts(path, root) && path[n] == '/' ? path + n + 1 : NULL;
}

static bool is_printable(const char *p)
{
	for (; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

/* The path in the source tree, or NULL: in the object tree, elsewhere, of an odd form. */
static const char *source_of(const struct roots *t, const char *spelled, char out[PATH_BYTES])
{
	size_t n = 0;
	const char *p;

	if (*spelled != '/')
		n = path_join(out, 0, t->obj_real, strlen(t->obj_real));
	if (!path_join(out, n, spelled, strlen(spelled)))
		return NULL;
	if (strcmp(t->src_real, t->obj_real) && (below(out, t->obj_real) || below(out, t->obj)))
		return NULL;
	p = below(out, t->src_real);
	if (!p)
		p = below(out, t->src);
	return p && *p && is_printable(p) ? p : NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void gather(const struct reader *r, const struct roots *t, struct build_inputs *ret)
{
	_cleanup_strset_ struct strset files = {0};
	unsigned char *wanted = xcalloc(r->spelled.items.len + 1, 1);
	char out[PATH_BYTES];

	for (size_t i = 0; i < r->commands.len; i++) {
		const struct command *c = &r->commands.items[i];

		ret->n_commands++;
		ret->n_stale += !c->live;
		for (uint32_t k = 0; c->live && k < c->n_reads; k++)
			wanted[r->reads.items[c->reads + k]] = 1;
	}
	for (uint32_t i = 0; i < r->spelled.items.len; i++) {
		const char *p = wanted[i] ? source_of(t, strset_at(&r->spelled, i), out) : NULL;

		if (p)
			strset_add(&files, p, strlen(p));
	}
	free(wanted);
	for (uint32_t i = 0; i < files.items.len; i++)
		strv_add(&ret->files, strset_at(&files, i));
	if (ret->files.len)
		qsort(ret->files.items, ret->files.len, sizeof(*ret->files.items), compare);
}

static char *trimmed(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

int build_inputs_read(struct build_inputs *ret, const char *src, const char *obj, struct err *e)
{
	struct roots t = {.src = trimmed(src), .obj = trimmed(obj)};
	struct reader r = {.text = STRBUF_INIT};
	int x = 0;

	*ret = (struct build_inputs){0};
	t.src_real = path_real(src);
	if (!t.src_real)
		x = err_sys(e, -errno, "cannot read %s", src);
	t.obj_real = path_real(obj);
	if (!x && !t.obj_real)
		x = err_sys(e, -errno, "cannot read %s", obj);
	if (!x)
		x = walk(&r, t.obj, e);
	if (!x) {
		find_roots(&r);
		spread(&r);
		gather(&r, &t, ret);
		if (!ret->files.len)
			x = err_set(
				e, -ENOENT,
				"no .cmd file in %s names a file of %s: no kernel was built there",
				obj, src);
	}
	strset_done(&r.names);
	strset_done(&r.spelled);
	vec_done(&r.links);
	vec_done(&r.reads);
	vec_done(&r.commands);
	strbuf_done(&r.text);
	free(t.src);
	free(t.src_real);
	free(t.obj);
	free(t.obj_real);
	return x;
}

void build_inputs_done(struct build_inputs *i)
{
	strv_done(&i->files);
	*i = (struct build_inputs){0};
}

int build_inputs_save(const struct strv *files, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < files->len; i++) {
		strbuf_adds(&b, files->items[i]);
		strbuf_addc(&b, '\n');
	}
	return file_write_atomic(path, b.data, b.len, e);
}

int build_inputs_load(struct strv *files, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = file_read(path, LIST_MAX, &b, e);

	if (!r)
		strv_add_lines(files, b.data);
	return r;
}
