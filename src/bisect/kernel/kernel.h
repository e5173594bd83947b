/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel executor's parts: builders make kernels, guests run them. Inside of this folder only.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "bisect/executor.h"
#include "bisect/kernel/saved.h"
#include "build/build.h"
#include "build/sandbox.h"
#include "build/store/store.h"
#include "build/tree.h"
#include "guest/backend/uml.h"
#include "guest/qemu/qemu.h"

struct build_arch;
struct git_repo;
struct kernel;

/* A builder takes, for each build, the tree that is nearest of those that nobody uses. */
struct kernel_builder {
	struct kernel *kernel;
	struct build *build;	 /* under way, or NULL */
	struct build_tree *tree; /* then */
	char *rev;		 /* of it */
	char *source;		 /* the commit that is checked out for it */
	bool is_ahead;
};

/* What all builders share. */
struct kernel_workshop {
	struct build_tree *trees; /* as many as builders */
	struct build_setup setup; /* points at the rest */
	struct sandbox sandbox;
	struct store store;
	char *config, *tools, *ccache_dir;
};

struct kernel_guest {
	struct kernel *kernel;
	struct guest *guest; /* running, or NULL */
	bool kvm;
	enum guest_kind kind;
	bool saving;
	int test, run;
	uint64_t run_ms;
	char *rev;     /* of the run */
	char *console; /* relative path */
};

struct kernel {
	struct executor x;
	struct loop *loop;
	const struct bisect_request *r;
	const struct git_repo *git;
	char *dir, *config, *initrd;
	struct kernel_workshop shop;
	const struct build_arch *arch;
	struct qemu_setup qemu;
	struct uml_setup uml;
	struct guest_backend backend;
	struct saved_guests saved;
	bool has_printed;		/* some guest wrote on its console */
	struct kernel_builder *builder; /* x.builders of them */
	struct kernel_guest *guest;	/* x.slots of them */
};

/* DIR/builds/REV; the caller frees it. */
char *kernel_build_dir(const struct kernel *k, const char *rev);

/* Tells the user one more thing at the start. */
void kernel_add_note(struct kernel *k, const char *text) _nonnull_(1, 2);

/* builders.c */
int kernel_builders_open(struct kernel *k, struct err *e) _must_check_ _nonnull_(1, 2);
void kernel_builders_close(struct kernel *k) _nonnull_(1);
int kernel_build(struct executor *x, unsigned builder, const char *rev, const char *source,
		 bool ahead, struct err *e) _must_check_;
void kernel_cancel_build(struct executor *x, unsigned builder);

/* guests.c */
int kernel_guests_open(struct kernel *k, struct err *e) _must_check_ _nonnull_(1, 2);
void kernel_guests_close(struct kernel *k) _nonnull_(1);
int kernel_run(struct executor *x, const struct executor_run *how, struct err *e) _must_check_;
void kernel_past(struct executor *x, const char *rev, bool saved, enum guest_outcome outcome);
void kernel_cancel_run(struct executor *x, unsigned slot);
