/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels are made with and from, beside their source (see build.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "build/arch.h"
#include "build/build.h"

enum { CONFIG_MAX = 8 << 20, SAID_MAX = 1 << 16, TOOL_MS = 10000 };

int build_config(const char *path, const struct build_arch *arch, struct strbuf *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = file_read(path, CONFIG_MAX, &text, e);

	if (!r)
		kconfig_set(text.data, arch->options, ret, NULL);
	return r;
}

/* The first line that a command prints; empty when it fails. */
static int first_line(const char *program, const char *arg, struct strbuf *out, struct err *e)
{
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = SAID_MAX, .timeout_ms = TOOL_MS, .out = out};
	char *argv[] = {(char *)program, (char *)arg, NULL};
	static const char *const env[] = {"LC_ALL=C", NULL};
	int x;

	r.spec.argv = argv;
	r.spec.env = env;
	x = proc_run(&r, e);
	strbuf_truncate(out, x || r.status ? 0 : (size_t)(strchrnul(out->data, '\n') - out->data));
	return x;
}

int build_compiler_id(const char *cc, char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int x = first_line(cc, "--version", &out, e);

	if (x == -ENOENT)
		return err_set(e, x, "no compiler %s: install it or name one with --cc", cc);
	if (x)
		return x;
	if (!*out.data)
		return err_set(e, -EINVAL, "%s --version fails; name a compiler with --cc", cc);
	*ret = strbuf_take(&out);
	return 0;
}

/* A compiler may be replaced by one that says the same of itself. */
static void add_stamp(const char *program, struct strbuf *out)
{
	_cleanup_free_ char *path = path_find_program(program);
	struct stat st;

	if (path && !stat(path, &st))
		strbuf_addf(out, "%jd bytes of %jd.%09ld, ", (intmax_t)st.st_size,
			    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

int build_tools_id(const char *cc, char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf linker = STRBUF_INIT, id = STRBUF_INIT;
	_cleanup_free_ char *compiler = NULL;
	struct err none = ERR_INIT;
	int r = build_compiler_id(cc, &compiler, e);

	if (r)
		return r;
	/* Without one, the build will say so. */
	if (first_line("ld", "--version", &linker, &none))
		strbuf_truncate(&linker, 0);
	add_stamp(cc, &id);
	strbuf_addf(&id, "%s, %s", compiler, linker.data);
	*ret = strbuf_take(&id);
	return 0;
}

char *build_ccache_dir(void)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err none = ERR_INIT;
	char *argv[] = {(char *)"ccache", (char *)"-k", (char *)"cache_dir", NULL};
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = SAID_MAX, .timeout_ms = TOOL_MS, .out = &out};

	r.spec.argv = argv;
	if (proc_run(&r, &none) || r.status)
		return NULL;
	strbuf_rtrim(&out);
	/* It is bound into the sandbox and has to be there; ccache would make it. */
	return *out.data == '/' && !dir_make(out.data, &none) ? strbuf_take(&out) : NULL;
}
