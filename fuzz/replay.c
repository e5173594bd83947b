/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over the files of a folder, each whole, cut in half and with each of some
 * bytes damaged: the corpus as a test, without a fuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"

enum { INPUT_MAX = 1 << 20, DAMAGES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void replay(const struct strbuf *text)
{
	/* A copy of just that size, so that a read past the end is seen. */
	uint8_t *data = xmalloc(text->len);
	size_t step = text->len / DAMAGES + 1;

	for (size_t i = 0; i < text->len; i++)
		data[i] = (uint8_t)text->data[i];
	LLVMFuzzerTestOneInput(data, text->len);
	LLVMFuzzerTestOneInput(data, text->len / 2);
	for (size_t i = 0; i < text->len; i += step) {
		uint8_t saved = data[i];

		data[i] = (uint8_t)~saved;
		LLVMFuzzerTestOneInput(data, text->len);
		data[i] = saved;
	}
	free(data);
}

int main(int argc, char **argv)
{
	DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *de;
	unsigned n = 0;

	if (!d) {
		fprintf(stderr, "usage: replay FOLDER\n");
		return 1;
	}
	while ((de = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", argv[1], de->d_name);
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		struct err e = ERR_INIT;

		if (de->d_name[0] == '.')
			continue;
		if (file_read(path, INPUT_MAX, &text, &e)) {
			fprintf(stderr, "%s\n", e.text);
			return 1;
		}
		replay(&text);
		n++;
	}
	closedir(d);
	printf("%u files\n", n);
	return n ? 0 : 1;
}
