/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manifests and hashes (see entry.h). What is read back was written by us, but by any version of us
 * and maybe not to its end: every field is checked, and the last line must be there.
 */
#include "build/store/entry.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"

static const char head[] = "culprit artifact 1\n", tail[] = "end\n";

const char *const store_file_names[STORE_FILES] = {"bzImage", "vmlinux", "config", "inputs"};

enum { INPUTS = 3, READ_SIZE = 1 << 20 };

bool store_file_is_optional(unsigned i)
{
	return i == INPUTS;
}

int store_file_read(const char *path, struct store_file *ret, struct err *e)
{
	_cleanup_fd_ int fd = file_open_plain(path, e);
	_cleanup_free_ uint8_t *buf = xcalloc(1, READ_SIZE);
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx c;
	ssize_t n;

	if (fd < 0)
		return fd;
	*ret = (struct store_file){.is_there = true};
	sha256_init(&c);
	while ((n = read(fd, buf, READ_SIZE)) != 0) {
		if (n < 0 && errno != EINTR)
			return err_sys(e, -errno, "cannot read %s", path);
		if (n > 0) {
			sha256_update(&c, (size_t)n, buf);
			ret->size += (uint64_t)n;
		}
	}
	sha256_digest(&c, sizeof(digest), digest);
	for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
		snprintf(ret->sha256 + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

void store_entry_format(const struct store_entry *en, struct strbuf *out)
{
	strbuf_addf(out, "%ssignature %s\n", head, en->signature);
	for (unsigned i = 0; i < STORE_FILES; i++)
		if (en->files[i].is_there)
			strbuf_addf(out, "%s %" PRIu64 " %s\n", store_file_names[i],
				    en->files[i].size, en->files[i].sha256);
	strbuf_adds(out, tail);
}

/* A word of 64 hex digits and the end of its line, behind *p. */
static bool take_hash(const char **p, char ret[SIGNATURE_HEX])
{
	size_t n = strspn(*p, "0123456789abcdef");

	if (n != SIGNATURE_HEX - 1 || (*p)[n] != '\n')
		return false;
	memcpy(ret, *p, n);
	ret[n] = '\0';
	*p += n + 1;
	return true;
}

static bool take_word(const char **p, const char *word)
{
	if (!str_starts(*p, word))
		return false;
	*p += strlen(word);
	return true;
}

static bool take_file(const char **p, unsigned i, struct store_file *f)
{
	char *end;

	if (!take_word(p, store_file_names[i]) || **p != ' ')
		return store_file_is_optional(i);
	f->size = strtoull(*p + 1, &end, 10);
	if (end == *p + 1 || *end != ' ')
		return false;
	*p = end + 1;
	f->is_there = true;
	return take_hash(p, f->sha256);
}

int store_entry_parse(struct store_entry *en, const char *text, struct err *e)
{
	const char *p = text;
	bool ok =
		take_word(&p, head) && take_word(&p, "signature ") && take_hash(&p, en->signature);

	for (unsigned i = 0; ok && i < STORE_FILES; i++)
		ok = take_file(&p, i, &en->files[i]);
	return ok && !strcmp(p, tail) ? 0 : err_set(e, -EBADMSG, "the manifest is not whole");
}
