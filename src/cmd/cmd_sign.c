/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit sign VMLINUX...: the signature of kernels; with --diff, which functions and data of two
 * have other code. Names come from the files, which may be anybody's: what reaches a terminal is
 * escaped.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "build/signature.h"
#include "cmd/cmd.h"
#include "code/diff.h"
#include "code/image.h"
#include "crash/crash.h"
#include "crash/text.h"

enum {
	JSON_VERSION = 1, /* docs/sign.md */
	CONSOLE_MAX = 64 << 20,
	NAME_COLUMNS = 60,
};

static const char help[] =
	"usage: culprit sign [--json] VMLINUX...\n"
	"       culprit sign --diff [--crash CONSOLE] [--json] A B\n"
	"\n"
	"Prints the signature of each kernel: a hash of what the machine would run, equal for two\n"
	"kernels with equal code.\n"
	"\n"
	"  --diff           compare two kernels (x86-64): the functions and data objects whose\n"
	"                   code differs. Where things lie does not count, nor do line numbers,\n"
	"                   build ids and time stamps\n"
	"  --crash CONSOLE  with --diff: mark the functions that are on the stack of the first\n"
	"                   crash in a console\n"
	"  --json           one JSON object (docs/sign.md)\n"
	"\n"
	"exit codes: 0 done, whatever differs; 1 usage or environment error\n";

struct args {
	bool diff, json, help;
	const char *crash;
	char **files;
	int n_files;
};

/* Two kernels and how they differ. */
struct difference {
	const char *path[2];
	char signature[2][SIGNATURE_HEX];
	bool compared; /* function by function */
	struct code_diff code;
	struct strbuf crash; /* title of the crash, "" without */
	size_t marked;
};

static int check_args(const struct args *a)
{
	if (!a->n_files)
		return cmd_fail("sign: give the vmlinux of a build");
	if (a->diff && a->n_files != 2)
		return cmd_fail("sign: --diff compares two kernels: give the vmlinux of both");
	if (a->crash && !a->diff)
		return cmd_fail("sign: --crash marks what --diff finds: give both");
	return 0;
}

static int read_args(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{"diff", no_argument, NULL, 'd'},
		{"crash", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == ':')
			return cmd_fail("sign: %s needs a value", argv[optind - 1]);
		if (c == '?')
			return cmd_fail("sign: no option %s (culprit sign --help)",
					argv[optind - 1]);
		a->diff |= c == 'd';
		a->json |= c == 'j';
		a->help |= c == 'h';
		if (c == 'c')
			a->crash = optarg;
	}
	a->files = argv + optind;
	a->n_files = argc - optind;
	return a->help ? 0 : check_args(a);
}

static void print_signatures(const struct args *a, struct json_writer *w, const char *path,
			     const char *hex)
{
	if (!a->json) {
		if (a->n_files == 1)
			printf("%s\n", hex);
		else
			printf("%s  %s\n", hex, path);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "file", path);
	json_pair_string(w, "signature", hex);
	json_end_object(w);
}

static int sign_all(const struct args *a)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;
	int code = 0;

	json_init(&w, &b, JSON_INDENTED);
	json_begin_object(&w);
	json_pair_int(&w, "version", JSON_VERSION);
	json_key(&w, "kernels");
	json_begin_array(&w);
	for (int i = 0; i < a->n_files; i++) {
		char hex[SIGNATURE_HEX];
		struct err e = ERR_INIT;

		if (signature_of_elf(a->files[i], hex, &e))
			code = cmd_fail("sign: %s", e.text);
		else
			print_signatures(a, &w, a->files[i], hex);
	}
	json_end_array(&w);
	json_end_object(&w);
	if (a->json)
		fwrite(b.data, 1, b.len, stdout);
	return code;
}

/* The first crash of the console: its title, and the functions of its stacks marked. */
static int mark(const char *path, struct difference *d, struct err *e)
{
	_cleanup_strbuf_ struct strbuf console = STRBUF_INIT, report = STRBUF_INIT;
	_cleanup_strv_ struct strv functions = {0};
	struct crash_reports reports;
	int r = file_read(path, CONSOLE_MAX, &console, e);

	if (r)
		return r;
	crash_parse(console.data, console.len, &reports);
	if (reports.len) {
		strbuf_adds(&d->crash, reports.items[0].title);
		crash_report_text(console.data, &reports.items[0], &report);
	}
	crash_reports_done(&reports);
	if (!report.len)
		return err_set(e, -ENODATA, "%s: no crash in it (culprit parse shows what is)",
			       path);
	crash_text_functions(report.data, report.len, &functions);
	d->marked = code_diff_mark(&d->code, (const char *const *)functions.items, functions.len);
	return 0;
}

static int compare(const struct args *a, struct difference *d, struct err *e)
{
	int r;

	for (int i = 0; i < 2; i++) {
		d->path[i] = a->files[i];
		r = signature_of_elf(a->files[i], d->signature[i], e);
		if (r)
			return r;
	}
	r = code_diff_files(a->files[0], a->files[1], &d->code, e);
	d->compared = r == 0;
	if (r >= 0)
		r = a->crash ? mark(a->crash, d, e) : 0;
	return r;
}

static void add_count(struct strbuf *b, uint64_t n, const char *one, const char *many, size_t of)
{
	strbuf_add_count(b, n);
	strbuf_addf(b, " %s of ", n == 1 ? one : many);
	strbuf_add_count(b, of);
}

static void text_object(const struct code_object *o, struct strbuf *b)
{
	strbuf_addf(b, "%c %-8s  ", o->in_stack ? '*' : ' ',
		    o->change == CODE_LINES_ONLY ? "lines" : code_change_name(o->change));
	strbuf_add_printable(b, o->name, NAME_COLUMNS);
	if (*o->file) {
		strbuf_adds(b, " (");
		strbuf_add_printable(b, o->file, NAME_COLUMNS);
		strbuf_addc(b, ')');
	}
	if (o->is_data)
		strbuf_adds(b, ", data");
	if (o->change == CODE_ADDED || o->change == CODE_REMOVED)
		strbuf_addf(b, ", %llu bytes", (unsigned long long)(o->size_a + o->size_b));
	else if (o->size_a != o->size_b)
		strbuf_addf(b, ", %llu to %llu bytes", (unsigned long long)o->size_a,
			    (unsigned long long)o->size_b);
	strbuf_addc(b, '\n');
}

static void text_summary(const struct difference *d, struct strbuf *b)
{
	size_t functions = 0, lines = d->code.objects.len - d->code.n_code;

	for (size_t i = 0; i < d->code.objects.len; i++)
		functions += d->code.objects.items[i].change != CODE_LINES_ONLY &&
			     !d->code.objects.items[i].is_data;
	if (!strcmp(d->signature[0], d->signature[1])) {
		strbuf_adds(b, "the signatures are equal: the same code\n");
	} else if (!d->compared) {
		strbuf_adds(b, "the signatures differ; functions are compared in linked kernels "
			       "for x86-64 only\n");
	} else if (!d->code.n_code) {
		strbuf_adds(b, "the signatures differ, the code does not");
		strbuf_adds(b, lines ? ": line numbers only\n" : "\n");
	} else {
		strbuf_adds(b, "the code differs: ");
		add_count(b, functions, "function", "functions", d->code.functions);
		strbuf_adds(b, ", ");
		add_count(b, d->code.n_code - functions, "data object", "data objects",
			  d->code.data);
		if (lines)
			strbuf_add_counted(b, "; line numbers only: ", lines, "object");
		strbuf_addc(b, '\n');
	}
}

static void text(const struct difference *d, struct strbuf *b)
{
	for (int i = 0; i < 2; i++) {
		strbuf_addf(b, "%s  ", d->signature[i]);
		strbuf_add_printable(b, d->path[i], SIZE_MAX);
		strbuf_addc(b, '\n');
	}
	text_summary(d, b);
	if (d->crash.len) {
		strbuf_add_counted(b, "", d->marked, "changed function");
		strbuf_adds(b, " on the stack (*) of \"");
		strbuf_add_printable(b, d->crash.data, SIZE_MAX);
		strbuf_adds(b, "\"\n");
	}
	if (d->code.objects.len)
		strbuf_addc(b, '\n');
	for (size_t i = 0; i < d->code.objects.len; i++)
		text_object(&d->code.objects.items[i], b);
}

static void json_object(struct json_writer *w, const struct code_object *o)
{
	json_begin_object(w);
	json_pair_string(w, "name", o->name);
	json_pair_string(w, "file", *o->file ? o->file : NULL);
	json_pair_string(w, "kind", o->is_data ? "data" : "function");
	json_pair_string(w, "change", code_change_name(o->change));
	json_pair_bool(w, "in_stack", o->in_stack);
	json_key(w, "size");
	json_begin_array(w);
	json_int(w, (int64_t)o->size_a);
	json_int(w, (int64_t)o->size_b);
	json_end_array(w);
	json_end_object(w);
}

static void json(const struct difference *d, struct strbuf *b)
{
	struct json_writer w;

	json_init(&w, b, JSON_INDENTED);
	json_begin_object(&w);
	json_pair_int(&w, "version", JSON_VERSION);
	json_key(&w, "kernels");
	json_begin_array(&w);
	for (int i = 0; i < 2; i++) {
		json_begin_object(&w);
		json_pair_string(&w, "file", d->path[i]);
		json_pair_string(&w, "signature", d->signature[i]);
		json_end_object(&w);
	}
	json_end_array(&w);
	json_pair_bool(&w, "compared", d->compared);
	json_key(&w, "code_differs");
	if (d->compared)
		json_bool(&w, d->code.n_code);
	else
		json_null(&w);
	json_pair_int(&w, "functions", (int64_t)d->code.functions);
	json_pair_int(&w, "data", (int64_t)d->code.data);
	json_pair_string(&w, "crash", d->crash.len ? d->crash.data : NULL);
	json_key(&w, "objects");
	json_begin_array(&w);
	for (size_t i = 0; i < d->code.objects.len; i++)
		json_object(&w, &d->code.objects.items[i]);
	json_end_array(&w);
	json_end_object(&w);
}

static int diff(const struct args *a)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct difference d = {.crash = STRBUF_INIT};
	struct err e = ERR_INIT;
	int r = compare(a, &d, &e);

	if (r)
		cmd_fail("sign: %s", e.text);
	else if (a->json)
		json(&d, &b);
	else
		text(&d, &b);
	fwrite(b.data, 1, b.len, stdout);
	code_diff_done(&d.code);
	strbuf_done(&d.crash);
	return r ? EXIT_ENVIRONMENT : 0;
}

int cmd_sign(int argc, char **argv)
{
	struct args a = {0};
	int code = read_args(argc, argv, &a);

	if (!code && a.help)
		fputs(help, stdout);
	else if (!code)
		code = a.diff ? diff(&a) : sign_all(&a);
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("sign: cannot write standard output: %s", strerror(errno));
	return code;
}
