/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the page looks: light and dark, on paper, on a phone. Colours are variables; every text has a
 * contrast of at least 4.5 to its ground in both schemes, and no colour says what no word says.
 */
#include "base/strbuf.h"
#include "report/html/html.h"

static const char colours[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d8dee4;"
	"--card:#f6f8fa;--bad:#b42318;--good:#17753f;--other:#8f5b00;--none:#8b949e;"
	"--p:#4338ca;--c1:#0e7490;--c2:#c2700a;--c3:#a21c6e;--c4:#5b7a1f;--c5:#7c5a36;"
	"--rest:#cdd5dd;--older:#7d8894;--noise:#4b5563;--build:#64748b;--row:27px}"
	"@media(prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e4e9ef;--soft:#9aa5b1;"
	"--line:#2c343d;--card:#171c23;--bad:#ff8b80;--good:#56c98a;--other:#e3b341;--none:#7a8590;"
	"--p:#a5a0ff;--c1:#4fc3d9;--c2:#f2a852;--c3:#ef7fc0;--c4:#a9cc62;--c5:#c9a57d;"
	"--rest:#3a444f;--older:#7d8894;--noise:#aab4bf;--build:#8294ab}}";

static const char page[] =
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--bg);color:var(--fg);"
	"font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}"
	"main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}"
	"main{padding-top:2rem}"
	"h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 1rem;overflow-wrap:anywhere}"
	"h2{font-size:1.15rem;margin:2.5rem 0 .75rem;padding-top:.75rem;"
	"border-top:1px solid var(--line)}"
	"h3{font-size:1rem;margin:1.5rem 0 .5rem}"
	"p{margin:.5rem 0}.soft{color:var(--soft)}.small{font-size:.875rem}"
	"code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,\"DejaVu Sans "
	"Mono\",monospace;"
	"font-size:.86em}"
	"pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.75rem "
	"1rem;"
	"overflow-x:auto;margin:.5rem 0;line-height:1.45;font-size:.8rem;tab-size:8}"
	"a{color:var(--p)}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;font-size:.875rem}"
	".kicker{color:var(--soft);font-size:.875rem;margin:0}"
	".t{unicode-bidi:isolate;overflow-wrap:anywhere}"
	"footer{margin-top:3rem;padding-bottom:2rem;color:var(--soft);font-size:.875rem}";

static const char answer[] =
	".card{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--p);"
	"border-radius:8px;padding:1rem 1.25rem;margin:1rem 0}"
	".card.bad{border-left-color:var(--bad)}"
	".card h2{border:0;margin:0 0 .25rem;padding:0;font-size:1.15rem}"
	".card p{margin:.25rem 0}"
	".marks{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 0;padding:0;list-style:none}"
	".marks li{border:1px solid var(--line);border-radius:6px;padding:.2rem .6rem;"
	"background:var(--bg);font-size:.875rem}"
	".marks b{font-variant-numeric:tabular-nums}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:1rem 0}"
	"dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}"
	"ul.why{margin:.25rem 0;padding-left:1.25rem}"
	"pre.tags{border-style:dashed}";

static const char tables[] =
	".scroll{overflow-x:auto}th:last-child{width:100%}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"th{text-align:left;color:var(--soft);font-weight:600;white-space:nowrap}"
	"th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid "
	"var(--line);vertical-align:top}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	"tr.hit td{background:var(--card)}"
	".runs{display:flex;width:7rem;height:.75rem;margin-top:.35rem;border-radius:3px;overflow:"
	"hidden;"
	"background:var(--card);border:1px solid var(--line)}"
	".runs i{display:block}.i-same{background:var(--bad)}.i-clean{background:var(--good)}"
	".i-other{background:var(--other)}.i-failed{background:var(--none)}"
	".tag{border:1px solid var(--line);border-radius:4px;padding:0 .35rem;font-size:.75rem;"
	"color:var(--soft);white-space:nowrap;background:var(--bg)}"
	".tag.bad{color:var(--bad);border-color:var(--bad)}.tag.good{color:var(--good);"
	"border-color:var(--good)}.tag.p{color:var(--p);border-color:var(--p)}"
	".bad-t{color:var(--bad)}.good-t{color:var(--good)}";

static const char graph[] =
	".graph{display:flex;gap:.5rem}"
	".graph svg{flex:none;height:calc(var(--row)*var(--n));width:auto;overflow:visible}"
	".graph ol{flex:1;min-width:0;list-style:none;margin:0;padding:0}"
	".graph li{height:var(--row);display:grid;align-items:center;gap:.6rem;"
	"grid-template-columns:6.6rem minmax(0,1fr) 3.5rem 4.2rem;font-size:.875rem}"
	".graph li.hit{background:var(--card);border-radius:4px}"
	".graph .t{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
	".graph .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	".edge{fill:none;stroke:var(--none);stroke-width:1.6}"
	".edge.far{stroke-dasharray:2 3}"
	".node{fill:var(--bg);stroke:var(--none);stroke-width:1.4}"
	".node.has{stroke:var(--bad);stroke-width:2.6}.node.not{stroke:var(--good);stroke-width:2."
	"6}"
	".node.broken{stroke-dasharray:2 1.5}"
	".mass{fill:var(--p)}.ring{fill:none;stroke:var(--p);stroke-width:1.6}"
	".cross{stroke:var(--none);stroke-width:1.6}";

static const char charts[] =
	".chart{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem .6rem;"
	"margin:.75rem 0}"
	".chart svg{width:100%;display:block;background:var(--card);border-radius:4px}"
	".chart .y{display:flex;flex-direction:column;justify-content:space-between;"
	"text-align:right;font-size:.75rem;color:var(--soft);line-height:1;min-width:4rem}"
	".chart "
	".x{grid-column:2;display:grid;font-size:.75rem;color:var(--soft);white-space:nowrap}"
	".chart .mid{text-align:center}.chart .ticks{display:flex;justify-content:space-between}"
	".tall{height:15rem}.low{height:8rem}"
	".slots .y{justify-content:space-around;line-height:1.2}"
	".grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}"
	".area{fill:var(--p);fill-opacity:.18}.line{fill:none;stroke:var(--p);stroke-width:2;"
	"vector-effect:non-scaling-stroke}"
	".k0{fill:var(--p);background:var(--p)}.k1{fill:var(--c1);background:var(--c1)}"
	".k2{fill:var(--c2);background:var(--c2)}.k3{fill:var(--c3);background:var(--c3)}"
	".k4{fill:var(--c4);background:var(--c4)}.k5{fill:var(--c5);background:var(--c5)}"
	".k-rest{fill:var(--rest);background:var(--rest)}"
	".k-older{fill:var(--older);background:var(--older)}"
	".k-not{fill:var(--noise);background:var(--noise)}"
	".s-build{fill:var(--build);background:var(--build)}"
	".s-same{fill:var(--bad);background:var(--bad)}"
	".s-clean{fill:var(--good);background:var(--good)}"
	".s-failed{fill:var(--other);background:var(--other)}"
	".s-lost{fill:var(--rest);background:var(--rest)}"
	".legend{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;"
	"margin:.25rem 0;font-size:.8125rem}"
	".legend li{display:flex;align-items:center;gap:.4rem;min-width:0;max-width:100%}"
	".legend i{width:.8rem;height:.8rem;border-radius:2px;flex:none}"
	".legend .t{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;max-width:22rem}";

static const char folded[] =
	"details{border:1px solid var(--line);border-radius:6px;margin:.5rem "
	"0;background:var(--card)}"
	"summary{cursor:pointer;padding:.5rem 1rem;font-weight:600}"
	"details pre{border:0;border-top:1px solid var(--line);border-radius:0 0 6px 6px;margin:0;"
	"max-height:32rem;overflow:auto}";

static const char small[] =
	"@media(max-width:40rem){body{font-size:15px}main,footer{padding-left:.9rem;"
	"padding-right:.9rem}h1{font-size:1.3rem}"
	".graph{gap:.35rem}.graph li{grid-template-columns:minmax(0,1fr) 2.6rem 3.6rem;gap:.4rem}"
	".graph li>code{display:none}"
	"dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}"
	".wide{display:none}td,th{padding-right:.5rem}.tall{height:12rem}"
	".chart .y{min-width:0}.legend .t{max-width:13rem}}";

static const char paper[] =
	"@media print{:root{--row:19px;color-scheme:light}body{font-size:10.5pt}main{padding-top:0}"
	"nav{display:none}h2,h3{break-after:avoid}h2{margin-top:1.25rem}"
	"pre{white-space:pre-wrap;overflow-wrap:anywhere}"
	"details pre{max-height:none}"
	".card,.chart,tr,.graph{break-inside:avoid}.graph li{font-size:8.5pt}"
	"svg,i{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
	"@media print and (prefers-color-scheme:dark){:root{--bg:#fff;--fg:#1b1f24;--soft:#57606a;"
	"--line:#d8dee4;--card:#f6f8fa;--bad:#b42318;--good:#17753f;--other:#8f5b00;--none:#8b949e;"
	"--p:#4338ca;--c1:#0e7490;--c2:#c2700a;--c3:#a21c6e;--c4:#5b7a1f;--c5:#7c5a36;"
	"--rest:#cdd5dd;--older:#7d8894;--noise:#4b5563;--build:#64748b}}";

void html_style(struct strbuf *out)
{
	const char *const parts[] = {colours, page,   answer, tables, graph,
				     charts,  folded, small,  paper};

	strbuf_adds(out, "<style>");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		strbuf_adds(out, parts[i]);
	strbuf_adds(out, "</style>\n");
}
