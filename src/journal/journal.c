/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal in SQLite (see journal.h). WAL with synchronous=FULL: a committed event survives a
 * power cut. The schema has a version; a newer one than ours is refused.
 */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/vec.h"

enum { SCHEMA_VERSION = 2, BUSY_MS = 10000 };

struct journal {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *insert;
	uint64_t base_active_us; /* worked in earlier sessions */
	uint64_t opened_us;
};

static const char *const kind_names[] = {
	[JOURNAL_SESSION] = "session",	 [JOURNAL_NOTE] = "note",     [JOURNAL_TOOLS] = "tools",
	[JOURNAL_RELEASES] = "releases", [JOURNAL_RANGE] = "range",   [JOURNAL_STEP] = "step",
	[JOURNAL_TEST] = "test",	 [JOURNAL_BUILD] = "build",   [JOURNAL_BUILT] = "built",
	[JOURNAL_RUN] = "run",		 [JOURNAL_RAN] = "ran",	      [JOURNAL_VERDICT] = "verdict",
	[JOURNAL_FACT] = "fact",	 [JOURNAL_RESULT] = "result", [JOURNAL_STOPPED] = "stopped",
	[JOURNAL_FOREIGN] = "foreign",
};

static const char schema[] =
	"CREATE TABLE request (seq INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL)"
	" STRICT;"
	"CREATE TABLE event ("
	" id INTEGER PRIMARY KEY, wall_us INTEGER NOT NULL, active_us INTEGER NOT NULL,"
	" kind TEXT NOT NULL, test INTEGER NOT NULL, run INTEGER NOT NULL,"
	" rev TEXT, outcome TEXT, title TEXT, signature TEXT, text TEXT,"
	" a INTEGER NOT NULL, b INTEGER NOT NULL, slot INTEGER NOT NULL DEFAULT 0, how TEXT)"
	" STRICT;";

/* From version 1, which had one builder and one kind of guest. */
static const char upgrade[] = "BEGIN IMMEDIATE;"
			      "ALTER TABLE event ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;"
			      "ALTER TABLE event ADD COLUMN how TEXT;"
			      "PRAGMA user_version=2;"
			      "COMMIT;";

static int kind_parse(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++)
		if (!strcmp(s, kind_names[i]))
			return (int)i;
	return -1;
}

/* Why the system failed an operation on the file; 0 when that is not known. A commit does not tell
 * SQLite's own sqlite3_system_errno(), but the file of the WAL remembers it. */
static int system_errno(struct journal *j)
{
	int n = sqlite3_system_errno(j->db);
	sqlite3_file *wal = NULL;

	if (!n)
		sqlite3_file_control(j->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &wal);
	if (wal && wal->pMethods)
		wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &n);
	return n;
}

static int sql_err(struct journal *j, const char *what, struct err *e)
{
	int code = sqlite3_errcode(j->db) & 0xff;
	int system = code == SQLITE_IOERR ? system_errno(j) : 0;

	if (code == SQLITE_FULL || system == ENOSPC || system == EDQUOT)
		return err_set(e, -ENOSPC, "%s %s: the disk is full", what, j->path);
	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		return err_set(e, -EBADMSG, "%s is not a journal of culprit, or it is damaged",
			       j->path);
	if (system)
		return err_set(e, -EIO, "%s %s: %s", what, j->path, strerror(system));
	return err_set(e, -EIO, "%s %s: %s", what, j->path, sqlite3_errmsg(j->db));
}

static int exec(struct journal *j, const char *sql, const char *what, struct err *e)
{
	if (sqlite3_exec(j->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_err(j, what, e);
	return 0;
}

static int query_int(struct journal *j, const char *sql, int64_t *ret, struct err *e)
{
	sqlite3_stmt *st;
	int r;

	if (sqlite3_prepare_v2(j->db, sql, -1, &st, NULL) != SQLITE_OK)
		return sql_err(j, "reading", e);
	r = sqlite3_step(st);
	*ret = r == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return r == SQLITE_ROW || r == SQLITE_DONE ? 0 : sql_err(j, "reading", e);
}

static int connect(const char *path, int flags, struct journal **ret, struct err *e)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	int r = 0;

	j->path = xstrdup(path);
	j->opened_us = clock_now_us();
	if (sqlite3_open_v2(path, &j->db, flags, NULL) != SQLITE_OK)
		r = sql_err(j, "opening", e);
	if (!r)
		sqlite3_busy_timeout(j->db, BUSY_MS);
	if (!r && !(flags & SQLITE_OPEN_READONLY))
		r = exec(j, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "opening", e);
	if (r) {
		journal_close(j);
		return r;
	}
	*ret = j;
	return 0;
}

static int prepare_insert(struct journal *j, struct err *e)
{
	static const char sql[] =
		"INSERT INTO event (wall_us, active_us, kind, test, run, rev, outcome, title,"
		" signature, text, a, b, slot, how) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

	if (sqlite3_prepare_v2(j->db, sql, -1, &j->insert, NULL) != SQLITE_OK)
		return sql_err(j, "opening", e);
	return 0;
}

int journal_create(const char *path, struct journal **ret, struct err *e)
{
	_cleanup_free_ char *sql =
		xasprintf("BEGIN; %s PRAGMA user_version=%d; COMMIT;", schema, SCHEMA_VERSION);
	struct journal *j = NULL;
	int r;

	if (file_exists(path))
		return err_set(e, -EEXIST, "%s is there already", path);
	r = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &j, e);
	if (r)
		return r;
	r = exec(j, sql, "creating", e);
	if (!r)
		r = prepare_insert(j, e);
	if (r) {
		journal_close(j);
		unlink(path);
		return r;
	}
	*ret = j;
	return 0;
}

/* A journal without a version: of a culprit that was killed while it made the tables? */
static int check_begun(struct journal *j, struct err *e)
{
	int64_t tables = 0;
	int r = query_int(j, "SELECT count(*) FROM sqlite_schema", &tables, e);

	if (r || tables)
		return r;
	return err_set(e, -ENODATA, "%s is empty: start the bisection anew", j->path);
}

int journal_open(const char *path, bool read_only, struct journal **ret, struct err *e)
{
	struct journal *j = NULL;
	int64_t v = 0;
	int r;

	if (!file_exists(path))
		return err_set(e, -ENOENT, "no journal at %s: it is not the folder of a bisection",
			       path);
	r = connect(path, read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, &j, e);
	if (r)
		return r;
	r = query_int(j, "PRAGMA user_version", &v, e);
	if (!r && !v)
		r = check_begun(j, e);
	if (!r && v == 1 && read_only)
		r = err_set(e, -EPROTO,
			    "%s is of an older culprit: culprit resume brings it up to date", path);
	else if (!r && v == 1)
		r = exec(j, upgrade, "bringing up to date", e);
	else if (!r && v != SCHEMA_VERSION)
		r = err_set(e, -EPROTO,
			    "%s has journal version %lld, this culprit reads %d: use the culprit "
			    "that wrote it",
			    path, (long long)v, SCHEMA_VERSION);
	if (!r && !read_only)
		r = prepare_insert(j, e);
	if (!r)
		r = query_int(j, "SELECT active_us FROM event ORDER BY id DESC LIMIT 1", &v, e);
	if (r) {
		journal_close(j);
		return r;
	}
	j->base_active_us = (uint64_t)v;
	*ret = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	sqlite3_finalize(j->insert);
	sqlite3_close(j->db);
	free(j->path);
	free(j);
}

static void bind_text(sqlite3_stmt *st, int i, const char *s)
{
	if (s)
		sqlite3_bind_text(st, i, s, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(st, i);
}

uint64_t journal_active_us(const struct journal *j)
{
	return j->base_active_us + clock_now_us() - j->opened_us;
}

int journal_add(struct journal *j, const struct journal_event *ev, struct err *e)
{
	sqlite3_stmt *st = j->insert;
	uint64_t active = journal_active_us(j);
	int r;

	sqlite3_bind_int64(st, 1, clock_wall_us());
	sqlite3_bind_int64(st, 2, (int64_t)active);
	bind_text(st, 3, kind_names[ev->kind]);
	sqlite3_bind_int(st, 4, ev->test);
	sqlite3_bind_int(st, 5, ev->run);
	bind_text(st, 6, ev->rev);
	bind_text(st, 7, ev->outcome);
	bind_text(st, 8, ev->title);
	bind_text(st, 9, ev->signature);
	bind_text(st, 10, ev->text);
	sqlite3_bind_int64(st, 11, ev->a);
	sqlite3_bind_int64(st, 12, ev->b);
	sqlite3_bind_int(st, 13, ev->slot);
	bind_text(st, 14, ev->how);
	r = sqlite3_step(st);
	if (r != SQLITE_DONE)
		sql_err(j, "writing", e);
	sqlite3_reset(st);
	return r == SQLITE_DONE ? 0 : e->code;
}

static const char *column(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i);
}

static int row_event(sqlite3_stmt *st, struct journal_event *ev)
{
	int kind = kind_parse(column(st, 3));

	if (kind < 0)
		return -1;
	*ev = (struct journal_event){
		.id = sqlite3_column_int64(st, 0),
		.wall_us = sqlite3_column_int64(st, 1),
		.active_us = (uint64_t)sqlite3_column_int64(st, 2),
		.kind = (enum journal_kind)kind,
		.test = sqlite3_column_int(st, 4),
		.run = sqlite3_column_int(st, 5),
		.rev = column(st, 6),
		.outcome = column(st, 7),
		.title = column(st, 8),
		.signature = column(st, 9),
		.text = column(st, 10),
		.a = sqlite3_column_int64(st, 11),
		.b = sqlite3_column_int64(st, 12),
		.slot = sqlite3_column_int(st, 13),
		.how = column(st, 14),
	};
	return 0;
}

int journal_each(struct journal *j, int64_t after,
		 int (*fn)(const struct journal_event *ev, void *data), void *data, struct err *e)
{
	static const char sql[] =
		"SELECT id, wall_us, active_us, kind, test, run, rev, outcome, title, signature,"
		" text, a, b, slot, how FROM event WHERE id > ? ORDER BY id";
	struct journal_event ev;
	sqlite3_stmt *st;
	int r, x = 0;

	if (sqlite3_prepare_v2(j->db, sql, -1, &st, NULL) != SQLITE_OK)
		return sql_err(j, "reading", e);
	sqlite3_bind_int64(st, 1, after);
	while (!x && (r = sqlite3_step(st)) == SQLITE_ROW) {
		if (row_event(st, &ev))
			x = err_set(e, -EBADMSG, "%s holds an event of an unknown kind", j->path);
		else
			x = fn(&ev, data);
	}
	if (!x && r != SQLITE_DONE)
		x = sql_err(j, "reading", e);
	sqlite3_finalize(st);
	return x;
}

int journal_set_request(struct journal *j, const struct journal_request *r, size_t n, struct err *e)
{
	sqlite3_stmt *st;
	int x = exec(j, "BEGIN IMMEDIATE", "writing", e);

	if (x)
		return x;
	if (sqlite3_prepare_v2(j->db, "INSERT INTO request (key, value) VALUES (?, ?)", -1, &st,
			       NULL) != SQLITE_OK)
		return sql_err(j, "writing", e);
	for (size_t i = 0; i < n && !x; i++) {
		bind_text(st, 1, r[i].key);
		bind_text(st, 2, r[i].value);
		if (sqlite3_step(st) != SQLITE_DONE)
			x = sql_err(j, "writing", e);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return x ? x : exec(j, "COMMIT", "writing", e);
}

int journal_get_request(struct journal *j, const char *key, struct strv *values, struct err *e)
{
	sqlite3_stmt *st;
	int r;

	if (sqlite3_prepare_v2(j->db, "SELECT value FROM request WHERE key = ? ORDER BY seq", -1,
			       &st, NULL) != SQLITE_OK)
		return sql_err(j, "reading", e);
	bind_text(st, 1, key);
	while ((r = sqlite3_step(st)) == SQLITE_ROW)
		strv_add(values, column(st, 0) ? column(st, 0) : "");
	sqlite3_finalize(st);
	return r == SQLITE_DONE ? 0 : sql_err(j, "reading", e);
}
