/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a linked kernel (see image.h), by hand: section table, symbol table, names. Every offset
 * is checked against the size of the file before it is followed, every name has its NUL within its
 * table, and headers are copied out because nothing says that they are aligned.
 */
#include "code/image.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"

struct reader {
	struct code_image *im;
	Elf64_Shdr *headers; /* copies */
	size_t n;
	uint32_t *section_of; /* header to index in im->sections, UINT32_MAX: not in memory */
	struct {
		const char *s;
		size_t len; /* with a NUL at its end, or 0 */
	} names;
};

static bool within(const struct code_image *im, uint64_t off, uint64_t len)
{
	return off <= im->size && len <= im->size - off;
}

static int read_headers(struct reader *r, const Elf64_Ehdr *h)
{
	uint64_t n = h->e_shnum;

	if (!h->e_shoff || h->e_shentsize != sizeof(Elf64_Shdr))
		return -ENODATA;
	if (!n) {
		Elf64_Shdr first;

		/* More than 65,279: the number stands in the first one's size. */
		if (!within(r->im, h->e_shoff, sizeof(first)))
			return -EBADMSG;
		memcpy(&first, r->im->data + h->e_shoff, sizeof(first));
		n = first.sh_size;
	}
	if (n > CODE_SECTIONS_MAX || !within(r->im, h->e_shoff, n * sizeof(Elf64_Shdr)))
		return -EBADMSG;
	r->n = n;
	r->headers = xcalloc(n + 1, sizeof(*r->headers));
	r->section_of = xcalloc(n + 1, sizeof(*r->section_of));
	memcpy(r->headers, r->im->data + h->e_shoff, n * sizeof(Elf64_Shdr));
	return 0;
}

/* The string table in section i; an empty one when there is none. */
static void use_names(struct reader *r, size_t i)
{
	r->names.len = 0;
	if (i >= r->n || r->headers[i].sh_type != SHT_STRTAB || !r->headers[i].sh_size ||
	    !within(r->im, r->headers[i].sh_offset, r->headers[i].sh_size))
		return;
	r->names.s = (const char *)r->im->data + r->headers[i].sh_offset;
	r->names.len = r->headers[i].sh_size;
	if (r->names.s[r->names.len - 1])
		r->names.len = 0;
}

/* "" when there is none, or one that is too long. */
static const char *name_at(const struct reader *r, uint64_t at)
{
	if (at >= r->names.len || strnlen(r->names.s + at, CODE_NAME_MAX + 1) > CODE_NAME_MAX)
		return "";
	return r->names.s + at;
}

struct numbered {
	struct code_section s;
	size_t header;
};

static int by_address(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int r = (x->s.addr > y->s.addr) - (x->s.addr < y->s.addr);

	return r ? r : (x->header > y->header) - (x->header < y->header);
}

static int take_section(struct reader *r, size_t i, struct numbered *ret)
{
	const Elf64_Shdr *h = &r->headers[i];
	bool file = h->sh_type != SHT_NOBITS;

	if (h->sh_size > UINT64_MAX - h->sh_addr ||
	    (file && !within(r->im, h->sh_offset, h->sh_size)))
		return -EBADMSG;
	ret->header = i;
	ret->s = (struct code_section){.name = name_at(r, h->sh_name),
				       .addr = h->sh_addr,
				       .size = h->sh_size,
				       .data = file ? r->im->data + h->sh_offset : NULL,
				       .exec = h->sh_flags & SHF_EXECINSTR};
	ret->s.constant = !(h->sh_flags & SHF_WRITE) || str_starts(ret->s.name, ".rodata");
	ret->s.percpu = !strcmp(ret->s.name, ".data..percpu") && ret->s.addr < 1 << 30;
	return 0;
}

static int read_sections(struct reader *r, size_t shstrndx)
{
	VEC(struct numbered) all = {0};
	int x = 0;

	use_names(r, shstrndx);
	for (size_t i = 0; i < r->n && !x; i++) {
		struct numbered s;

		r->section_of[i] = UINT32_MAX;
		if (!(r->headers[i].sh_flags & SHF_ALLOC) || !r->headers[i].sh_size ||
		    r->headers[i].sh_type == SHT_NOTE)
			continue;
		x = take_section(r, i, &s);
		if (!x)
			vec_push(&all, s);
	}
	if (all.len && !x)
		qsort(all.items, all.len, sizeof(*all.items), by_address);
	for (size_t i = 0; i < all.len && !x; i++) {
		r->section_of[all.items[i].header] = (uint32_t)i;
		vec_push(&r->im->sections, all.items[i].s);
	}
	vec_done(&all);
	return x;
}

/* "f.part.0.cold" stays whole. */
static uint32_t stem_of(const char *name)
{
	size_t n = strlen(name), end = n;

	while (end && isdigit((unsigned char)name[end - 1]))
		end--;
	return (uint32_t)(end > 1 && end < n && name[end - 1] == '.' ? end - 1 : n);
}

static enum code_kind kind_of(const Elf64_Sym *s)
{
	if (!s->st_size)
		return CODE_LABEL;
	if (ELF64_ST_TYPE(s->st_info) == STT_FUNC)
		return CODE_FUNCTION;
	return ELF64_ST_TYPE(s->st_info) == STT_OBJECT ? CODE_DATA : CODE_LABEL;
}

/* *file: the source of the local symbols that follow. */
static void take_symbol(struct reader *r, const Elf64_Sym *s, uint32_t number, const char **file)
{
	const char *name = name_at(r, s->st_name);
	uint32_t section = s->st_shndx < r->n ? r->section_of[s->st_shndx] : UINT32_MAX;
	const struct code_section *in;

	if (ELF64_ST_TYPE(s->st_info) == STT_FILE)
		*file = name;
	if (!*name || section == UINT32_MAX || ELF64_ST_TYPE(s->st_info) >= STT_SECTION)
		return;
	in = &r->im->sections.items[section];
	if (s->st_value < in->addr || s->st_value - in->addr > in->size)
		return;
	vec_push(&r->im->symbols, {.name = name,
				   .stem = stem_of(name),
				   .file = ELF64_ST_BIND(s->st_info) == STB_LOCAL ? *file : "",
				   .addr = s->st_value,
				   .size = MIN(s->st_size, in->size - (s->st_value - in->addr)),
				   .kind = kind_of(s),
				   .section = section,
				   .number = number});
}

static int by_place(const void *a, const void *b)
{
	const struct code_symbol *x = a, *y = b;
	int r = (x->addr > y->addr) - (x->addr < y->addr);

	if (!r)
		r = (x->size < y->size) - (x->size > y->size);
	if (!r)
		r = strcmp(x->name, y->name);
	return r ? r : (x->number > y->number) - (x->number < y->number);
}

static int read_symbols(struct reader *r)
{
	const Elf64_Shdr *h = NULL;
	const char *file = "";
	uint64_t n;

	for (size_t i = 0; i < r->n && !h; i++)
		if (r->headers[i].sh_type == SHT_SYMTAB)
			h = &r->headers[i];
	if (!h)
		return -ENODATA;
	n = h->sh_size / sizeof(Elf64_Sym);
	if (n > CODE_SYMBOLS_MAX || !within(r->im, h->sh_offset, h->sh_size))
		return -EBADMSG;
	use_names(r, h->sh_link);
	for (uint64_t i = 1; i < n; i++) {
		Elf64_Sym s;

		memcpy(&s, r->im->data + h->sh_offset + i * sizeof(s), sizeof(s));
		take_symbol(r, &s, (uint32_t)i, &file);
	}
	if (!r->im->symbols.len)
		return -ENODATA;
	qsort(r->im->symbols.items, r->im->symbols.len, sizeof(*r->im->symbols.items), by_place);
	return 0;
}

int code_image_read(struct code_image *im, const char *path, const uint8_t *data, size_t size,
		    struct err *e)
{
	struct reader r = {.im = im};
	Elf64_Ehdr h;
	int x;

	*im = (struct code_image){.path = path, .data = data, .size = size};
	if (size < sizeof(h) || memcmp(data, ELFMAG, SELFMAG))
		return err_set(e, -ENOEXEC, "%s is not an ELF file (give the vmlinux of a build)",
			       path);
	memcpy(&h, data, sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB ||
	    h.e_machine != EM_X86_64 || (h.e_type != ET_EXEC && h.e_type != ET_DYN))
		return CODE_IMAGE_OTHER;
	x = read_headers(&r, &h);
	if (!x)
		x = read_sections(&r, h.e_shstrndx == SHN_XINDEX && r.n ? r.headers[0].sh_link
									: h.e_shstrndx);
	if (!x)
		x = read_symbols(&r);
	free(r.headers);
	free(r.section_of);
	if (x == -ENODATA)
		return err_set(e, x,
			       "%s has no symbols (give the vmlinux of a build, not a stripped "
			       "one)",
			       path);
	return x ? err_set(e, x, "%s is a damaged ELF file", path) : 0;
}

int code_image_open(struct code_image *im, const char *path, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	void *map;
	int r;

	*im = (struct code_image){.path = path};
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return err_set(e, -ENOEXEC, "%s is not an ELF file (give the vmlinux of a build)",
			       path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, -errno, "cannot read %s", path);
	r = code_image_read(im, path, map, (size_t)st.st_size, e);
	im->mapped = true;
	return r;
}

void code_image_done(struct code_image *im)
{
	vec_done(&im->sections);
	vec_done(&im->symbols);
	if (im->mapped)
		munmap((void *)im->data, im->size);
	*im = (struct code_image){0};
}

const struct code_section *code_image_section(const struct code_image *im, uint64_t addr)
{
	size_t low = 0, high = im->sections.len;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (im->sections.items[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || addr - im->sections.items[low - 1].addr >= im->sections.items[low - 1].size)
		return NULL;
	return &im->sections.items[low - 1];
}

const struct code_section *code_image_named(const struct code_image *im, const char *name)
{
	for (size_t i = 0; i < im->sections.len; i++)
		if (!strcmp(im->sections.items[i].name, name))
			return &im->sections.items[i];
	return NULL;
}

const uint8_t *code_image_bytes(const struct code_image *im, uint64_t addr, uint64_t len)
{
	const struct code_section *s = code_image_section(im, addr);

	return s && s->data && len <= s->size - (addr - s->addr) ? s->data + (addr - s->addr)
								 : NULL;
}

size_t code_image_above(const struct code_image *im, uint64_t addr)
{
	size_t low = 0, high = im->symbols.len;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (im->symbols.items[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
