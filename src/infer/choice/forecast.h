/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much is left of a search: builds, runs and seconds, each with an interval. Pure; the same
 * posterior gives the same forecast, whatever the machine and its load.
 *
 * The search is rolled forward: a truth (culprit, rates, correlation) is drawn from the posterior,
 * outcomes are drawn from the truth, and infer_choose() goes on with them until it ends. Mean and
 * median over the roll-outs are the forecast (a few that end nowhere make the mean large), their 10
 * and 90 % quantiles the interval. How many roll-outs there are, and where one is cut short and
 * goes on at its own pace, depends on counted work, not on time: about a second.
 *
 * With more than INFER_FORECAST_EXACT commits a roll-out takes too long. There, what is left is
 * taken to go on at the pace of the next step: seconds = bits left / (bits a second of it),
 * likewise builds and runs; the interval is half to twice of that.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

struct infer_chooser;

enum { INFER_FORECAST_EXACT = 50000, INFER_FORECAST_MAX = 32, INFER_FORECAST_MIN = 8 };

struct infer_interval {
	double mean, median, low, high; /* low <= the others <= high */
};

struct infer_forecast {
	struct infer_interval builds, runs, seconds;
	unsigned rollouts; /* 0: by the pace of the next step */
	double named;	   /* share of the roll-outs that ended with a commit; -1: not known */
};

/*
 * From the chooser's posterior, costs and site, none of which change. The posterior must be up to
 * date. All zero when the search is at its end.
 */
void infer_forecast(struct infer_chooser *c, struct infer_forecast *ret) _nonnull_(1, 2);
