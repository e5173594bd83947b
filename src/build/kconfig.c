/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel configs as text (see kconfig.h). kconfig itself (make olddefconfig) has the last word on
 * dependencies; here only lines are read and written.
 */
#include "build/kconfig.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"

const struct kconfig_option kconfig_guest_options[] = {
	{"64BIT", "y", true, "the agent is x86-64"},
	{"BLK_DEV_INITRD", "y", true, "the guest's files are an initramfs"},
	{"INITRAMFS_SOURCE", "\"\"", false, "the initramfs comes from the boot loader"},
	{"BINFMT_ELF", "y", true, "the agent is an ELF program"},
	{"TTY", "y", true, "serial console"},
	{"PRINTK", "y", true, "the console must say what crashed"},
	{"SERIAL_8250", "y", true, "serial console"},
	{"SERIAL_8250_CONSOLE", "y", true, "serial console"},
	{"SERIAL_8250_NR_UARTS", "4", false, "the second port is the control channel"},
	{"SERIAL_8250_RUNTIME_UARTS", "4", false, "the second port is the control channel"},
	{"DEVTMPFS", "y", true, "device nodes"},
	{"PROC_FS", "y", true, "the agent mounts /proc"},
	{"SYSFS", "y", true, "the agent mounts /sys"},
	{"KALLSYMS", "y", false, "function names in traces"},
	{"LOCALVERSION_AUTO", "n", false, "equal kernels must have equal signatures"},
	{"DEBUG_INFO_BTF", "n", false, "equal kernels must have equal signatures"},
	{"MODULE_SIG", "n", false, "a key made for each build would change the signature"},
	{"SYSTEM_TRUSTED_KEYS", "\"\"", false, "a distribution's key file is not in the tree"},
	{"SYSTEM_REVOCATION_KEYS", "\"\"", false, "a distribution's key file is not in the tree"},
	{"GCC_PLUGIN_RANDSTRUCT", "n", false,
	 "a seed made for each tree would change the signature"},
	{"RANDSTRUCT_FULL", "n", false, "a seed made for each tree would change the signature"},
	{"RANDSTRUCT_PERFORMANCE", "n", false,
	 "a seed made for each tree would change the signature"},
	{"WERROR", "n", false, "a new compiler's warning is no build failure"},
	{0},
};

/* The line's option name, without CONFIG_; NULL when the line sets none. *ret_value is behind
 * the '=', or NULL for "is not set". */
static const char *line_option(const char *line, size_t len, size_t *ret_len,
			       const char **ret_value)
{
	static const char set[] = "CONFIG_", unset[] = "# CONFIG_", not_set[] = " is not set";
	const char *p, *end = line + len;

	if (len > strlen(set) && !memcmp(line, set, strlen(set)))
		p = line + strlen(set);
	else if (len > strlen(unset) && !memcmp(line, unset, strlen(unset)))
		p = line + strlen(unset);
	else
		return NULL;
	*ret_len = 0;
	while (p + *ret_len < end && (isalnum((unsigned char)p[*ret_len]) || p[*ret_len] == '_'))
		(*ret_len)++;
	if (!*ret_len)
		return NULL;
	if (line[0] == 'C') {
		if (p + *ret_len >= end || p[*ret_len] != '=')
			return NULL;
		*ret_value = p + *ret_len + 1;
		return p;
	}
	if ((size_t)(end - p) - *ret_len < strlen(not_set) ||
	    memcmp(p + *ret_len, not_set, strlen(not_set)))
		return NULL;
	*ret_value = NULL;
	return p;
}

/* The line may hold anything: only what prints is shown. */
static int bad_line(const char *line, size_t len, const char *name, unsigned n, struct err *e)
{
	char shown[61];

	len = MIN(len, sizeof(shown) - 1);
	for (size_t i = 0; i < len; i++)
		shown[i] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
	shown[len] = '\0';
	return err_set(e, -EINVAL,
		       "%s:%u: not a kernel config: \"%s\" (give a .config as the kernel's build "
		       "writes it)",
		       name, n, shown);
}

int kconfig_check(const char *text, const char *name, struct err *e)
{
	unsigned n = 0, options = 0;

	for (const char *p = text; *p;) {
		const char *nl = strchrnul(p, '\n'), *value;
		size_t len = (size_t)(nl - p), name_len;

		n++;
		while (len && isspace((unsigned char)p[len - 1]))
			len--;
		if (line_option(p, len, &name_len, &value))
			options++;
		else if (len && *p != '#')
			return bad_line(p, len, name, n, e);
		p = *nl ? nl + 1 : nl;
	}
	if (!options)
		return err_set(e, -EINVAL,
			       "%s: no CONFIG_ line in it (give a .config as the kernel's build "
			       "writes it)",
			       name);
	return 0;
}

const char *kconfig_get(const char *text, const char *name, size_t *ret_len)
{
	const char *found = NULL;
	size_t want = strlen(name);

	for (const char *p = text; *p;) {
		const char *nl = strchrnul(p, '\n'), *value, *opt;
		size_t len;

		opt = line_option(p, (size_t)(nl - p), &len, &value);
		if (opt && len == want && !memcmp(opt, name, len)) {
			found = value ? value : "n";
			*ret_len = value ? (size_t)(nl - value) : 1;
		}
		p = *nl ? nl + 1 : nl;
	}
	return found;
}

bool kconfig_is(const char *text, const char *name, const char *value)
{
	size_t len;
	const char *v = kconfig_get(text, name, &len);

	if (!v)
		return !strcmp(value, "n");
	return len == strlen(value) && !memcmp(v, value, len);
}

void kconfig_set(const char *text, const struct kconfig_option *opts, struct strbuf *out,
		 struct strbuf *said)
{
	for (const char *p = text; *p;) {
		const char *nl = strchrnul(p, '\n'), *value, *name;
		const struct kconfig_option *o = opts;
		size_t len;

		name = line_option(p, (size_t)(nl - p), &len, &value);
		while (name && o->name && (strlen(o->name) != len || memcmp(o->name, name, len)))
			o++;
		if (!name || !o->name) {
			strbuf_add(out, p, (size_t)(nl - p));
			strbuf_addc(out, '\n');
		}
		p = *nl ? nl + 1 : nl;
	}
	for (const struct kconfig_option *o = opts; o->name; o++) {
		size_t len;

		if (!strcmp(o->value, "n"))
			strbuf_addf(out, "# CONFIG_%s is not set\n", o->name);
		else
			strbuf_addf(out, "CONFIG_%s=%s\n", o->name, o->value);
		if (said && (o->must || kconfig_get(text, o->name, &len)) &&
		    !kconfig_is(text, o->name, o->value))
			strbuf_addf(said, "%s%s=%s", said->len ? ", " : "", o->name, o->value);
	}
}
