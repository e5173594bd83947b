# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks bisect.log line by line against the grammar of syzbot's bisection logs of 2020. Prints the
# first line that does not fit and exits with 1. Each state names what may come; the text of a
# commit (state "show") and of a crash (state "report") is free but for the lines that end it.

function fail(why) {
	printf "line %d, expecting %s: %s\n", NR, why, $0
	bad = 1
	exit 1
}

function is(re) {
	return $0 ~ ("^" re "$")
}

# The lines that a test may be followed by, and those of a test itself.
function in_test() {
	if (is("kernel signature: " HEX) && state == "tested") { state = "signed"; return 1 }
	if (state != "signed" && state != "runs" && state != "tested") return 0
	if (is("all runs: " V)) { state = "between"; return 1 }
	if (is("run #[0-9]+: " V)) { state = "runs"; return 1 }
	if (state == "tested" && !is("(testing|# git|Bisecting|revisions tested).*")) {
		state = "between" # why the build failed
		return 1
	}
	return 0
}

function tail() {
	if (is("revisions tested: [0-9]+, total time: " D " \\(build: " D ", test: " D "\\)")) {
		state = "outcome"
		return 1
	}
	return 0
}

# mawk knows no {n}.
function digits(n) {
	return n ? "[0-9a-f]" digits(n - 1) : ""
}

BEGIN {
	H = digits(40)
	HEX = digits(64)
	V = "(OK|(crashed|boot failed|basic kernel testing failed|failed): .+)"
	D = "([0-9]+h)?([0-9]+m)?[0-9.]+(s|ms|us|µs)"
	state = "header"
}

state == "header" {
	if (!is("bisecting cause commit starting from " H)) fail("the header")
	state = "building"
	next
}
# The grammar has no line for what another bisection ran, nor for a change that each revision got.
state == "between" && !tested && is("carried along: " H) { next }
state == "between" && !tested && is("foreign( evidence from .*)?: .*") { next }
/^testing commit / { tested = 1 }

state == "building" {
	if (!is("building syzkaller on " H)) fail("\"building\"")
	state = "between"
	next
}
state == "choice" {
	if (!is("\\[" H "\\] .*")) fail("the chosen commit")
	state = "step"
	next
}
state == "show" && !tail() {
	if (is("parent commit " H " wasn't tested")) state = "noop"
	else if (is("culprit signature: " HEX)) state = "parent"
	next
}
state == "noop" {
	if (!is("testing commit " H " with .+")) fail("the parent's test")
	state = "noop-built"
	next
}
state == "noop-built" {
	if (is("culprit signature: " HEX)) state = "parent"
	else if (is("kernel signature: " HEX)) state = "noop-built"
	else if (tail()) next
	else state = "show" # why the build failed
	next
}
state == "parent" {
	if (!is("parent  signature: " HEX)) fail("the parent's signature")
	state = "stats"
	next
}
state == "stats" {
	if (!tail()) fail("the counts")
	next
}
state == "candidates" {
	if (is("We cannot bisect more!")) state = "stats"
	else if (!is(H)) fail("a candidate")
	next
}
state == "outcome" {
	if (is("first bad commit: " H " .*")) state = "cc"
	else if (is("bisection is inconclusive, the first bad commit could be any of:")) state = "list"
	else if (is("the crash already happened on the oldest tested release")) state = "message"
	else if (is("error: .+")) state = "end"
	else if (!is("revisions tested: .*")) fail("the outcome")
	next
}
state == "cc" {
	if (!is("cc: \\[(\"[^\" ]+\"( \"[^\" ]+\")*)?\\]")) fail("cc")
	state = "crash"
	next
}
state == "message" {
	if (!is("commit msg: .*")) fail("the commit's title")
	state = "crash"
	next
}
state == "crash" {
	if (!is("crash: .+")) fail("the crash")
	state = "report"
	next
}
state == "list" {
	if (!is(H)) fail("a candidate")
	next
}
state == "end" { fail("the end") }
state == "report" { next }

# Between two tests, and in one.
in_test() { next }
is("testing release v[0-9.]+") && state ~ /^(between|runs)$/ { state = "release"; next }
is("testing commit " H " with .+") && state ~ /^(between|runs|release|step)$/ {
	state = "tested"
	next
}
is("# git bisect start " H "( " H ")+") { state = "between"; next }
is("# git bisect (good|bad|skip) " H) { state = "between"; next }
is("Bisecting: [0-9]+ revisions? left to test after this \\(roughly [0-9]+ steps?\\)") {
	state = "choice"
	next
}
is(H " is the first bad commit") { state = "show"; next }
is("There are only 'skip'ped commits left to test\\.") { state = "only"; next }
is("The first bad commit could be any of:") && state == "only" { state = "candidates"; next }
tail() { next }
{ fail(state) }

END {
	if (!bad && state !~ /^(report|crash|list|end)$/) {
		printf "the log ends in state %s\n", state
		exit 1
	}
	exit bad
}
