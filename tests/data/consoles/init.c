// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's init for scripts/capture-consoles.sh: gcc -static -O1 -o init init.c
 *
 * "provoke=A,B" on the kernel's command line: one after the other, each in a process of its own
 * that is given "wait=SECONDS" (5) to come back. Names in capitals are LKDTM's, others the
 * driver's in provoke.c. "leaks" asks kmemleak, as a fuzzer's executor does. Then the machine is
 * shut down.
 */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEBUGFS "/sys/kernel/debug"
#define KMEMLEAK DEBUGFS "/kmemleak"

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "init: cannot write %s to %s: %m\n", text, path);
	if (fd >= 0)
		close(fd);
}

/* Scans twice, since kmemleak tells what it saw twice; prints one report an object. */
static void leaks(void)
{
	static char buf[128 << 10];
	ssize_t n;
	int fd;

	sleep(6); /* younger objects do not count */
	put(KMEMLEAK, "scan");
	sleep(1);
	put(KMEMLEAK, "scan");
	fd = open(KMEMLEAK, O_RDONLY);
	if (fd < 0)
		return;
	while ((n = read(fd, buf, sizeof(buf) - 1)) > 0) {
		char *at = buf;

		buf[n] = '\0';
		while (at && *at) {
			char *next = strstr(at + 1, "unreferenced object");
			int len = next ? (int)(next - at) : (int)strlen(at);

			fprintf(stderr, "BUG: memory leak\n%.*s\n", len, at);
			at = next;
		}
	}
	close(fd);
}

static void provoke(const char *name)
{
	if (strcmp(name, "leaks") == 0)
		leaks();
	else if (isupper((unsigned char)*name))
		put(DEBUGFS "/provoke-crash/DIRECT", name);
	else
		put(DEBUGFS "/culprit-provoke", name);
}

/* The value of KEY= on the command line, in buf; "" when there is none. */
static void option(const char *line, const char *key, char *buf, size_t size)
{
	const char *at = strstr(line, key);
	size_t n = at ? strcspn(at + strlen(key), " \n") : 0;

	snprintf(buf, size, "%.*s", (int)n, at ? at + strlen(key) : "");
}

int main(void)
{
	char line[2048] = "", names[512], wait[16];
	int fd;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);

	fd = open("/proc/cmdline", O_RDONLY);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		fprintf(stderr, "init: no command line: %m\n");
	option(line, "provoke=", names, sizeof(names));
	option(line, "wait=", wait, sizeof(wait));
	if (strstr(names, "leaks"))
		put(KMEMLEAK, "clear"); /* what the boot left */

	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		pid_t pid = fork();
		time_t end = time(NULL) + (*wait ? atoi(wait) : 5);

		if (pid == 0) {
			provoke(name);
			_exit(0);
		}
		/* kmemleak sleeps for long on purpose: it comes back. */
		while (waitpid(pid, NULL, strcmp(name, "leaks") ? WNOHANG : 0) == 0 &&
		       time(NULL) < end)
			usleep(100000);
	}
	sleep(1);
	sync();
	reboot(RB_AUTOBOOT);
	return 0;
}
