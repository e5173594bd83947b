/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of Rust functions (v0 mangling, RFC 2603) as the source has them, without crate hashes:
 * "_RNvNtCs1_3foo3bar3baz" is foo::bar::baz. What the kernel's symbols do not need (constants other
 * than numbers, function types, dyn) is left mangled, and so is anything that looks wrong. C++ is
 * not in the kernel; a plain "_Z3fooiii" is taken for tests that bring one. Invariants: depth,
 * output and steps are bounded, so that back references cannot multiply.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "crash/report.h"

enum {
	DEPTH_MAX = 24,
	STEPS_MAX = 200,
	OUT_MAX = 200,
};

struct reader {
	const char *p; /* behind "_R" */
	size_t len, at;
	int depth, steps;
	bool bad;
	struct strbuf *out;
};

static void path(struct reader *r);
static void type(struct reader *r);

static char peek(const struct reader *r)
{
	return r->at < r->len ? r->p[r->at] : '\0';
}

static bool eat(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* Counts a step down; every one has its leave(). */
static bool enter(struct reader *r)
{
	r->depth++;
	if (++r->steps > STEPS_MAX || r->depth > DEPTH_MAX || r->out->len > OUT_MAX)
		r->bad = true;
	return !r->bad;
}

static void leave(struct reader *r)
{
	r->depth--;
}

/* Digits of base 62 up to "_": nothing is 0, "0" is 1. */
static size_t base62(struct reader *r)
{
	size_t n = 0;

	if (eat(r, '_'))
		return 0;
	while (!r->bad && peek(r) != '_') {
		char c = peek(r);

		if (!isalnum((unsigned char)c)) {
			r->bad = true;
			return 0;
		}
		n = n * 62 + (size_t)(isdigit((unsigned char)c)	  ? c - '0'
				      : islower((unsigned char)c) ? c - 'a' + 10
								  : c - 'A' + 36);
		r->at++;
	}
	r->at++;
	return n + 1;
}

static void disambiguator(struct reader *r)
{
	if (eat(r, 's'))
		base62(r);
}

/* Adds the name; with a namespace of the compiler's own, what it stands for. */
static void identifier(struct reader *r, char space)
{
	size_t n = 0;

	disambiguator(r);
	eat(r, 'u');
	if (!isdigit((unsigned char)peek(r)))
		r->bad = true;
	while (isdigit((unsigned char)peek(r)) && n <= r->len)
		n = n * 10 + (size_t)(r->p[r->at++] - '0');
	eat(r, '_');
	if (r->bad || n > r->len - r->at) {
		r->bad = true;
		return;
	}
	if (space)
		strbuf_adds(r->out, space == 'C' ? "{closure" : "{shim");
	if (space && n)
		strbuf_addc(r->out, ':');
	strbuf_add(r->out, r->p + r->at, n);
	if (space)
		strbuf_addc(r->out, '}');
	r->at += n;
}

/* What stands at an earlier place, read by f. */
static void back(struct reader *r, void (*f)(struct reader *))
{
	size_t here = r->at - 1, to = base62(r), after = r->at;

	if (r->bad || to >= here) {
		r->bad = true;
		return;
	}
	r->at = to;
	f(r);
	r->at = after;
}

/* Reads a path without printing it: that of the module an impl stands in. */
static void impl_path(struct reader *r)
{
	size_t len = r->out->len;

	disambiguator(r);
	path(r);
	if (!r->bad)
		strbuf_truncate(r->out, len);
}

static void lifetime(struct reader *r)
{
	if (eat(r, 'L'))
		base62(r);
}

static void constant(struct reader *r)
{
	size_t begin;

	if (eat(r, 'p')) {
		strbuf_addc(r->out, '_');
		return;
	}
	r->at++; /* its type */
	eat(r, 'n');
	begin = r->at;
	while (isxdigit((unsigned char)peek(r)))
		r->at++;
	strbuf_adds(r->out, "0x");
	strbuf_add(r->out, r->p + begin, r->at - begin);
	r->bad |= !eat(r, '_');
}

static void generic_arguments(struct reader *r)
{
	const char *between = "<";

	while (!r->bad && !eat(r, 'E')) {
		if (peek(r) == 'L') {
			lifetime(r);
			continue;
		}
		strbuf_adds(r->out, between);
		between = ", ";
		if (eat(r, 'K'))
			constant(r);
		else
			type(r);
		r->bad |= r->at >= r->len;
	}
	if (*between == ',')
		strbuf_addc(r->out, '>');
}

static void nested(struct reader *r)
{
	char space = peek(r);

	r->at++;
	path(r);
	strbuf_adds(r->out, "::");
	identifier(r, isupper((unsigned char)space) ? space : '\0');
}

/* "<type as trait>" */
static void qualified(struct reader *r, bool trait)
{
	strbuf_addc(r->out, '<');
	type(r);
	if (trait && !r->bad) {
		strbuf_adds(r->out, " as ");
		path(r);
	}
	strbuf_addc(r->out, '>');
}

static void path(struct reader *r)
{
	char c = peek(r);

	if (enter(r)) {
		r->at++;
		switch (c) {
		case 'C': identifier(r, '\0'); break;
		case 'N': nested(r); break;
		case 'M':
			impl_path(r);
			qualified(r, false);
			break;
		case 'X':
			impl_path(r);
			qualified(r, true);
			break;
		case 'Y': qualified(r, true); break;
		case 'I':
			path(r);
			generic_arguments(r);
			break;
		case 'B': back(r, path); break;
		default: r->bad = true; break;
		}
	}
	leave(r);
}

static const char *basic_type(char c)
{
	static const char *const names[] = {
		"i8",	 "bool", "char", "f64", "str",	"f32",	NULL,  "u8", "isize",
		"usize", NULL,	 "i32",	 "u32", "i128", "u128", "_",   NULL, NULL,
		"i16",	 "u16",	 "()",	 "...", NULL,	"i64",	"u64", "!",
	};

	return islower((unsigned char)c) ? names[c - 'a'] : NULL;
}

static void tuple(struct reader *r)
{
	const char *between = "(";

	while (!r->bad && !eat(r, 'E')) {
		strbuf_adds(r->out, between);
		between = ", ";
		type(r);
		r->bad |= r->at >= r->len;
	}
	strbuf_adds(r->out, *between == '(' ? "()" : ")");
}

static void prefixed(struct reader *r, const char *prefix)
{
	strbuf_adds(r->out, prefix);
	lifetime(r);
	type(r);
}

static void array(struct reader *r, bool sized)
{
	strbuf_addc(r->out, '[');
	type(r);
	if (sized && !r->bad) {
		strbuf_adds(r->out, "; ");
		constant(r);
	}
	strbuf_addc(r->out, ']');
}

static void type(struct reader *r)
{
	char c = peek(r);
	const char *basic = basic_type(c);

	if (enter(r)) {
		r->at++;
		if (basic) {
			strbuf_adds(r->out, basic);
		} else {
			switch (c) {
			case 'A': array(r, true); break;
			case 'S': array(r, false); break;
			case 'T': tuple(r); break;
			case 'R': prefixed(r, "&"); break;
			case 'Q': prefixed(r, "&mut "); break;
			case 'P': prefixed(r, "*const "); break;
			case 'O': prefixed(r, "*mut "); break;
			case 'B': back(r, type); break;
			default:
				r->at--;
				path(r);
				break;
			}
		}
	}
	leave(r);
}

static char *rust_name(const char *name, size_t len)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct reader r = {.p = name + 2, .len = len - 2, .out = &out};

	path(&r);
	return r.bad || !out.len || out.len > OUT_MAX ? NULL : strbuf_take(&out);
}

static char *cpp_name(const char *name, size_t len)
{
	size_t n = 0, at = 2;

	while (at < len && isdigit((unsigned char)name[at]) && n <= len)
		n = n * 10 + (size_t)(name[at++] - '0');
	return n && n <= len - at ? xstrndup(name + at, n) : NULL;
}

char *crash_demangle(const char *name, size_t len)
{
	char *plain = NULL;

	if (len > 2 && name[0] == '_' && name[1] == 'R')
		plain = rust_name(name, len);
	else if (len > 2 && name[0] == '_' && name[1] == 'Z')
		plain = cpp_name(name, len);
	return plain ? plain : xstrndup(name, len);
}
