/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths. Source paths come from debug information and need not exist here, so they are only text;
 * modules are looked for in a folder, without following symbolic links (an installed one links to
 * the whole build tree).
 */
#include "symbol/path.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"

enum {
	DEPTH_MAX = 24,
	MODULES_MAX = 1 << 17,
};

/* What may follow a module's name, the best first. */
static const char *const suffixes[] = {".ko.debug", ".ko",    ".ko.zst",
				       ".ko.xz",    ".ko.gz", ".ko.bz2"};

/* Takes the last component off; false when there is none to take. */
static bool pop(struct strbuf *b, size_t root)
{
	size_t from = b->len;

	while (from > root && b->data[from - 1] != '/')
		from--;
	if (b->len <= root || !strcmp(b->data + from, ".."))
		return false;
	strbuf_truncate(b, from > root ? from - 1 : root);
	return true;
}

char *symbol_path_normal(const char *path)
{
	struct strbuf b = STRBUF_INIT;
	size_t root = *path == '/';

	if (root)
		strbuf_addc(&b, '/');
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			if (!pop(&b, root) && !root)
				strbuf_adds(&b, b.len ? "/.." : "..");
		} else if (n && !(n == 1 && *path == '.')) {
			if (b.len > root)
				strbuf_addc(&b, '/');
			strbuf_add(&b, path, n);
		}
		path += n + (path[n] == '/');
	}
	return strbuf_take(&b);
}

char *symbol_path_join(const char *dir, const char *path)
{
	_cleanup_free_ char *joined = NULL;

	if (!dir || *path == '/')
		return symbol_path_normal(path);
	joined = xasprintf("%s/%s", dir, path);
	return symbol_path_normal(joined);
}

const char *symbol_path_below(const char *path, const char *dir)
{
	size_t n = dir ? strlen(dir) : 0;

	if (n == 0 || !strcmp(dir, "/") || strncmp(path, dir, n) || path[n] != '/' || !path[n + 1])
		return NULL;
	return path + n + 1;
}

void symbol_path_common(char *dir, const char *path)
{
	size_t n = 0, cut = 0;

	while (dir[n] && dir[n] == path[n]) {
		if (dir[n] == '/')
			cut = n;
		n++;
	}
	if (!dir[n] && path[n] == '/')
		return;
	dir[cut] = '\0';
}

static size_t suffix_of(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(suffixes) && !str_ends(name, suffixes[i]))
		i++;
	return i;
}

static void find_below(struct symbol_modules *m, const char *dir, int depth);

static void look_at(struct symbol_modules *m, const char *dir, const struct dirent *de, int depth)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, de->d_name);
	struct stat st;

	if (de->d_name[0] == '.' || lstat(path, &st) < 0 || m->files.len >= MODULES_MAX)
		return;
	if (S_ISDIR(st.st_mode))
		find_below(m, path, depth + 1);
	else if (S_ISREG(st.st_mode) && suffix_of(path) < ARRAY_SIZE(suffixes))
		strv_add(&m->files, path);
}

static void find_below(struct symbol_modules *m, const char *dir, int depth)
{
	DIR *d = depth < DEPTH_MAX ? opendir(dir) : NULL;
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d)))
		if (de->d_type == DT_DIR || de->d_type == DT_UNKNOWN ||
		    suffix_of(de->d_name) < ARRAY_SIZE(suffixes))
			look_at(m, dir, de, depth);
	closedir(d);
}

void symbol_modules_find(struct symbol_modules *m, const char *dir)
{
	find_below(m, dir, 0);
}

static bool is_module(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = strlen(base) - strlen(suffixes[suffix_of(base)]);

	if (n != strlen(name))
		return false;
	for (size_t i = 0; i < n; i++)
		if (base[i] != name[i] && !(strchr("-_", base[i]) && strchr("-_", name[i])))
			return false;
	return true;
}

const char *symbol_modules_get(const struct symbol_modules *m, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < m->files.len; i++) {
		const char *path = m->files.items[i];

		if (is_module(path, name) && (!best || suffix_of(path) < suffix_of(best)))
			best = path;
	}
	return best;
}

void symbol_modules_done(struct symbol_modules *m)
{
	strv_done(&m->files);
}
