/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "culprit parse" alone; says at the end on stderr how many KiB of memory it took at most.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cmd/cmd.h"

int cmd_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_ENVIRONMENT;
}

/* Of this program: getrusage's also counts what the process was before it. */
static long peak_kb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

int main(int argc, char **argv)
{
	int status = cmd_parse(argc, argv);

	fprintf(stderr, "%ld\n", peak_kb());
	return status;
}
