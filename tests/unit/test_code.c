/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instruction lengths and fields by hand-made instructions, the marks of stacks, and what the
 * reader of kernels says of damaged ones. Real kernels are compared in tests/cli/test-sign.sh.
 */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "code/compare.h"
#include "code/diff.h"
#include "code/image.h"
#include "code/insn.h"

enum { DISP4 = 1, DISP1 = 2, RIP = 4, GS = 8, BRANCH = 16, LOADS = 32 };

/* Each as the manuals have it; imm: bytes of the immediate. */
static const struct {
	const char *bytes;
	unsigned len, imm, flags;
} insns[] = {
#define I(text, imm, flags)                              \
	{                                                \
		(text), sizeof(text) - 1, (imm), (flags) \
	}
	I("\x90", 0, 0),
	I("\xf3\x0f\x1e\xfa", 0, 0),				  /* endbr64 */
	I("\x55", 0, 0),					  /* push %rbp */
	I("\xe8\x01\x02\x03\x04", 4, BRANCH),			  /* call */
	I("\x66\xe8\x01\x02\x03\x04", 4, BRANCH),		  /* data16 call */
	I("\x0f\x84\x01\x02\x03\x04", 4, BRANCH),		  /* je */
	I("\x74\x10", 1, BRANCH),				  /* je, short */
	I("\x48\x8b\x05\x01\x02\x03\x04", 0, DISP4 | RIP),	  /* mov x(%rip), %rax */
	I("\x83\x3d\x01\x02\x03\x04\x05", 1, DISP4 | RIP),	  /* cmpl $5, x(%rip) */
	I("\x48\x8b\x45\x08", 0, DISP1),			  /* mov 8(%rbp), %rax */
	I("\x48\x8b\x44\x24\x08", 0, DISP1),			  /* mov 8(%rsp), %rax */
	I("\x48\x8b\x04\x24", 0, 0),				  /* mov (%rsp), %rax */
	I("\x48\x8b\x04\xc5\x01\x02\x03\x84", 0, DISP4),	  /* mov x(,%rax,8), %rax */
	I("\xff\x24\xc5\x01\x02\x03\x84", 0, DISP4),		  /* jmp *x(,%rax,8) */
	I("\x65\x48\x8b\x04\x25\x01\x02\x00\x00", 0, DISP4 | GS), /* mov %gs:x, %rax */
	I("\x65\x48\x8b\x05\x01\x02\x03\x04", 0, DISP4 | RIP | GS),
	I("\xbe\x01\x02\x00\x00", 4, LOADS),			 /* mov $x, %esi */
	I("\x48\xc7\xc7\x01\x02\x03\x84", 4, LOADS),		 /* mov $x, %rdi */
	I("\x48\xb8\x01\x02\x03\x04\x05\x06\x07\x08", 8, LOADS), /* movabs */
	I("\x66\xb8\x01\x02", 2, LOADS),			 /* mov $x, %ax */
	I("\x66\xc7\x45\x08\x01\x02", 2, DISP1 | LOADS),	 /* movw $x, 8(%rbp) */
	I("\x68\x01\x02\x03\x04", 4, LOADS),			 /* push $x */
	I("\x6a\x01", 1, LOADS),
	I("\xf6\x45\x08\x01", 1, DISP1),			       /* testb $1, 8(%rbp) */
	I("\xf6\x5d\x08", 0, DISP1),				       /* negb 8(%rbp) */
	I("\xf7\xc7\x01\x02\x03\x04", 4, 0),			       /* test $x, %edi */
	I("\xf7\xd8", 0, 0),					       /* neg %eax */
	I("\xc8\x01\x02\x03", 2, 0),				       /* enter $x, $y */
	I("\xa1\x01\x02\x03\x04\x05\x06\x07\x08", 8, 0),	       /* mov x, %eax */
	I("\xc7\xf8\x01\x02\x03\x04", 4, BRANCH),		       /* xbegin */
	I("\x0f\x20\xc0", 0, 0),				       /* mov %cr0, %rax */
	I("\x0f\x0b", 0, 0),					       /* ud2 */
	I("\x67\x0f\xb9\x40\x10", 0, DISP1),			       /* ud1, of UBSAN */
	I("\xf0\x48\x0f\xb1\x0f", 0, 0),			       /* lock cmpxchg */
	I("\x0f\xba\xe0\x05", 1, 0),				       /* bt $5, %eax */
	I("\x66\x0f\x3a\x0f\xc1\x08", 1, 0),			       /* palignr */
	I("\x66\x0f\x38\x00\xc1", 0, 0),			       /* pshufb */
	I("\xc5\xf8\x77", 0, 0),				       /* vzeroupper */
	I("\xc5\xf9\x6f\x05\x01\x02\x03\x04", 0, DISP4 | RIP),	       /* vmovdqa x(%rip), %xmm0 */
	I("\xc4\xe3\x7d\x46\xc1\x20", 1, 0),			       /* vperm2i128 */
	I("\xc4\xe2\x79\x00\xc1", 0, 0),			       /* vpshufb */
	I("\x62\xf1\xfe\x48\x6f\x05\x01\x02\x03\x04", 0, DISP4 | RIP), /* vmovdqu64, 512 bits */
	I("\x62\xf3\x7d\x48\x25\xc1\xff", 1, 0),		       /* vpternlogd */
#undef I
};

static void test_insns(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
		const uint8_t *p = (const uint8_t *)insns[i].bytes;
		unsigned flags = insns[i].flags, disp = flags & DISP4 ? 4 : flags & DISP1 ? 1 : 0;
		struct insn x;

		if (!insn_decode(p, insns[i].len, &x) || x.len != insns[i].len)
			fail_msg("instruction %zu: length %u, not %u", i, x.len, insns[i].len);
		if (x.disp_len != disp || x.imm_len != insns[i].imm || x.rip != !!(flags & RIP) ||
		    x.gs != !!(flags & GS) || x.branch != !!(flags & BRANCH) ||
		    x.loads_imm != !!(flags & LOADS))
			fail_msg("instruction %zu: its fields", i);
		/* The fields hold 01 02 ..., or stand at the end. */
		if (x.disp_len == 4 && p[x.disp_at] != 1)
			fail_msg("instruction %zu: where the displacement is", i);
		for (size_t n = 0; n < insns[i].len; n++)
			assert_false(insn_decode(p, n, &x) && x.len > n);
	}
}

static void test_no_insns(void **state _unused_)
{
	static const char *const bytes[] = {
		"\x06", "\x60", "\x82\x01\x02", "\x9a\x01\x02\x03\x04\x05\x06\x07", "\x0f\x04",
		"\xd6", "\x0f\x24\xc0", "\xc4\xe4\x79\x00\xc1",
		/* longer than any */
		"\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90"};

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct insn x;

		if (insn_decode((const uint8_t *)bytes[i], strlen(bytes[i]), &x))
			fail_msg("no instruction %zu: length %u", i, x.len);
	}
}

static void test_texts(void **state _unused_)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"mm/util.c:9", "mm/util.c:10", true},
		{"&mm/util.h:9->lock", "&mm/util.h:11->lock", true},
		{"mm/util.c:9", "mm/util.c:", false},
		{"mm/util.c:9", "mm/utils.c:9", false},
		{"mm/util.c:9 a", "mm/util.c:10 b", false},
		{"error:9", "error:10", false},
		{"a", "ab", false},
		{"1 32 8 5 a:101", "1 32 8 4 a:99", true},
		{"2 32 8 5 a:101 64 4 4 b:99", "2 32 8 5 a:102 64 4 5 b:100", true},
		{"2 32 8 5 a:101 64 4 3 b:9", "2 32 8 5 a:102 64 8 3 b:9", false},
		{"1 32 8 5 a:101", "1 32 8 5 c:101", false},
		{"1 32 8 5 a:101", "1 48 8 5 a:101", false},
		{"1 32 8 5 a:101", "1 32 8 5 a:102 1", false},
		{"1 32 8 5", "1 32 8 6", false},
		{"12", "13", false},
		{"", "1", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint8_t *a = (const uint8_t *)cases[i].a, *b = (const uint8_t *)cases[i].b;
		size_t n = strlen(cases[i].a) + 1, m = strlen(cases[i].b) + 1;

		if (code_same_text(a, n, b, m) != cases[i].same ||
		    code_same_text(b, m, a, n) != cases[i].same)
			fail_msg("\"%s\" and \"%s\"", cases[i].a, cases[i].b);
		/* Without an end a text is like none. */
		assert_false(code_same_text(a, n - 1, b, m));
	}
}

/* A kernel of one section with two functions, to be damaged. */
struct tiny {
	Elf64_Ehdr h;
	Elf64_Shdr s[5];
	Elf64_Sym sym[4];
	char names[64];
	uint8_t text[32];
};

static void make(struct tiny *t)
{
	static const char names[] = "\0.text\0.strtab\0f\0g\0a.c\0.symtab";

	memset(t, 0, sizeof(*t));
	memcpy(t->h.e_ident, ELFMAG, SELFMAG);
	t->h.e_ident[EI_CLASS] = ELFCLASS64;
	t->h.e_ident[EI_DATA] = ELFDATA2LSB;
	t->h.e_type = ET_EXEC;
	t->h.e_machine = EM_X86_64;
	t->h.e_shoff = offsetof(struct tiny, s);
	t->h.e_shentsize = sizeof(Elf64_Shdr);
	t->h.e_shnum = 4;
	t->h.e_shstrndx = 2;
	memcpy(t->names, names, sizeof(names));
	memset(t->text, 0x90, sizeof(t->text));
	t->s[1] = (Elf64_Shdr){.sh_name = 1,
			       .sh_type = SHT_PROGBITS,
			       .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
			       .sh_addr = 0xffffffff81000000,
			       .sh_offset = offsetof(struct tiny, text),
			       .sh_size = sizeof(t->text)};
	t->s[2] = (Elf64_Shdr){.sh_name = 7,
			       .sh_type = SHT_STRTAB,
			       .sh_offset = offsetof(struct tiny, names),
			       .sh_size = sizeof(t->names)};
	t->s[3] = (Elf64_Shdr){.sh_name = 23,
			       .sh_type = SHT_SYMTAB,
			       .sh_link = 2,
			       .sh_offset = offsetof(struct tiny, sym),
			       .sh_size = sizeof(t->sym)};
	t->sym[1] = (Elf64_Sym){
		.st_name = 19, .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FILE), .st_shndx = SHN_ABS};
	t->sym[2] = (Elf64_Sym){.st_name = 15,
				.st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
				.st_shndx = 1,
				.st_value = 0xffffffff81000000,
				.st_size = 16};
	t->sym[3] = (Elf64_Sym){.st_name = 17,
				.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				.st_shndx = 1,
				.st_value = 0xffffffff81000010,
				.st_size = 16};
}

static int read_tiny(const struct tiny *t, size_t size)
{
	struct code_image im;
	struct err e = ERR_INIT;
	int r = code_image_read(&im, "tiny", (const uint8_t *)t, size, &e);

	assert_int_equal(r < 0, e.code != 0);
	code_image_done(&im);
	return r;
}

static void test_image(void **state _unused_)
{
	struct code_image im;
	struct err e = ERR_INIT;
	struct tiny t;

	make(&t);
	assert_int_equal(code_image_read(&im, "tiny", (uint8_t *)&t, sizeof(t), &e), 0);
	assert_int_equal(im.symbols.len, 2);
	assert_string_equal(im.symbols.items[0].name, "f");
	assert_string_equal(im.symbols.items[0].file, "a.c");
	assert_string_equal(im.symbols.items[1].name, "g");
	assert_string_equal(im.symbols.items[1].file, "");
	assert_ptr_equal(code_image_bytes(&im, 0xffffffff81000010, 16), t.text + 16);
	assert_null(code_image_bytes(&im, 0xffffffff81000010, 17));
	assert_null(code_image_bytes(&im, 0xffffffff80ffffff, 1));
	assert_null(code_image_section(&im, 0xffffffff81000020));
	assert_int_equal(code_image_above(&im, 0xffffffff8100000f), 1);
	code_image_done(&im);
}

static void test_damaged(void **state _unused_)
{
	struct tiny t;

	make(&t);
	for (size_t n = 0; n < offsetof(struct tiny, text); n++)
		assert_true(read_tiny(&t, n) < 0);
	t.h.e_machine = EM_AARCH64;
	assert_int_equal(read_tiny(&t, sizeof(t)), CODE_IMAGE_OTHER);
	make(&t);
	t.h.e_type = ET_REL;
	assert_int_equal(read_tiny(&t, sizeof(t)), CODE_IMAGE_OTHER);
	make(&t);
	t.s[3].sh_type = SHT_PROGBITS;
	assert_int_equal(read_tiny(&t, sizeof(t)), -ENODATA);
	make(&t);
	t.s[1].sh_size = UINT64_MAX - 4;
	assert_int_equal(read_tiny(&t, sizeof(t)), -EBADMSG);
	make(&t);
	t.s[3].sh_size = UINT64_MAX;
	assert_int_equal(read_tiny(&t, sizeof(t)), -EBADMSG);
	make(&t);
	t.h.e_shoff = UINT64_MAX - 8;
	assert_int_equal(read_tiny(&t, sizeof(t)), -EBADMSG);
	/* Names without an end are no names. */
	make(&t);
	memset(t.names, 'x', sizeof(t.names));
	assert_int_equal(read_tiny(&t, sizeof(t)), -ENODATA);
}

static void diff_tiny(const struct tiny *a, const struct tiny *b, struct code_diff *d)
{
	struct code_image x, y;
	struct err e = ERR_INIT;

	assert_int_equal(code_image_read(&x, "a", (const uint8_t *)a, sizeof(*a), &e), 0);
	assert_int_equal(code_image_read(&y, "b", (const uint8_t *)b, sizeof(*b), &e), 0);
	assert_int_equal(code_diff_images(&x, &y, d, &e), 0);
	code_image_done(&x);
	code_image_done(&y);
}

static void test_diff(void **state _unused_)
{
	static const char *const stack[] = {"g.isra.0", "other", ""};
	struct code_diff d;
	struct tiny a, b;

	make(&a);
	make(&b);
	diff_tiny(&a, &b, &d);
	assert_int_equal(d.objects.len, 0);
	assert_int_equal(d.functions, 2);
	code_diff_done(&d);
	b.text[3] = 0xc3;
	b.text[20] = 0xc3;
	diff_tiny(&a, &b, &d);
	assert_int_equal(d.n_code, 2);
	assert_int_equal(code_diff_mark(&d, stack, ARRAY_SIZE(stack)), 1);
	assert_false(d.objects.items[0].in_stack);
	assert_true(d.objects.items[1].in_stack);
	assert_string_equal(d.objects.items[1].name, "g");
	code_diff_done(&d);
	/* A size that reaches beyond the section is cut, not followed. */
	make(&b);
	b.sym[3].st_size = UINT64_MAX;
	diff_tiny(&a, &b, &d);
	assert_int_equal(d.objects.len, 0);
	code_diff_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insns),	cmocka_unit_test(test_no_insns),
		cmocka_unit_test(test_texts),	cmocka_unit_test(test_image),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
