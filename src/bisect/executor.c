/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the executors share (see executor.h).
 */
#include "bisect/executor.h"

#include <stdlib.h>

void executor_done(struct executor *x)
{
	free(x->compiler);
	free(x->accelerator);
	free(x->why);
	free(x->note);
}
