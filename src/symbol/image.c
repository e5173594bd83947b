/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF: opens a file and sorts its functions by name once. A console gives a function's size as
 * kallsyms knows it, the distance to the next symbol; so that is what is compared first, then the
 * size of the symbol table, then that rounded up to 16.
 */
#include "symbol/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <libelf.h>

#include "base/err.h"
#include "base/vec.h"

enum {
	COMPRESSED_ZSTD = 2, /* ELFCOMPRESS_ZSTD, which this elf.h need not have */
	SECTIONS_MAX = 1 << 16,
};

struct section {
	uint64_t end;
	bool code;
};

/* Separate debug files and servers of them are never asked. */
static int find_no_debuginfo(Dwfl_Module *mod _unused_, void **userdata _unused_,
			     const char *name _unused_, Dwarf_Addr base _unused_,
			     const char *file _unused_, const char *link _unused_,
			     GElf_Word crc _unused_, char **found _unused_)
{
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = find_no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static int by_name(const void *a, const void *b)
{
	const struct symbol_function *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x->start > y->start) - (x->start < y->start);
}

static int by_start(const void *a, const void *b)
{
	const struct symbol_function *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* The sections, by number. The caller frees them. */
static struct section *read_sections(Elf *elf, uint64_t bias, size_t *n)
{
	struct section *s;

	if (elf_getshdrnum(elf, n) < 0)
		*n = 0;
	*n = MIN(*n, (size_t)SECTIONS_MAX);
	s = xcalloc(*n + 1, sizeof(*s));
	for (size_t i = 0; i < *n; i++) {
		Elf_Scn *scn = elf_getscn(elf, i);
		GElf_Shdr header;

		if (!scn || !gelf_getshdr(scn, &header))
			continue;
		s[i].code = header.sh_flags & SHF_EXECINSTR;
		s[i].end = bias + header.sh_addr + header.sh_size;
	}
	return s;
}

/* ARM's mapping symbols and what compilers name for themselves are not in kallsyms. */
static bool is_local_label(const char *name)
{
	return !*name || *name == '$' || !strncmp(name, ".L", 2);
}

static void set_next(struct symbol_image *im)
{
	size_t n = im->functions.len;
	struct symbol_function *f = im->functions.items;

	qsort(f, n, sizeof(*f), by_start);
	for (size_t i = n; i-- > 0;) {
		f[i].next = f[i].section;
		if (i + 1 < n)
			f[i].next = f[i + 1].start == f[i].start
					    ? f[i + 1].next
					    : MIN(f[i + 1].start, f[i].section);
		f[i].next = MAX(f[i].next, f[i].start);
	}
}

static void read_functions(struct symbol_image *im, Elf *elf, uint64_t bias)
{
	size_t n_sections;
	_cleanup_free_ struct section *sections = read_sections(elf, bias, &n_sections);
	int n = dwfl_module_getsymtab(im->module);

	for (int i = 1; i < n; i++) {
		GElf_Sym sym;
		GElf_Addr start;
		GElf_Word shndx = SHN_UNDEF;
		const char *name =
			dwfl_module_getsym_info(im->module, i, &sym, &start, &shndx, NULL, NULL);
		int type = GELF_ST_TYPE(sym.st_info);

		if (!name || shndx == SHN_UNDEF || shndx >= n_sections || !sections[shndx].code ||
		    (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC) ||
		    is_local_label(name))
			continue;
		vec_push(&im->functions,
			 {name, start, sym.st_size, 0, MAX(sections[shndx].end, start)});
	}
	if (im->functions.len == 0)
		return;
	set_next(im);
	qsort(im->functions.items, im->functions.len, sizeof(*im->functions.items), by_name);
}

/* What the debug information lacks, or NULL. */
static const char *complaint_of(Elf *elf)
{
	size_t names, found = 0;
	Elf_Scn *scn = NULL;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return "has no section names";
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		GElf_Chdr compression;
		const char *name;

		if (!gelf_getshdr(scn, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || (strcmp(name, ".debug_info") && strcmp(name, ".zdebug_info") &&
			      strcmp(name, ".debug_line") && strcmp(name, ".debug_abbrev")))
			continue;
		found++;
		if ((header.sh_flags & SHF_COMPRESSED) && gelf_getchdr(scn, &compression) &&
		    compression.ch_type == COMPRESSED_ZSTD)
			return "its debug information is compressed with zstd, which libdw cannot "
			       "read: use objcopy --decompress-debug-sections, or build with "
			       "CONFIG_DEBUG_INFO_COMPRESSED_NONE";
	}
	return found ? NULL : "no debug information in it: built without CONFIG_DEBUG_INFO";
}

static int open_dwarf(struct symbol_image *im, const char *path, struct err *e)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(im->module, &bias);
	const char *complaint;

	if (!elf)
		return err_set(e, -ENOEXEC, "%s: %s", path, dwfl_errmsg(-1));
	complaint = complaint_of(elf);
	if (complaint)
		return err_set(e, -ENODATA, "%s: %s", path, complaint);
	im->dwarf = dwfl_module_getdwarf(im->module, &im->bias);
	if (!im->dwarf)
		return err_set(e, -ENODATA, "%s: cannot read its debug information: %s", path,
			       dwfl_errmsg(-1));
	read_functions(im, elf, bias);
	if (im->functions.len == 0)
		return err_set(e, -ENODATA, "%s: no functions in its symbol table", path);
	symbol_scope_index(im);
	if (im->ranges.len == 0)
		return err_set(e, -ENODATA, "%s: its debug information covers no address", path);
	return 0;
}

int symbol_image_open(struct symbol_image *im, const char *path, int fd, struct err *e)
{
	im->dwfl = dwfl_begin(&callbacks);
	if (!im->dwfl)
		return err_set(e, -EIO, "%s: %s", path, dwfl_errmsg(-1));
	im->module = dwfl_report_offline(im->dwfl, path, path, fd);
	if (!im->module)
		return err_set(e, -ENOEXEC, "%s: not an ELF file that can be read: %s", path,
			       dwfl_errmsg(-1));
	dwfl_report_end(im->dwfl, NULL, NULL);
	return open_dwarf(im, path, e);
}

void symbol_image_done(struct symbol_image *im)
{
	for (size_t i = 0; i < im->units.len; i++)
		vec_done(&im->units.items[i].functions);
	vec_done(&im->units);
	vec_done(&im->ranges);
	vec_done(&im->functions);
	freep(&im->root);
	if (im->dwfl)
		dwfl_end(im->dwfl);
	im->dwfl = NULL;
}

/* The first function of that name. */
static size_t first_of(const struct symbol_image *im, const char *name)
{
	size_t low = 0, high = im->functions.len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(im->functions.items[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* How well a size fits, 0 not at all. */
static int grade(const struct symbol_function *f, uint64_t size)
{
	if (size == f->next - f->start)
		return 3;
	if (f->size && size == f->size)
		return 2;
	return f->size && size == (f->size + 15) / 16 * 16;
}

enum symbol_fit symbol_image_find(const struct symbol_image *im, const struct symbol_query *q,
				  uint64_t *ret_pc)
{
	const struct symbol_function *best = NULL, *f = im->functions.items;
	size_t first = first_of(im, q->name), i = first;
	int best_grade = 0;

	for (; i < im->functions.len && !strcmp(f[i].name, q->name); i++) {
		int g = grade(&f[i], q->size);

		if (g > best_grade) {
			best_grade = g;
			best = &f[i];
		}
	}
	/* A name that is there once: kallsyms may leave out what is the next symbol here. */
	if (!best && i == first + 1 &&
	    q->offset <= MAX(f[first].next - f[first].start, f[first].size))
		best = &f[first];
	if (!best || q->offset > q->size)
		return SYMBOL_FIT_NONE;
	/* A call returns behind itself; at offset 0 nothing of this function was called yet. */
	*ret_pc = best->start + q->offset - (!q->exact && q->offset);
	return best_grade ? SYMBOL_FIT_EXACT : SYMBOL_FIT_NAME;
}
