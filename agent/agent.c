/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's init: tells the host over the second serial port that the kernel is up, checks that
 * it can do the basics, and runs the reproducer when told. Static, one file, free of the rest of
 * the program.
 *
 * Control channel, lines of at most 255 bytes:
 *   agent -> host   ready 1 | basic ok | basic failed WHAT | started N | beat | exited N COUNT
 *   host -> agent   seed HEX | run N PROCS [DELAY_MICROSECONDS] | stop | off
 *
 * A run lasts until the host says "stop": the guest's own clock may be wrong by any factor.
 *
 * While it waits for "run" the guest may be saved; each run that goes on from that state would find
 * the same random numbers and the same phase of the timer. So the host gives a seed, which goes
 * into the kernel's pool and into /tmp/seed and $CULPRIT_SEED for a reproducer that wants luck of
 * its own, and a delay.
 *
 * The reproducer is hostile: it runs in a session of its own, its output goes nowhere (else it
 * could write a crash onto the console), and at the end every process but this one is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_MAX_BYTES = 256,
	PROCS_MAX = 64,
	BEAT_MS = 1000,
	SETTLE_MS = 200,
	RESPAWN_MS = 20,
	SEED_MAX = 64,
	DELAY_MAX_US = 1000000,
};

static int control = -1;

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	for (int off = 0; off < n;) {
		ssize_t w = write(control, line + off, (size_t)(n - off));

		if (w < 0 && errno != EINTR)
			return;
		if (w > 0)
			off += (int)w;
	}
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0) {
		/* an old kernel may lack the knob */
	}
	close(fd);
}

static void set_up(void)
{
	struct termios t;

	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	mkdir("/dev/shm", 01777);
	mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL);
	mknod("/dev/ttyS1", S_IFCHR | 0600, makedev(4, 65));
	control = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (control >= 0 && tcgetattr(control, &t) == 0) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		tcsetattr(control, TCSANOW, &t);
	}
	/* The command line says the same; these are for kernels that read it too early. */
	put("/proc/sys/kernel/panic_on_oops", "1");
	put("/proc/sys/kernel/hung_task_panic", "1");
	put("/proc/sys/kernel/softlockup_panic", "1");
	put("/proc/sys/kernel/panic_on_rcu_stall", "1");
}

static const char *check_exec(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/init", "init", "--exit-42", (char *)NULL);
		_exit(1);
	}
	if (pid < 0)
		return "fork";
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 42)
		return "exec";
	return NULL;
}

static const char *check_memory(void)
{
	size_t len = 1 << 20;
	unsigned char *p =
		mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int bad = 0;

	if (p == MAP_FAILED)
		return "mmap";
	for (size_t i = 0; i < len; i += 4096)
		p[i] = (unsigned char)(i >> 12);
	for (size_t i = 0; i < len; i += 4096)
		bad |= p[i] != (unsigned char)(i >> 12);
	return munmap(p, len) < 0 || bad ? "memory" : NULL;
}

static const char *check_files(void)
{
	char buf[8] = "";
	int fd = open("/tmp/basic", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const char *bad = NULL;

	if (fd < 0)
		return "open";
	if (write(fd, "culprit", 8) != 8 || lseek(fd, 0, SEEK_SET) || read(fd, buf, 8) != 8 ||
	    strcmp(buf, "culprit"))
		bad = "files";
	close(fd);
	if (unlink("/tmp/basic") < 0)
		bad = "unlink";
	return bad;
}

static void basic_test(void)
{
	const char *bad = check_exec();

	if (!bad)
		bad = check_memory();
	if (!bad)
		bad = check_files();
	if (bad)
		say("basic failed %s", bad);
	else
		say("basic ok");
}

/* Kernels before 4.17 know no RNDRESEEDCRNG; with the credit they reseed at the next read. */
static void stir(const unsigned char *bytes, int n)
{
	union {
		struct rand_pool_info info;
		unsigned char room[sizeof(struct rand_pool_info) + SEED_MAX];
	} pool = {.info = {.entropy_count = 8 * n, .buf_size = n}};
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	memcpy(pool.room + sizeof(pool.info), bytes, (size_t)n);
	if (ioctl(fd, RNDADDENTROPY, &pool) < 0 && write(fd, bytes, (size_t)n) < 0) {
		/* a kernel without either goes its own way */
	}
	ioctl(fd, RNDRESEEDCRNG);
	close(fd);
}

static void seed(const char *hex)
{
	unsigned char bytes[SEED_MAX];
	unsigned int byte;
	int n = 0, fd;

	while (n < SEED_MAX && strlen(hex) >= 2 * (size_t)(n + 1) &&
	       sscanf(hex + (size_t)2 * (size_t)n, "%2x", &byte) == 1)
		bytes[n++] = (unsigned char)byte;
	if (n)
		stir(bytes, n);
	setenv("CULPRIT_SEED", hex, 1);
	fd = open("/tmp/seed", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0 && write(fd, hex, strlen(hex)) < 0) {
		/* it stands in the environment too */
	}
	if (fd >= 0)
		close(fd);
}

static void wait_us(long long us)
{
	struct timespec ts = {us / 1000000, us % 1000000 * 1000};

	if (us > 0 && us <= DELAY_MAX_US)
		nanosleep(&ts, NULL);
}

static pid_t start_repro(int n)
{
	char dir[64];
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	setsid();
	snprintf(dir, sizeof(dir), "/tmp/run.%d", n);
	mkdir(dir, 0777);
	if (chdir(dir) < 0)
		_exit(126);
	null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	execl("/repro", "repro", (char *)NULL);
	_exit(127);
}

/* Reaps; starts anew those that ended. Returns the number of starts. */
static int keep_running(pid_t *procs, int n_procs, int n)
{
	int status, starts = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < n_procs; i++)
			if (procs[i] == pid)
				procs[i] = 0;
	for (int i = 0; i < n_procs; i++) {
		if (procs[i] > 0)
			continue;
		procs[i] = start_repro(n);
		starts++;
	}
	return starts;
}

static void kill_all(void)
{
	int status;

	kill(-1, SIGKILL);
	while (waitpid(-1, &status, 0) > 0 || errno == EINTR)
		;
}

/* One line without its end; 0 when the channel is closed. A longer line is cut. */
static int hear(char line[LINE_MAX_BYTES])
{
	int n = 0;

	for (;;) {
		char c;
		ssize_t r = read(control, &c, 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return 0;
		if (c == '\n') {
			line[n] = '\0';
			return 1;
		}
		if (n < LINE_MAX_BYTES - 1)
			line[n++] = c;
	}
}

/* Waits a moment for that. */
static int is_told_to_stop(void)
{
	struct pollfd p = {.fd = control, .events = POLLIN};
	char line[LINE_MAX_BYTES];

	return poll(&p, 1, RESPAWN_MS) > 0 && (!hear(line) || !strcmp(line, "stop"));
}

static void run(int n, int n_procs)
{
	pid_t procs[PROCS_MAX] = {0};
	long long beat = 0;
	char mark[64];
	int starts = 0;

	if (n_procs < 1)
		n_procs = 1;
	if (n_procs > PROCS_MAX)
		n_procs = PROCS_MAX;
	say("started %d", n);
	/* For those who read the console: what comes now is no longer the boot. */
	snprintf(mark, sizeof(mark), "culprit: run %d of the reproducer started\n", n);
	put("/dev/kmsg", mark);
	do {
		starts += keep_running(procs, n_procs, n);
		if (now_ms() >= beat) {
			say("beat");
			beat = now_ms() + BEAT_MS;
		}
	} while (!is_told_to_stop());
	kill_all();
	/* A crash in the wake of the last process shall still reach the console. */
	poll(NULL, 0, SETTLE_MS);
	say("exited %d %d", n, starts);
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES];

	if (argc > 1 && !strcmp(argv[1], "--exit-42"))
		return 42;
	if (getpid() != 1) {
		fprintf(stderr, "this is the init of culprit's guests, not a program to run\n");
		return 1;
	}
	set_up();
	say("ready 1");
	basic_test();
	while (hear(line)) {
		long long delay_us = 0;
		int n, procs;

		if (sscanf(line, "run %d %d %lld", &n, &procs, &delay_us) >= 2) {
			wait_us(delay_us);
			run(n, procs);
		} else if (!strncmp(line, "seed ", 5)) {
			seed(line + 5);
		} else if (!strcmp(line, "off")) {
			break;
		}
	}
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
