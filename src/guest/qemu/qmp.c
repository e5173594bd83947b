/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Monitor lines (see qmp.h). jansson reads the JSON, which may nest and say anything; only strings
 * are taken from it, cut to a size and with what does not print taken out.
 */
#include "guest/qemu/qmp.h"

#include <jansson.h>
#include <stdio.h>

static void take_text(struct qmp_message *m, const char *a, const char *b)
{
	int n = snprintf(m->text, sizeof(m->text), "%s%s%s", a ? a : "", b ? " " : "", b ? b : "");

	for (int i = 0; i < n && i < QMP_TEXT_MAX - 1; i++)
		if (m->text[i] < ' ' || m->text[i] > '~')
			m->text[i] = '?';
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void take(const json_t *line, struct qmp_message *ret)
{
	const json_t *error = json_object_get(line, "error");

	if (json_object_get(line, "QMP")) {
		ret->kind = QMP_GREETING;
	} else if (json_object_get(line, "return")) {
		ret->kind = QMP_RETURN;
	} else if (error) {
		const char *why = text_of(error, "desc");

		ret->kind = QMP_ERROR;
		take_text(ret, why ? why : "an error without a text", NULL);
	} else if (text_of(line, "event")) {
		ret->kind = QMP_EVENT;
		take_text(ret, text_of(line, "event"),
			  text_of(json_object_get(line, "data"), "status"));
	}
}

void qmp_parse(const char *line, size_t len, struct qmp_message *ret)
{
	json_t *json = len <= QMP_LINE_MAX ? json_loadb(line, len, 0, NULL) : NULL;

	*ret = (struct qmp_message){.kind = QMP_OTHER};
	if (json_is_object(json))
		take(json, ret);
	json_decref(json);
}
