/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights from changed paths (see prior.h). A new rule is a line in the table, a bit in
 * enum infer_prior_rule, and the place in infer_prior_look() that sets it.
 */
#include "infer/prior.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static const struct {
	double factor;
	const char *say; /* %s: the file, the folder or the architecture */
	const char *why; /* for whoever changes the factor */
} infer_prior_rules[INFER_PRIOR_RULES] = {
	[INFER_PRIOR_EMPTY] = {0.03, "changes no file", "no code to be wrong"},
	[INFER_PRIOR_DOCS] =
		{0.01, "only documentation",
		 "none of 453 culprits, 2 % of all commits; not 0, since paths mislead: "
		 "some trees keep what the build reads in such files"},
	[INFER_PRIOR_TOOLS] =
		{0.02, "only documentation, tests or tools",
		 "not in the kernel; yet a script or objtool may change what is built"},
	[INFER_PRIOR_ARCH] = {0.02, "another architecture (%s)",
			      "not compiled; yet headers and Kconfig cross over"},
	[INFER_PRIOR_UNBUILT] =
		{0.03, "no file of this build",
		 "the build's own list of what it read; yet that is of the bad "
		 "revision, and an older one of the same config may have read more"},
	[INFER_PRIOR_GUILTY] =
		{30, "touches the guilty file %s",
		 "4 of 18 culprits against 0.07 % of all commits: a ratio of hundreds; "
		 "the guilty file is a guess, and found in one crash"},
	[INFER_PRIOR_STACK] =
		{20, "touches a file of the stack (%s)",
		 "5 of 18 against 0.05 %: as the guilty file, but some of the stack is "
		 "general machinery"},
	[INFER_PRIOR_FOLDER] = {4, "same folder as the stack (%s)",
				"a ratio of 5 for the folder of the stack, 37 for that of the fix"},
	[INFER_PRIOR_SOME] = {1.5, "several files",
			      "2 to 8 files: 1.6 to 2.6 times one file's rate"},
	[INFER_PRIOR_MANY] = {2.5, "many files",
			      "9 files and more: 5 to 8 times; but mechanical changes of the whole "
			      "tree are large and harmless"},
	[INFER_PRIOR_MERGE] =
		{0.2, "merge",
		 "none of 453 culprits, 6 % of all commits; these have files that both "
		 "sides changed"},
	[INFER_PRIOR_BARE_MERGE] = {0.03, "merge without changes of its own",
				    "only if the sides are wrong together"},
};

enum { SOME_FILES = 2, MANY_FILES = 9 };

/* arch/ as of 2.6.12 to 6.12; the first is for those to come. */
static const char *const arches[] = {
	"?",	     "alpha", "arc",	  "arm",       "arm26",	  "arm64",	"avr32", "blackfin",
	"c6x",	     "cris",  "csky",	  "frv",       "h8300",	  "hexagon",	"i386",	 "ia64",
	"loongarch", "m32r",  "m68k",	  "m68knommu", "metag",	  "microblaze", "mips",	 "mn10300",
	"nds32",     "nios2", "openrisc", "parisc",    "powerpc", "ppc",	"ppc64", "riscv",
	"s390",	     "score", "sh",	  "sh64",      "sparc",	  "sparc64",	"tile",	 "um",
	"unicore32", "v850",  "x86",	  "x86_64",    "xtensa"};

/* What uname says, where arch/ says otherwise. */
static const struct {
	const char *uts, *arch;
} uts_names[] = {
	{"x86_64", "x86"},	{"i386", "x86"},	{"i686", "x86"},
	{"amd64", "x86"},	{"aarch64", "arm64"},	{"armv7l", "arm"},
	{"armv6l", "arm"},	{"ppc64le", "powerpc"}, {"ppc64", "powerpc"},
	{"ppc", "powerpc"},	{"riscv64", "riscv"},	{"riscv32", "riscv"},
	{"mips64", "mips"},	{"s390x", "s390"},	{"loongarch64", "loongarch"},
	{"parisc64", "parisc"}, {"sparc64", "sparc"},
};

void infer_prior_done(struct infer_prior *p)
{
	strset_done(&p->built);
	strset_done(&p->folders);
	strset_done(&p->tree);
	strset_done(&p->stack);
	strset_done(&p->near);
	vec_done(&p->near_file);
	freep(&p->arch);
}

/* Length of the folder, without the slash. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* The first folder of path is dir. */
static bool in_top(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && path[n] == '/';
}

void infer_prior_set_arch(struct infer_prior *p, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(uts_names); i++)
		if (!strcmp(name, uts_names[i].uts))
			name = uts_names[i].arch;
	xstrset(&p->arch, name);
}

void infer_prior_add_built(struct infer_prior *p, const char *path)
{
	strset_add(&p->built, path, strlen(path));
	strset_add(&p->folders, path, folder_len(path));
	if (!p->arch && in_top(path, "arch") && strchr(path + 5, '/'))
		p->arch = xstrndup(path + 5, strcspn(path + 5, "/"));
}

void infer_prior_add_stack(struct infer_prior *p, const char *path)
{
	size_t len = strlen(path), folders = p->near.items.len;
	uint32_t file = strset_add(&p->stack, path, len);

	/* A folder of headers is no neighbourhood. */
	if (file > UINT8_MAX || str_ends(path, ".h") || !folder_len(path))
		return;
	if (strset_add(&p->near, path, folder_len(path)) == folders)
		vec_push(&p->near_file, file);
}

void infer_prior_set_guilty(struct infer_prior *p, const char *path)
{
	p->has_guilty = true;
	infer_prior_add_stack(p, path);
}

/* What a path is; from NEUTRAL on it may matter. */
enum kind { DOCS, TOOLS, OTHER_ARCH, UNBUILT, NEUTRAL, BUILT };

/* A kernel it is when a build or an architecture is known; other projects keep other things in
 * tools/ and in *.txt. */
static bool is_kernel(const struct infer_prior *p)
{
	return p->arch || p->built.items.len;
}

static bool is_docs(const struct infer_prior *p, const char *path)
{
	static const char *const files[] = {"MAINTAINERS", "CREDITS", "COPYING", "README",
					    "REPORTING-BUGS"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(path, files[i]))
			return true;
	return in_top(path, "Documentation") || in_top(path, "LICENSES") ||
	       str_ends(path, ".rst") || str_ends(path, ".md") || str_ends(path, "/README") ||
	       str_ends(path, ".gitignore") ||
	       (is_kernel(p) && (str_ends(path, ".txt") || (*path == '.' && !strchr(path, '/'))));
}

static bool is_tools(const struct infer_prior *p, const char *path)
{
	if (!is_kernel(p))
		return false;
	return in_top(path, "tools") || in_top(path, "samples") || in_top(path, "scripts") ||
	       in_top(path, "usr");
}

/* What decides what is compiled, and how: Kconfig, Makefile and the like, linker scripts. */
static bool is_build_rule(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	return str_starts(name, "Kconfig") || str_starts(name, "Makefile") ||
	       str_starts(name, "Kbuild") || str_starts(name, "Platform") ||
	       str_ends(name, ".lds.S") || str_ends(name, ".tbl") || str_ends(name, ".config") ||
	       str_ends(name, "defconfig");
}

static bool is_source(const char *path)
{
	return str_ends(path, ".c") || str_ends(path, ".h") || str_ends(path, ".S") ||
	       str_ends(path, ".rs");
}

static uint8_t arch_number(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		if (strlen(arches[i]) == len && !memcmp(arches[i], name, len))
			return (uint8_t)i;
	return 0;
}

/* arch/X/..., or include/asm-X/... of before 2.6.28: the number of X. False when it is ours, or
 * nobody's. */
static bool is_other_arch(const struct infer_prior *p, const char *path, uint8_t *ret)
{
	const char *name;
	size_t len;

	if (!p->arch)
		return false;
	if (in_top(path, "arch"))
		name = path + 5;
	else if (str_starts(path, "include/asm-") && !str_starts(path, "include/asm-generic/"))
		name = path + 12;
	else
		return false;
	len = strcspn(name, "/");
	if (!name[len] || (strlen(p->arch) == len && !memcmp(name, p->arch, len)))
		return false;
	/* x86 was two folders before 2.6.24. */
	if (!strcmp(p->arch, "x86") && (str_starts(name, "i386/") || str_starts(name, "x86_64/")))
		return false;
	*ret = arch_number(name, len);
	return true;
}

static bool has(const struct strset *s, const char *path)
{
	return strset_find(s, path, strlen(path)) != STRSET_NONE;
}

static enum kind kind_of(const struct infer_prior *p, const char *path, uint8_t *arch)
{
	if (has(&p->built, path) || has(&p->stack, path))
		return BUILT;
	if (is_docs(p, path))
		return DOCS;
	if (is_tools(p, path))
		return TOOLS;
	if (is_other_arch(p, path, arch))
		return OTHER_ARCH;
	if (is_build_rule(path))
		return NEUTRAL;
	if (!p->built.items.len)
		return BUILT; /* nothing is known about the build */
	/* A file that is gone in the revision that was built may have been compiled here. */
	if (p->tree.items.len && has(&p->tree, path))
		return UNBUILT;
	if (is_source(path) && strset_find(&p->folders, path, folder_len(path)) != STRSET_NONE)
		return NEUTRAL;
	return UNBUILT;
}

/* How near a path is: the rule, and the file of the stack that makes it so. */
static enum infer_prior_rule nearness(const struct infer_prior *p, const char *path,
				      uint32_t *ret_file)
{
	uint32_t i = strset_find(&p->stack, path, strlen(path));

	if (i != STRSET_NONE) {
		*ret_file = i;
		return i == 0 && p->has_guilty ? INFER_PRIOR_GUILTY : INFER_PRIOR_STACK;
	}
	i = p->near.items.len ? strset_find(&p->near, path, folder_len(path)) : STRSET_NONE;
	if (i == STRSET_NONE)
		return INFER_PRIOR_RULES;
	*ret_file = p->near_file.items[i];
	return INFER_PRIOR_FOLDER;
}

/* The kind of the commit is that of its path that is likeliest to matter. */
static void note_kind(struct infer_prior_note *n, const size_t count[BUILT + 1])
{
	if (count[BUILT] || count[NEUTRAL])
		return;
	if (count[UNBUILT])
		n->rules |= 1 << INFER_PRIOR_UNBUILT;
	else if (count[OTHER_ARCH])
		n->rules |= 1 << INFER_PRIOR_ARCH;
	else
		n->rules |= 1 << (count[TOOLS] ? INFER_PRIOR_TOOLS : INFER_PRIOR_DOCS);
}

static void note_merge(struct infer_prior_note *n, size_t paths)
{
	/* Being empty is what merges are. */
	if (!paths)
		n->rules = 1 << INFER_PRIOR_BARE_MERGE;
	else
		n->rules |= 1 << INFER_PRIOR_MERGE;
}

void infer_prior_look(const struct infer_prior *p, const char *const *paths, size_t n,
		      bool is_merge, struct infer_prior_note *ret)
{
	enum infer_prior_rule near = INFER_PRIOR_RULES;
	size_t count[BUILT + 1] = {0};

	*ret = (struct infer_prior_note){0};
	for (size_t i = 0; i < n; i++) {
		uint32_t file = 0;
		enum kind kind = kind_of(p, paths[i], &ret->arch);
		enum infer_prior_rule rule =
			kind >= NEUTRAL ? nearness(p, paths[i], &file) : INFER_PRIOR_RULES;

		count[kind]++;
		if (rule < near) {
			near = rule;
			ret->near = (uint8_t)MIN(file, (uint32_t)UINT8_MAX);
		}
	}
	if (!n)
		ret->rules |= 1 << INFER_PRIOR_EMPTY;
	else
		note_kind(ret, count);
	if (near < INFER_PRIOR_RULES)
		ret->rules |= (uint16_t)(1 << near);
	if (count[BUILT] >= MANY_FILES)
		ret->rules |= 1 << INFER_PRIOR_MANY;
	else if (count[BUILT] >= SOME_FILES)
		ret->rules |= 1 << INFER_PRIOR_SOME;
	if (is_merge)
		note_merge(ret, n);
	ret->paths = (uint16_t)MIN(n, (size_t)UINT16_MAX);
	ret->built = (uint16_t)MIN(count[BUILT], (size_t)UINT16_MAX);
}

double infer_prior_weight(const struct infer_prior_note *n)
{
	double w = 1;

	for (unsigned i = 0; i < INFER_PRIOR_RULES; i++)
		if (n->rules & 1 << i)
			w *= infer_prior_rules[i].factor;
	return w;
}

/* Names are of the user's crash and repository: whatever they hold, one line comes out. */
static void add_name(struct strbuf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addc(b, isprint((unsigned char)s[i]) ? s[i] : '?');
}

static void say_rule(const struct infer_prior *p, const struct infer_prior_note *n, unsigned rule,
		     struct strbuf *why)
{
	const char *say = infer_prior_rules[rule].say, *hole = strstr(say, "%s"), *name = "?";
	size_t len;

	if (!hole) {
		strbuf_addf(why, "%s x%g", say, infer_prior_rules[rule].factor);
		return;
	}
	if (rule == INFER_PRIOR_ARCH)
		name = arches[n->arch < ARRAY_SIZE(arches) ? n->arch : 0];
	else if (n->near < p->stack.items.len)
		name = strset_at(&p->stack, n->near);
	len = rule == INFER_PRIOR_FOLDER ? folder_len(name) + 1 : strlen(name);
	strbuf_add(why, say, (size_t)(hole - say));
	add_name(why, name, len);
	strbuf_addf(why, "%s x%g", hole + 2, infer_prior_rules[rule].factor);
}

void infer_prior_explain(const struct infer_prior *p, const struct infer_prior_note *n,
			 struct strbuf *why)
{
	/* The nearest first: it is what people look for. */
	static const unsigned char order[INFER_PRIOR_RULES] = {
		INFER_PRIOR_GUILTY, INFER_PRIOR_STACK,	    INFER_PRIOR_FOLDER, INFER_PRIOR_EMPTY,
		INFER_PRIOR_DOCS,   INFER_PRIOR_TOOLS,	    INFER_PRIOR_ARCH,	INFER_PRIOR_UNBUILT,
		INFER_PRIOR_MERGE,  INFER_PRIOR_BARE_MERGE, INFER_PRIOR_SOME,	INFER_PRIOR_MANY};
	const char *sep = "";

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (!(n->rules & 1 << order[i]))
			continue;
		strbuf_adds(why, sep);
		say_rule(p, n, order[i], why);
		sep = "; ";
	}
	if (!n->paths)
		return;
	if (!p->built.items.len)
		strbuf_addf(why, "%s%u file%s", sep, n->paths, n->paths == 1 ? "" : "s");
	else
		strbuf_addf(why, "%s%u of %u file%s built", sep, n->built, n->paths,
			    n->paths == 1 ? "" : "s");
}

double infer_prior_weigh(const struct infer_prior *p, const char *const *paths, size_t n,
			 bool is_merge, struct strbuf *why)
{
	struct infer_prior_note note;

	infer_prior_look(p, paths, n, is_merge, &note);
	if (why)
		infer_prior_explain(p, &note, why);
	return infer_prior_weight(&note);
}
