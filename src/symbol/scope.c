/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DWARF: from an address to source positions. When a file is opened, only the head of each
 * compilation unit is read, for its addresses; the functions of a unit are listed when the first
 * address in it is asked for, and of a function only what covers the address is walked.
 */
#include <stdlib.h>
#include <string.h>

#include <dwarf.h>
#include <elfutils/libdw.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "symbol/image.h"
#include "symbol/path.h"

enum {
	DEPTH_MAX = 16, /* namespaces around functions */
	RANGES_MAX = 1 << 22,
};

/* A unit at work: where its lines are, and (the same but for split DWARF) its functions. */
struct unit_dies {
	Dwarf_Die lines, scopes;
	const char *dir; /* its comp_dir */
};

struct roots {
	const char *src, *dir, *root;
};

static int by_low(const void *a, const void *b)
{
	const struct symbol_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

void symbol_ranges_sort(struct symbol_ranges *r)
{
	if (r->len)
		qsort(r->items, r->len, sizeof(*r->items), by_low);
}

const struct symbol_range *symbol_ranges_get(const struct symbol_ranges *r, uint64_t address)
{
	size_t low = 0, high = r->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->items[mid].low <= address)
			low = mid + 1;
		else
			high = mid;
	}
	/* Ranges do not overlap; a few may when a linker dropped what they were for. */
	for (size_t i = 0; i < 8 && low-- > 0; i++)
		if (address < r->items[low].high)
			return &r->items[low];
	return NULL;
}

static void add_ranges(struct symbol_ranges *r, Dwarf_Die *die, uint64_t what)
{
	Dwarf_Addr base = 0, low, high;
	ptrdiff_t at = 0;

	while (r->len < RANGES_MAX && (at = dwarf_ranges(die, at, &base, &low, &high)) > 0)
		if (high > low)
			vec_push(r, {low, high, what});
}

static const char *string_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attr;

	return dwarf_formstring(dwarf_attr(die, name, &attr));
}

/* Learns from a unit where the sources are, for those that are not below their comp_dir. */
static void learn_root(struct symbol_image *im, Dwarf_Die *unit, bool *sure)
{
	static const char main_file[] = "/init/main.c";
	const char *name = dwarf_diename(unit), *dir = string_of(unit, DW_AT_comp_dir);
	_cleanup_free_ char *path = NULL;

	if (*sure || !name)
		return;
	path = symbol_path_join(dir, name);
	if (*path != '/' || (dir && symbol_path_below(path, dir)))
		return;
	if (str_ends(path, main_file)) {
		path[strlen(path) - strlen(main_file)] = '\0';
		freep(&im->root);
		im->root = TAKE_PTR(path);
		*sure = true;
	} else if (im->root) {
		symbol_path_common(im->root, path);
	} else {
		char *slash = strrchr(path, '/');

		*slash = '\0';
		im->root = TAKE_PTR(path);
	}
}

void symbol_scope_index(struct symbol_image *im)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;
	bool sure = false;

	while (dwarf_get_units(im->dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		add_ranges(&im->ranges, &die, im->units.len);
		learn_root(im, &die, &sure);
		vec_push(&im->units, {.offset = dwarf_dieoffset(&die)});
	}
	symbol_ranges_sort(&im->ranges);
}

static bool open_unit(struct symbol_image *im, const struct symbol_unit *u, struct unit_dies *ret)
{
	Dwarf_Die split;
	uint8_t type;

	if (!dwarf_offdie(im->dwarf, u->offset, &ret->lines))
		return false;
	ret->scopes = ret->lines;
	ret->dir = string_of(&ret->lines, DW_AT_comp_dir);
	if (dwarf_cu_info(ret->lines.cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
	    type == DW_UT_skeleton && split.cu)
		ret->scopes = split;
	return true;
}

static void list_functions(struct symbol_ranges *to, Dwarf_Die *parent, int depth)
{
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	for (; r == 0; r = dwarf_siblingof(&die, &die)) {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram)
			add_ranges(to, &die, dwarf_dieoffset(&die));
		else if (tag == DW_TAG_namespace && depth < DEPTH_MAX)
			list_functions(to, &die, depth + 1);
	}
}

static bool find_function(struct symbol_unit *u, struct unit_dies *dies, Dwarf_Addr pc,
			  Dwarf_Die *ret)
{
	const struct symbol_range *r;

	if (!u->indexed) {
		list_functions(&u->functions, &dies->scopes, 0);
		symbol_ranges_sort(&u->functions);
		u->indexed = true;
	}
	r = symbol_ranges_get(&u->functions, pc);
	return r && dwarf_offdie(dwarf_cu_getdwarf(dies->scopes.cu), r->what, ret);
}

/*
 * The inlined function below die that covers pc. Blocks are looked into whatever they cover: in
 * DWARF 4, gcc gives some an empty first range, which reads as the end of their list.
 */
static bool find_inlined(Dwarf_Die *die, Dwarf_Addr pc, int depth, Dwarf_Die *ret)
{
	Dwarf_Die child;
	int r = dwarf_child(die, &child);

	for (; r == 0; r = dwarf_siblingof(&child, &child)) {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine && dwarf_haspc(&child, pc) > 0) {
			*ret = child;
			return true;
		}
		if (tag == DW_TAG_lexical_block && depth < DEPTH_MAX &&
		    find_inlined(&child, pc, depth + 1, ret))
			return true;
	}
	return false;
}

/* The inlined functions around pc, outermost first. */
static size_t list_inlined(Dwarf_Die *function, Dwarf_Addr pc, Dwarf_Die *ret)
{
	Dwarf_Die *parent = function;
	size_t n = 0;

	while (n < SYMBOL_FRAMES_MAX - 1 && find_inlined(parent, pc, 0, &ret[n]))
		parent = &ret[n++];
	return n;
}

static void set_file(struct symbol_place *p, const char *file, const struct roots *roots)
{
	_cleanup_free_ char *path = symbol_path_join(roots->dir, file);
	const char *dirs[] = {roots->src, roots->dir, roots->root}, *below = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !below; i++)
		below = symbol_path_below(path, dirs[i]);
	symbol_copy_text(p->file, SYMBOL_FILE_MAX, below ? below : path, true);
}

/* The position of pc itself; false when the unit's lines do not tell. */
static bool position_of(Dwarf_Die *unit, Dwarf_Addr pc, const struct roots *roots,
			struct symbol_place *ret)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, pc);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number = 0;

	if (!file || !*file)
		return false;
	if (dwarf_lineno(line, &number) || number < 0)
		number = 0;
	set_file(ret, file, roots);
	ret->line = (unsigned)number;
	return true;
}

/* The position from which an inlined function was called. */
static bool position_of_call(Dwarf_Die *unit, Dwarf_Die *die, const struct roots *roots,
			     struct symbol_place *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Word file = 0, number = 0;
	Dwarf_Files *files;
	const char *name;
	size_t n;

	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attr), &file) ||
	    dwarf_getsrcfiles(unit, &files, &n) || file >= n)
		return false;
	name = dwarf_filesrc(files, file, NULL, NULL);
	if (!name)
		return false;
	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attr), &number) || number > INT32_MAX)
		number = 0;
	set_file(ret, name, roots);
	ret->line = (unsigned)number;
	return true;
}

static void list_places(struct unit_dies *dies, Dwarf_Die *inlined, size_t n,
			const struct roots *roots, struct symbol_places *ret)
{
	/* items[len] has its position by now; what is missing is the function that it is in. */
	while (n-- > 0) {
		struct symbol_place *p = &ret->items[ret->len];
		const char *name = dwarf_diename(&inlined[n]);

		if (!position_of_call(&dies->scopes, &inlined[n], roots, p + 1))
			return;
		symbol_copy_text(p->name, SYMBOL_NAME_MAX, name && *name ? name : "?", false);
		p->inlined = true;
		ret->len++;
	}
	ret->items[ret->len].inlined = false;
	strcpy(ret->items[ret->len].name, "-");
	ret->len++;
}

void symbol_scope_frames(struct symbol_image *im, uint64_t pc, const char *src, const char *root,
			 struct symbol_places *ret)
{
	const struct symbol_range *range = symbol_ranges_get(&im->ranges, pc - im->bias);
	Dwarf_Die function, inlined[SYMBOL_FRAMES_MAX];
	struct symbol_unit *u = range ? &im->units.items[range->what] : NULL;
	struct unit_dies dies;
	size_t n = 0;

	ret->len = 0;
	if (!u || !open_unit(im, u, &dies))
		return;
	struct roots roots = {src, dies.dir, root};

	if (!position_of(&dies.lines, pc - im->bias, &roots, &ret->items[0]))
		return;
	if (find_function(u, &dies, pc - im->bias, &function))
		n = list_inlined(&function, pc - im->bias, inlined);
	list_places(&dies, inlined, n, &roots, ret);
}
