/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A newc cpio writer (Documentation/driver-api/early-userspace/buffer-format.rst in the kernel
 * tree). Inode numbers count up and times are 0, so equal content gives equal bytes.
 */
#include "guest/initramfs.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/strbuf.h"

/* The agent, linked in by agent_blob.S. */
extern const char culprit_agent_start[], culprit_agent_end[];

struct entry {
	const char *name;
	unsigned mode, major, minor;
	const void *data;
	size_t size;
};

static void pad4(struct strbuf *b)
{
	while (b->len % 4)
		strbuf_addc(b, '\0');
}

static void add_entry(struct strbuf *b, const struct entry *x, unsigned ino)
{
	strbuf_addf(b, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", ino, x->mode,
		    0u, 0u, S_ISDIR(x->mode) ? 2u : 1u, 0u, x->size, 0u, 0u, x->major, x->minor,
		    strlen(x->name) + 1, 0u);
	strbuf_add(b, x->name, strlen(x->name) + 1);
	pad4(b);
	strbuf_add(b, x->data, x->size);
	pad4(b);
}

int initramfs_write(const char *path, const char *repro, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, prog = STRBUF_INIT;
	int r = file_read(repro, INITRAMFS_REPRO_MAX, &prog, e);
	const struct entry entries[] = {
		{"dev", S_IFDIR | 0755, 0, 0, NULL, 0},
		{"dev/console", S_IFCHR | 0600, 5, 1, NULL, 0},
		{"dev/null", S_IFCHR | 0666, 1, 3, NULL, 0},
		{"proc", S_IFDIR | 0755, 0, 0, NULL, 0},
		{"sys", S_IFDIR | 0755, 0, 0, NULL, 0},
		{"tmp", S_IFDIR | 01777, 0, 0, NULL, 0},
		{"init", S_IFREG | 0755, 0, 0, culprit_agent_start,
		 (size_t)(culprit_agent_end - culprit_agent_start)},
		{"repro", S_IFREG | 0755, 0, 0, prog.data, prog.len},
		{"TRAILER!!!", 0, 0, 0, NULL, 0},
	};

	if (r)
		return r;
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++)
		add_entry(&out, &entries[i], i + 1);
	return file_write_atomic(path, out.data, out.len, e);
}
