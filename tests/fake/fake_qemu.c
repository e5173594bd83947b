/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for QEMU in the tests: takes the part of its command line that culprit uses and plays a
 * guest on the console and on the control channel, whatever way a guest may go.
 *
 * The file given with -kernel is a text of behaviours, one a line; the last that applies is
 * played. "N:" in front limits a line to the Nth guest of that kernel, "/N:" to every Nth; guests
 * are counted in the folder that $FAKE_KERNEL names.
 *
 *	slow MS           how long the boot and each run take (0)
 *	tcg-only          under KVM the guest ends without a byte
 *	clean             the reproducer runs, nothing happens
 *	crash FUNC        a warning in FUNC while it runs, the kernel panics, QEMU ends
 *	crash-hang FUNC   the same, but the guest hangs after the first lines of the report
 *	crash-cut FUNC    the guest is gone in the middle of the report's first line
 *	boot-panic        the kernel panics before init
 *	boot-hang         it stops printing before init
 *	boot-silent       it never prints
 *	basic-fail        the agent says that its basic test failed
 *	lost              the guest powers off while the reproducer runs
 *	hang              nothing moves any more while the reproducer runs
 *	die               QEMU cannot be started: a line on stderr, exit status 1
 *	die-run           the same while the reproducer runs
 *	killed            QEMU is killed while the reproducer runs
 *	flood             2 GB on the console while the reproducer runs
 *	boot-flood        the same before init
 *	chatter           2 GB on the control channel
 *	garbage           any bytes on the console and on the control channel, then clean
 *
 * With -bios and no -kernel it is the probe guest: it prints its byte, unless $FAKE_QEMU is
 * "silent" (nothing is printed), "no-kvm" (accel=kvm ends with an error) or "broken" (all do).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLOOD_BYTES (UINT64_C(2) << 30)

struct machine {
	int console, control;
	const char *kernel, *bios, *accel;
	char what[64], func[64];
	int slow_ms;
	bool tcg_only;
	int clock; /* printk time in ms */
};

static void put_all(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* QEMU goes on when nobody listens; here there is no point in it. */
		if (n <= 0)
			exit(0);
		s += n;
		len -= (size_t)n;
	}
}

static void control(const struct machine *m, const char *line)
{
	put_all(m->control, line, strlen(line));
	put_all(m->control, "\n", 1);
}

static void say(struct machine *m, const char *text)
{
	char line[512];

	m->clock += 3;
	snprintf(line, sizeof(line), "[%5d.%06d] %s\r\n", m->clock / 1000, m->clock % 1000 * 1000,
		 text);
	put_all(m->console, line, strlen(line));
}

_Noreturn static void hang(void)
{
	for (;;)
		pause();
}

_Noreturn static void die(const char *text)
{
	fprintf(stderr, "qemu-system-x86_64: %s\n", text);
	exit(1);
}

/* --- the command line --- */

static int descriptor(const char *chardev)
{
	const char *p = strstr(chardev, ",fd=");

	return p ? atoi(p + 4) : -1;
}

static void parse(struct machine *m, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		const char *v = argv[i + 1];

		if (!strcmp(argv[i], "-kernel"))
			m->kernel = v;
		else if (!strcmp(argv[i], "-bios"))
			m->bios = v;
		else if (!strcmp(argv[i], "-machine"))
			m->accel = strstr(v, "accel=kvm") ? "kvm" : "tcg";
		else if (!strcmp(argv[i], "-chardev") && strstr(v, "id=console,"))
			m->console = descriptor(v);
		else if (!strcmp(argv[i], "-chardev") && strstr(v, "id=control,"))
			m->control = descriptor(v);
	}
}

/* The name of the folder that the kernel lies in: its revision. */
static void revision(const char *kernel, char *out, size_t size)
{
	const char *end = strrchr(kernel, '/'), *p = end;

	while (p && p > kernel && p[-1] != '/')
		p--;
	snprintf(out, size, "%.*s", p ? (int)(end - p) : 0, p ? p : "");
}

static long count_guest(const char *kernel)
{
	const char *dir = getenv("FAKE_KERNEL");
	char path[4096], rev[256];
	struct stat st;
	int fd;

	if (!dir)
		return 1;
	revision(kernel, rev, sizeof(rev));
	snprintf(path, sizeof(path), "%s/guests-%s", dir, rev);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0666);
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || write(fd, "x", 1) != 1 || fstat(fd, &st) < 0)
		die("cannot count the guest");
	close(fd);
	return (long)st.st_size;
}

static bool applies(const char **line, long guest)
{
	bool each = **line == '/';
	char *end;
	long n = strtol(*line + each, &end, 10);

	if (end == *line + each || *end != ':')
		return true;
	*line = end + 1;
	return each ? n > 0 && guest % n == 0 : guest == n;
}

static void read_kernel(struct machine *m)
{
	FILE *f = fopen(m->kernel, "r");
	char buf[256];
	long guest;

	if (!f)
		die("could not load the kernel");
	guest = count_guest(m->kernel);
	while (fgets(buf, sizeof(buf), f)) {
		const char *line = buf;

		if (!applies(&line, guest) || sscanf(line, "slow %d", &m->slow_ms) == 1)
			continue;
		if (!strncmp(line, "tcg-only", 8)) {
			m->tcg_only = true;
			continue;
		}
		*m->func = '\0';
		if (sscanf(line, "%63s %63s", m->what, m->func) < 1)
			continue;
	}
	fclose(f);
}

/* --- what a guest may do --- */

static bool is(const struct machine *m, const char *what)
{
	return !strcmp(m->what, what);
}

static void flood(int fd)
{
	static char block[1 << 20];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i % 64 == 63 ? '\n' : (char)('a' + i % 26);
	for (uint64_t n = 0; n < FLOOD_BYTES; n += sizeof(block))
		put_all(fd, block, sizeof(block));
}

static void garbage(struct machine *m)
{
	unsigned char b[8192];
	unsigned x = 12345;

	for (int round = 0; round < 8; round++) {
		for (size_t i = 0; i < sizeof(b); i++) {
			x = x * 1103515245 + 12345;
			b[i] = (unsigned char)(x >> 16);
		}
		put_all(m->console, (char *)b, sizeof(b));
		put_all(m->control, (char *)b, sizeof(b));
	}
	put_all(m->console, "\0\0[    \0", 8);
	put_all(m->control, "\nexi", 4);
	put_all(m->control, "\n", 1);
}

static void panic(struct machine *m, const char *why)
{
	char line[256];

	snprintf(line, sizeof(line), "Kernel panic - not syncing: %s", why);
	say(m, line);
	say(m, "CPU: 0 PID: 1 Comm: init Not tainted 5.6.0 #0");
	say(m, "Kernel Offset: disabled");
	snprintf(line, sizeof(line), "---[ end Kernel panic - not syncing: %s ]---", why);
	say(m, line);
}

static void crash(struct machine *m)
{
	char line[256];

	say(m, "------------[ cut here ]------------");
	snprintf(line, sizeof(line), "WARNING: CPU: 0 PID: 77 at fs/fake.c:%d %s+0x12/0x340", 42,
		 m->func);
	if (is(m, "crash-cut")) {
		put_all(m->console, "[    9.000000] ", 15);
		put_all(m->console, line, strlen(line));
		exit(0);
	}
	say(m, line);
	say(m, "Modules linked in:");
	say(m, "CPU: 0 PID: 77 Comm: repro Not tainted 5.6.0 #0");
	if (is(m, "crash-hang"))
		hang();
	snprintf(line, sizeof(line), "RIP: 0010:%s+0x12/0x340", m->func);
	say(m, line);
	say(m, "Call Trace:");
	snprintf(line, sizeof(line), " %s+0x12/0x340", m->func);
	say(m, line);
	say(m, " do_syscall_64+0xf6/0x7d0");
	say(m, " entry_SYSCALL_64_after_hwframe+0x49/0xbe");
	panic(m, "panic_on_warn set ...");
	exit(0);
}

static void boot(struct machine *m)
{
	if (is(m, "die"))
		die("cannot set up guest memory 'pc.ram': Cannot allocate memory");
	if (m->tcg_only && !strcmp(m->accel, "kvm"))
		exit(0);
	if (is(m, "boot-silent"))
		hang();
	say(m, "Linux version culprit (culprit@culprit) #0 1970-01-01");
	say(m, "Command line: console=ttyS0");
	say(m, "Freeing unused kernel image memory: 1024K");
	poll(NULL, 0, m->slow_ms);
	if (is(m, "boot-hang"))
		hang();
	if (is(m, "boot-flood"))
		flood(m->console);
	if (is(m, "boot-panic")) {
		panic(m, "No working init found.");
		exit(0);
	}
	say(m, "Run /init as init process");
	control(m, "ready 1");
	if (is(m, "basic-fail")) {
		control(m, "basic failed fork");
		hang();
	}
	control(m, "basic ok");
}

static void wait_for_run(const struct machine *m)
{
	char line[256];
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(m->control, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	if (strncmp(line, "run 1 ", 6))
		die("the host did not say run");
}

static void run(struct machine *m)
{
	control(m, "started 1");
	say(m, "culprit: run 1 of the reproducer started");
	control(m, "beat");
	poll(NULL, 0, m->slow_ms);
	if (!strncmp(m->what, "crash", 5))
		crash(m);
	if (is(m, "lost"))
		exit(0);
	if (is(m, "hang"))
		hang();
	if (is(m, "die-run"))
		die("kvm run failed Bad address");
	if (is(m, "killed"))
		raise(SIGKILL);
	if (is(m, "flood"))
		flood(m->console);
	if (is(m, "chatter"))
		flood(m->control);
	if (is(m, "garbage"))
		garbage(m);
	control(m, "exited 1 1");
	hang();
}

static void probe(const struct machine *m)
{
	const char *how = getenv("FAKE_QEMU");

	how = how ? how : "";
	if (!strcmp(how, "broken") || (!strcmp(how, "no-kvm") && !strcmp(m->accel, "kvm")))
		die("failed to initialize the accelerator");
	if (strcmp(how, "silent"))
		put_all(m->console, "K", 1);
	hang();
}

int main(int argc, char **argv)
{
	struct machine m = {.console = -1, .control = -1, .accel = "", .what = "clean"};

	signal(SIGPIPE, SIG_IGN);
	parse(&m, argc, argv);
	if (m.console < 0)
		die("no console");
	if (!m.kernel)
		probe(&m);
	read_kernel(&m);
	boot(&m);
	wait_for_run(&m);
	run(&m);
}
