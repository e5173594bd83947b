/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for QEMU in the tests: takes the part of its command line that culprit uses and plays a
 * guest on the console and on the control channel, whatever way a guest may go.
 *
 * The file given with -kernel is a text of behaviours, one a line; the last that applies is
 * played. "N:" in front limits a line to the Nth guest of that kernel, "/N:" to every Nth; guests
 * are counted in the folder that $FAKE_KERNEL names: guests-REV gets an "x" for each, an "s" when
 *it was saved.
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
 *	stop              QEMU is stopped by a signal while the reproducer runs
 *
 * It can be saved and go on from that, in a process that counts as a guest of its own. What it
 *plays then is what the lines say for that one, from the run on; before it there may be, in
 *addition:
 *
 *	saved-clean       in a guest that was saved the reproducer does nothing
 *	no-save           QEMU answers that it cannot
 *	save-fail         the migration fails
 *	save-hang         it never ends
 *	save-die          QEMU ends with an error instead
 *	save-large        the state has no end
 *	save-garbage      any bytes on the monitor, then it is saved
 *	no-restore        the state is refused, exit status 1
 *	restore-fail      the migration fails
 *	restore-hang      it never ends
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLOOD_BYTES (UINT64_C(2) << 30)

struct machine {
	int console, control, monitor;
	bool incoming, stopped;
	int state; /* the descriptor that a state goes to */
	const char *kernel, *bios, *accel;
	char what[64], func[64];
	int slow_ms;
	bool tcg_only, saved_clean;
	char saving[32]; /* how saving or restoring goes */
	int clock;	 /* printk time in ms */
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
		else if (!strcmp(argv[i], "-chardev") && strstr(v, "id=monitor,"))
			m->monitor = descriptor(v);
		else if (!strcmp(argv[i], "-incoming"))
			m->incoming = true;
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

static long count_guest(const char *kernel, bool incoming)
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
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || write(fd, incoming ? "s" : "x", 1) != 1 ||
	    fstat(fd, &st) < 0)
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

static bool is_saving(const char *line)
{
	return !strncmp(line, "no-save", 7) || !strncmp(line, "save-", 5) ||
	       !strncmp(line, "no-restore", 10) || !strncmp(line, "restore-", 8);
}

static void read_kernel(struct machine *m)
{
	FILE *f = fopen(m->kernel, "r");
	char buf[256];
	long guest;

	if (!f)
		die("could not load the kernel");
	guest = count_guest(m->kernel, m->incoming);
	while (fgets(buf, sizeof(buf), f)) {
		const char *line = buf;

		if (!applies(&line, guest) || sscanf(line, "slow %d", &m->slow_ms) == 1)
			continue;
		if (!strncmp(line, "tcg-only", 8)) {
			m->tcg_only = true;
			continue;
		}
		if (!strncmp(line, "saved-clean", 11)) {
			m->saved_clean = true;
			continue;
		}
		if (is_saving(line)) {
			sscanf(line, "%31s", m->saving);
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

/* --- the monitor --- */

static bool saving_is(const struct machine *m, const char *how)
{
	return !strcmp(m->saving, how);
}

static void monitor(const struct machine *m, const char *line)
{
	put_all(m->monitor, line, strlen(line));
	put_all(m->monitor, "\r\n", 2);
}

static void migrated(const struct machine *m, const char *status)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"MIGRATION\", "
		 "\"data\": {\"status\": \"%s\"}}",
		 status);
	monitor(m, line);
}

static void write_state(struct machine *m)
{
	static char block[1 << 20];

	if (saving_is(m, "save-hang"))
		hang();
	if (saving_is(m, "save-die"))
		die("the guest's memory cannot be read");
	memset(block, 'S', sizeof(block));
	snprintf(block, sizeof(block), "%d", m->clock);
	signal(SIGPIPE, SIG_IGN);
	for (uint64_t n = 0; n < FLOOD_BYTES; n += sizeof(block)) {
		if (write(m->state, block, sizeof(block)) < 0)
			break;
		if (!saving_is(m, "save-large"))
			break;
	}
	close(m->state);
	m->state = -1;
	migrated(m,
		 saving_is(m, "save-fail") || saving_is(m, "save-large") ? "failed" : "completed");
}

static void read_state(struct machine *m, const char *command)
{
	const char *fd = strstr(command, "fd:");
	char buf[32] = "";

	if (saving_is(m, "no-restore"))
		die("load of migration failed: Invalid argument");
	if (saving_is(m, "restore-hang"))
		hang();
	if (!fd || read(atoi(fd + 3), buf, sizeof(buf) - 1) <= 0 || atoi(buf) <= 0)
		die("load of migration failed: Input/output error");
	m->clock = atoi(buf);
	migrated(m, saving_is(m, "restore-fail") ? "failed" : "completed");
}

static void command(struct machine *m, const char *line)
{
	if (strstr(line, "\"migrate\"") && saving_is(m, "no-save")) {
		monitor(m, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"State blocked "
			   "by non-migratable device\"}}");
		return;
	}
	if (strstr(line, "\"stop\"") && saving_is(m, "save-garbage"))
		monitor(m, "{\"return\"\n[[[[\n{\"event\": 7}\n{\"error\": 1\n\x01\xff\n{}\nnull");
	if (strstr(line, "\"stop\""))
		m->stopped = true;
	if (strstr(line, "\"cont\""))
		m->stopped = false;
	monitor(m, "{\"return\": {}}");
	if (strstr(line, "\"migrate\""))
		write_state(m);
	if (strstr(line, "\"migrate-incoming\""))
		read_state(m, line);
}

/* One command; culprit says the next when this one is answered. */
static void hear_monitor(struct machine *m)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} c;
	char line[1024];
	struct iovec iov = {line, sizeof(line) - 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = c.buf,
			     .msg_controllen = sizeof(c.buf)};
	ssize_t n = recvmsg(m->monitor, &msg, 0);

	if (n <= 0)
		exit(0);
	line[n] = '\0';
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&m->state, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	command(m, line);
}

/* Until the host writes to the control channel of a guest that runs. */
static void serve(struct machine *m)
{
	for (;;) {
		struct pollfd pf[2] = {{m->monitor, POLLIN, 0},
				       {m->stopped ? -1 : m->control, POLLIN, 0}};

		if (poll(pf, 2, -1) < 0)
			continue;
		if (pf[0].revents)
			hear_monitor(m);
		else if (pf[1].revents)
			return;
	}
}

static void boot(struct machine *m)
{
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

static void wait_for_run(struct machine *m)
{
	char line[256];

	do {
		size_t n = 0;

		serve(m);
		while (n < sizeof(line) - 1 && read(m->control, line + n, 1) == 1 &&
		       line[n] != '\n')
			n++;
		line[n] = '\0';
	} while (!strncmp(line, "seed ", 5));
	if (strncmp(line, "run 1 ", 6))
		die("the host did not say run");
}

static void run(struct machine *m)
{
	control(m, "started 1");
	say(m, "culprit: run 1 of the reproducer started");
	control(m, "beat");
	poll(NULL, 0, m->slow_ms);
	if (m->incoming && m->saved_clean)
		strcpy(m->what, "clean");
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
	if (is(m, "stop"))
		raise(SIGSTOP);
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
	struct machine m = {.console = -1,
			    .control = -1,
			    .monitor = -1,
			    .state = -1,
			    .accel = "",
			    .what = "clean"};

	signal(SIGPIPE, SIG_IGN);
	parse(&m, argc, argv);
	if (m.console < 0)
		die("no console");
	if (!m.kernel)
		probe(&m);
	read_kernel(&m);
	monitor(&m, "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}");
	if (is(&m, "die"))
		die("cannot set up guest memory 'pc.ram': Cannot allocate memory");
	m.stopped = m.incoming;
	if (!m.incoming)
		boot(&m);
	wait_for_run(&m);
	run(&m);
}
