/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of policies (see trial.h).
 */
#include "sim/trial.h"

#include <stddef.h>
#include <string.h>

static const struct sim_policy policies[] = {
	{"bayes", sim_bayes},
	{"git-bisect", sim_git_bisect},
	{"syzbot-2020", sim_syzbot_2020},
	{"syzbot-now", sim_syzbot_now},
};

const struct sim_policy *sim_policy_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(policies[i].name, name))
			return &policies[i];
	return NULL;
}

const struct sim_policy *sim_policy_at(unsigned i)
{
	return i < ARRAY_SIZE(policies) ? &policies[i] : NULL;
}
