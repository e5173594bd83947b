/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel signatures (see signature.h). The ELF headers are read by hand: only the section table is
 * needed, and every offset is checked against the mapped size before it is followed.
 */
#include "build/signature.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

struct image {
	const unsigned char *data;
	size_t size;
};

struct section {
	uint32_t type;
	uint64_t flags, offset, size;
};

static void hex_of(const uint8_t digest[SHA256_DIGEST_SIZE], char ret[SIGNATURE_HEX])
{
	for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

static bool within(const struct image *im, uint64_t off, uint64_t len)
{
	return off <= im->size && len <= im->size - off;
}

/* Header fields are copied out: nothing says that they are aligned. */
static int section_at(const struct image *im, uint64_t i, uint64_t shoff, bool wide,
		      struct section *ret)
{
	uint64_t entry = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);

	if (!within(im, shoff, (i + 1) * entry))
		return -EBADMSG;
	if (wide) {
		Elf64_Shdr s;

		memcpy(&s, im->data + shoff + i * entry, sizeof(s));
		*ret = (struct section){s.sh_type, s.sh_flags, s.sh_offset, s.sh_size};
	} else {
		Elf32_Shdr s;

		memcpy(&s, im->data + shoff + i * entry, sizeof(s));
		*ret = (struct section){s.sh_type, s.sh_flags, s.sh_offset, s.sh_size};
	}
	return 0;
}

static int sign(const struct image *im, uint8_t digest[SHA256_DIGEST_SIZE])
{
	bool wide = im->data[EI_CLASS] == ELFCLASS64;
	uint64_t shoff, shnum;
	struct sha256_ctx all, one;
	struct section s;

	if (wide) {
		Elf64_Ehdr h;

		memcpy(&h, im->data, sizeof(h));
		shoff = h.e_shoff;
		shnum = h.e_shnum;
	} else {
		Elf32_Ehdr h;

		memcpy(&h, im->data, sizeof(h));
		shoff = h.e_shoff;
		shnum = h.e_shnum;
	}
	if (!shoff)
		return -ENODATA;
	/* More than 65,279 sections: the number stands in the first one's size. */
	if (!shnum) {
		uint64_t entry = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);

		if (section_at(im, 0, shoff, wide, &s))
			return -EBADMSG;
		shnum = s.size;
		if (shnum > im->size / entry)
			return -EBADMSG;
	}
	sha256_init(&all);
	for (uint64_t i = 0; i < shnum; i++) {
		if (section_at(im, i, shoff, wide, &s))
			return -EBADMSG;
		if (!(s.flags & SHF_ALLOC) || s.type == SHT_NOBITS || s.type == SHT_NOTE)
			continue;
		if (!within(im, s.offset, s.size))
			return -EBADMSG;
		sha256_init(&one);
		sha256_update(&one, s.size, im->data + s.offset);
		sha256_digest(&one, SHA256_DIGEST_SIZE, digest);
		sha256_update(&all, SHA256_DIGEST_SIZE, digest);
	}
	sha256_digest(&all, SHA256_DIGEST_SIZE, digest);
	return 0;
}

int signature_of_elf(const char *path, char ret[SIGNATURE_HEX], struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct image im;
	struct stat st;
	void *map;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size < sizeof(Elf64_Ehdr))
		return err_set(e, -ENOEXEC, "%s is not an ELF file (give the vmlinux of a build)",
			       path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, -errno, "cannot read %s", path);
	im = (struct image){map, (size_t)st.st_size};
	if (memcmp(im.data, ELFMAG, SELFMAG) || im.data[EI_DATA] != ELFDATA2LSB)
		r = err_set(e, -ENOEXEC,
			    "%s is not a little-endian ELF file (give the vmlinux of a build)",
			    path);
	else if ((r = sign(&im, digest)))
		err_set(e, r,
			r == -ENODATA ? "%s has no section table" : "%s is a damaged ELF file",
			path);
	else
		hex_of(digest, ret);
	munmap(map, im.size);
	return r;
}

void signature_of_text(const char *s, char ret[SIGNATURE_HEX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, strlen(s), (const uint8_t *)s);
	sha256_digest(&c, SHA256_DIGEST_SIZE, digest);
	hex_of(digest, ret);
}
