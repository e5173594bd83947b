/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checking and copying the inputs (see prepare.h).
 */
#include "bisect/prepare.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"
#include "bisect/foreign/adopt.h"
#include "build/cause.h"
#include "build/kconfig.h"
#include "build/sandbox.h"
#include "git/git.h"
#include "git/history.h"
#include "journal/journal.h"
#include "log/document.h"
#include "log/story.h"

enum { WEIGHTS_MAX = 64 << 20, CONFIG_MAX = 8 << 20, COMPILE_MS = 120000 };

static int check_good(const struct git_repo *g, const char *name, const char *hex, const char *bad,
		      struct err *e)
{
	char base[GIT_HEX_MAX] = "";
	struct err none = ERR_INIT;
	bool is = false;
	int r;

	if (!strcmp(hex, bad))
		return err_set(e, -EINVAL, "the good revision %s is the bad one itself", name);
	r = git_is_ancestor(g, hex, bad, &is, e);
	if (r || is)
		return r;
	if (git_merge_base(g, hex, bad, base, &none))
		return err_set(e, -EINVAL,
			       "the good revision %s shares no history with the bad one", name);
	return err_set(
		e, -EINVAL,
		"the good revision %s is not an ancestor of the bad one; they part at %.12s: "
		"if that is good, give it with --good",
		name, base);
}

int bisect_releases(const struct git_repo *g, const char *bad, struct strbuf *ret, struct err *e)
{
	_cleanup_strv_ struct strv names = {0}, hexes = {0};
	_cleanup_free_ unsigned char *pick = NULL;
	int r = history_releases(g, bad, &names, &hexes, e);

	if (r)
		return r;
	pick = xcalloc(names.len, 1);
	history_pick_releases(names.items, names.len, pick);
	for (size_t i = 0; i < names.len; i++)
		if (pick[i] && strcmp(hexes.items[i], bad))
			strbuf_addf(ret, "%s %s\n", names.items[i], hexes.items[i]);
	return ret->len
		       ? 0
		       : err_set(e, -ENOENT,
				 "no release tag (vX.Y) is reachable from %s: give a good revision "
				 "with --good",
				 bad);
}

/* That there are none must not be found out after the hours of the first test. */
static int check_releases(const struct git_repo *g, const char *bad, struct err *e)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;

	return bisect_releases(g, bad, &list, e);
}

static int resolve_bad(const struct bisect_inputs *in, const struct git_repo *g,
		       const struct bisect_adopted *a, struct bisect_request *r, struct err *e)
{
	char hex[GIT_HEX_MAX];
	int x;

	if (!in->bad && !a->start)
		return err_set(e, -EINVAL,
			       "%s does not tell what it sets out from: give the revision that "
			       "crashes with --bad",
			       in->log_name);
	if (!in->bad && !a->bad)
		return err_set(e, -ENOENT,
			       "%s sets out from %.40s, which %s does not have: give the revision "
			       "that crashes with --bad",
			       in->log_name, a->start, g->path);
	if (!in->bad) {
		xstrset(&r->bad, a->bad);
		return 0;
	}
	x = git_resolve(g, in->bad, hex, e);
	if (!x)
		xstrset(&r->bad, hex);
	return x;
}

static int resolve_goods(const struct bisect_inputs *in, const struct git_repo *g,
			 const struct bisect_adopted *a, struct bisect_request *r, struct err *e)
{
	const struct strv *from = in->goods->len ? in->goods : &a->goods;
	char hex[GIT_HEX_MAX];
	int x = 0;

	for (size_t i = 0; !x && i < from->len; i++) {
		x = git_resolve(g, from->items[i], hex, e);
		if (!x)
			x = check_good(g, from->items[i], hex, r->bad, e);
		if (!x)
			strv_add(&r->goods, hex);
	}
	if (x || from->len)
		return x;
	/* Only kernels are walked back by release. */
	if (!bisect_request_is_kernel(r))
		return err_set(e, -ENOENT, "%s has no good end that %s has: give one with --good",
			       in->log_name, g->path);
	return check_releases(g, r->bad, e);
}

/* What a log saw holds for kernels that are made alike. */
static int resolve_carry(const struct git_repo *g, const struct log_story *log,
			 struct bisect_request *r, struct err *e)
{
	char hex[GIT_HEX_MAX];
	int x;

	if (!r->carry && log->carry)
		r->carry = xstrndup(log->carry, 40);
	if (!r->carry)
		return 0;
	x = git_resolve(g, r->carry, hex, e);
	if (!x)
		xstrset(&r->carry, hex);
	return x;
}

static int resolve(const struct bisect_inputs *in, struct bisect_request *r, struct err *e)
{
	_cleanup_bisect_adopted_ struct bisect_adopted a = {0};
	_cleanup_log_story_ struct log_story story = {0};
	_cleanup_strbuf_ struct strbuf foreign = STRBUF_INIT;
	struct git_repo g;
	int x = git_open(&g, in->repo, e);

	if (!x && in->log) {
		log_story_init(&story, in->log);
		x = bisect_adopt(&a, &g, &story, in->log_name, e);
	}
	if (!x)
		x = resolve_bad(in, &g, &a, r, e);
	if (!x)
		x = resolve_goods(in, &g, &a, r, e);
	if (!x)
		x = resolve_carry(&g, &story, r, e);
	if (!x && in->log)
		x = bisect_adopt_range(&a, &g, r->bad, &r->goods, e);
	if (!x) {
		xstrset(&r->repo, g.path);
		log_evidence_write(&a.evidence, &foreign);
		xstrset(&r->foreign, in->log ? foreign.data : NULL);
	}
	git_done(&g);
	return x;
}

/* As it was given: it may change, or have come through a pipe. */
static int copy_log(const struct bisect_inputs *in, struct err *e)
{
	_cleanup_free_ char *to = xasprintf("%s/from.log", in->dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	log_write(in->log, 0, &text);
	return file_write_atomic(to, text.data, text.len, e);
}

static int copy_config(const struct bisect_inputs *in, struct err *e)
{
	_cleanup_free_ char *to = xasprintf("%s/config", in->dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = file_read(in->config, CONFIG_MAX, &text, e);

	if (!r && strlen(text.data) != text.len)
		r = err_set(e, -EINVAL, "%s: not a kernel config: it holds a NUL byte", in->config);
	if (!r)
		r = kconfig_check(text.data, in->config, e);
	return r ? r : file_write_atomic(to, text.data, text.len, e);
}

static int copy_weights(const struct bisect_inputs *in, struct err *e)
{
	_cleanup_free_ char *to = xasprintf("%s/weights", in->dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = file_read(in->prior_file, WEIGHTS_MAX, &text, e);

	return r ? r : file_write_atomic(to, text.data, text.len, e);
}

/* Whatever its name: what is no program is C source. */
static void compile_words(const struct bisect_inputs *in, const char *cc, const char *to,
			  struct strv *argv)
{
	strv_add(argv, cc);
	strv_add_lines(argv, "-static\n-O1\n-w\n-pthread\n-o\n");
	strv_add(argv, to);
	strv_add_lines(argv, "-x\nc\n");
	strv_add(argv, in->repro);
}

/* Source is somebody's text, and a compiler is not made to be safe from it. */
static int run_compiler(const struct bisect_inputs *in, const struct bisect_request *req,
			const char *folder, struct err *e)
{
	_cleanup_(sandbox_done) struct sandbox box = {0};
	const struct sandbox_folder folders[] = {{folder, NULL, false}, {0}};
	_cleanup_free_ char *to = xasprintf("%s/repro", folder);
	_cleanup_free_ char *tmp = xasprintf("TMPDIR=%s", folder);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, cause = STRBUF_INIT;
	_cleanup_strv_ struct strv argv = {0};
	const char *env[] = {"LC_ALL=C", tmp, NULL};
	struct proc_run p = {.spec = PROC_SPEC_INIT,
			     .max_bytes = 1 << 20,
			     .timeout_ms = COMPILE_MS,
			     .err = &out};
	_cleanup_fd_ int fd = -1;
	_cleanup_free_ char *cc = path_find_program(req->cc);
	int r;

	if (!cc)
		return err_set(e, -ENOENT, "no compiler %s: install it or name one with --cc",
			       req->cc);
	r = sandbox_open(&box, req->sandbox, e);
	if (!r)
		r = sandbox_enter(&box, folders, &argv, &fd, e);
	if (r)
		return r;
	compile_words(in, req->cc, to, &argv);
	p.spec.argv = strv_argv(&argv);
	p.spec.env = env;
	p.spec.keep = &fd;
	p.spec.n_keep = fd >= 0;
	r = proc_run(&p, e);
	if (r)
		return err_wrap(e, "compiling %s", in->repro);
	if (!p.status)
		return 0;
	build_find_cause(out.data, out.len, NULL, &cause);
	return err_set(e, -EINVAL, "the reproducer does not compile: %s", cause.data);
}

/* In a folder of its own, so that nothing else of the state can be written. */
static int compile(const struct bisect_inputs *in, const struct bisect_request *req, const char *to,
		   struct err *e)
{
	_cleanup_free_ char *dir = path_real(in->dir);
	_cleanup_free_ char *folder = xasprintf("%s/compile", dir ? dir : in->dir);
	_cleanup_free_ char *made = xasprintf("%s/repro", folder);
	struct err none = ERR_INIT;
	int r = dir_make(folder, e);

	if (!r)
		r = run_compiler(in, req, folder, e);
	if (!r)
		r = file_copy(made, to, e);
	if (!r && chmod(to, 0755) < 0)
		r = err_sys(e, -errno, "chmod %s", to);
	if (dir_remove(folder, &none) && !r)
		*e = none;
	return r ? r : none.code;
}

/* A program that is linked dynamically cannot run in a guest that holds nothing else. */
static int copy_program(const char *from, const struct strbuf *elf, const char *to, struct err *e)
{
	const Elf64_Ehdr *h = (const void *)elf->data;
	int r;

	for (unsigned i = 0; i < h->e_phnum; i++) {
		size_t at = h->e_phoff + (size_t)i * sizeof(Elf64_Phdr);
		Elf64_Phdr p;

		if (at > elf->len || elf->len - at < sizeof(p))
			break;
		memcpy(&p, elf->data + at, sizeof(p));
		if (p.p_type == PT_INTERP)
			return err_set(e, -EINVAL,
				       "%s is linked dynamically; link it with -static, the guest "
				       "holds no library",
				       from);
	}
	r = file_write_atomic(to, elf->data, elf->len, e);
	if (!r && chmod(to, 0755) < 0)
		r = err_sys(e, -errno, "chmod %s", to);
	return r;
}

static int make_repro(const struct bisect_inputs *in, const struct bisect_request *req,
		      struct err *e)
{
	_cleanup_free_ char *to = xasprintf("%s/repro", in->dir);
	_cleanup_free_ char *source = xasprintf("%s/repro.c", in->dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = file_read(in->repro, 256 << 20, &text, e);

	if (r)
		return r;
	if (text.len > sizeof(Elf64_Ehdr) && !memcmp(text.data, ELFMAG, SELFMAG))
		return copy_program(in->repro, &text, to, e);
	if (str_starts(text.data, "#!"))
		return err_set(
			e, -EINVAL,
			"%s is a script, which needs files that the guest does not have: give "
			"C source or a static program",
			in->repro);
	r = file_write_atomic(source, text.data, text.len, e);
	return r ? r : compile(in, req, to, e);
}

static bool is_empty_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *de;
	bool empty = true;

	if (!d)
		return errno == ENOENT;
	while ((de = readdir(d)))
		/* One that was killed at once left its lock. */
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, "..") &&
		    strcmp(de->d_name, "lock"))
			empty = false;
	closedir(d);
	return empty;
}

/* An existing bisection is never overwritten; one that was killed while it was made is. */
static int check_dir(const char *dir, struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(dir);
	struct bisect_request r;
	struct journal *j = NULL;
	struct err none = ERR_INIT;
	int x;

	if (is_empty_dir(dir))
		return 0;
	if (!file_exists(path))
		return err_set(
			e, -EEXIST,
			"%s is not empty and holds no bisection: give a new folder with --dir",
			dir);
	x = journal_open(path, false, &j, &none);
	if (!x) {
		bisect_request_init(&r);
		x = bisect_request_load(&r, j, &none);
		bisect_request_done(&r);
		journal_close(j);
	}
	if (!x)
		return err_set(e, -EEXIST,
			       "%s holds a bisection: go on with \"culprit resume %s\", or give a "
			       "new folder with --dir",
			       dir, dir);
	if (x == -ENODATA) {
		_cleanup_fd_ int lock = -1;

		x = conductor_lock(dir, &lock, e);
		return x ? x : dir_clear(dir, e);
	}
	*e = none;
	return x;
}

/* The journal comes first and the request in it last: a folder with a journal that holds no request
 * is known for one whose making was cut short. */
static int fill_dir(const struct bisect_inputs *in, const struct bisect_request *r, struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(in->dir);
	bool kernel = bisect_request_is_kernel(r);
	struct journal *j = NULL;
	int x = journal_create(path, &j, e);

	if (!x && kernel)
		x = copy_config(in, e);
	if (!x && kernel)
		x = make_repro(in, r, e);
	if (!x && in->prior_file)
		x = copy_weights(in, e);
	if (!x && in->log)
		x = copy_log(in, e);
	if (!x)
		x = bisect_request_save(r, j, e);
	journal_close(j);
	return x;
}

static int stop_at_first(const struct journal_event *ev _unused_, void *data _unused_)
{
	return 1;
}

void bisect_discard(const char *dir)
{
	_cleanup_free_ char *path = conductor_journal_path(dir);
	_cleanup_fd_ int lock = -1;
	struct journal *j = NULL;
	struct err e = ERR_INIT;
	int r;

	if (conductor_lock(dir, &lock, &e))
		return;
	r = journal_open(path, false, &j, &e);
	if (!r)
		r = journal_each(j, 0, stop_at_first, NULL, &e);
	journal_close(j);
	if (!r && dir_remove(dir, &e))
		return; /* what is left is taken for a bisection that can be resumed, as it is */
}

int bisect_prepare(const struct bisect_inputs *in, struct bisect_request *r, struct err *e)
{
	bool was_there = file_exists(in->dir);
	_cleanup_fd_ int lock = -1;
	struct err none = ERR_INIT;
	int x = check_dir(in->dir, e);

	if (!x)
		x = resolve(in, r, e);
	if (!x)
		x = dir_make(in->dir, e);
	if (!x)
		x = conductor_lock(in->dir, &lock, e);
	if (x)
		return x;
	x = fill_dir(in, r, e);
	/* check_dir saw to it that there was nothing of anybody's in there. */
	if (x && (was_there ? dir_clear(in->dir, &none) : dir_remove(in->dir, &none)))
		err_wrap(e, "%s", none.text);
	return x;
}
