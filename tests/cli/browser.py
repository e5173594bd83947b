# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens a page in headless Chromium, over its debugging pipe, and tells what it sees.

    browser.py FOLDER NAME FILE

Prints one JSON object: problems (what the console has, and every request but the one for the file),
pictures (for each svg its id, title, description and number of shapes), load_ms (from the navigation to
the end of loading, the best of five), overflow (for each width how many pixels the page is too wide),
contrast (texts that are hard to read, in light and dark). Screenshots in light, dark and at the width of
a phone, and the page as it prints, are left in FOLDER as NAME-light.png, NAME-dark.png, NAME-phone.png
and NAME.pdf.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

LOADS = 5
WIDE, PHONE = 1100, 390
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-pipe",
]

PICTURES = """[...document.querySelectorAll('svg')].map(s => ({
    id: s.id, title: s.querySelector(':scope > title')?.textContent || '',
    desc: s.querySelector(':scope > desc')?.textContent || '',
    shapes: s.querySelectorAll('circle,rect,path,line').length,
    width: s.getBoundingClientRect().width, height: s.getBoundingClientRect().height}))"""

# Contrast of every text with what is behind it (WCAG 2.1: 4.5, for large text 3).
CONTRAST = """(() => {
    const rgb = c => c.match(/[\\d.]+/g).map(Number);
    const light = c => { const f = c.slice(0, 3).map(v => { v /= 255;
        return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
        return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
    const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
    const bad = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement, s = getComputedStyle(e);
        if (!walk.currentNode.textContent.trim() || e.closest('svg')) continue;
        const a = light(rgb(s.color)), b = light(ground(e));
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < (parseFloat(s.fontSize) >= 24 ? 3 : 4.5))
            bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
    }
    return [...bad];
})()"""


class Browser:
    def __init__(self, profile):
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()

        def pipes():
            # Not in one step: each may stand on the number that the other wants.
            a, b = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            ["chromium", *FLAGS, "--user-data-dir=" + profile, "about:blank"],
            preexec_fn=pipes, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def read(self):
        while b"\0" not in self.buffer:
            more = os.read(self.into, 1 << 16)
            if not more:
                raise SystemExit("chromium has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.read())

    def attach(self):
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(result["exceptionDetails"])
        return result["result"].get("value")

    def open(self, url):
        self.events = [e for e in self.events if e.get("method") != "Page.loadEventFired"]
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")
        # loadEventEnd is set behind the event itself.
        while True:
            end = self.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
            if end:
                return end

    def look_as(self, width, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                  mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def overflow(self):
        return self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def shoot(self, path, width):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": width, "height": min(size["height"], 12000), "scale": 1}
        picture = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    def problems(self, url):
        for e in self.events:
            p = e.get("params", {})
            if e.get("method") == "Log.entryAdded":
                yield "console: " + p["entry"]["text"]
            elif e.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                yield "script: " + json.dumps(p)[:500]
            elif e.get("method") == "Network.requestWillBeSent" and p["request"]["url"] != url:
                yield "request: " + p["request"]["url"][:200]

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait()


def main():
    folder, name, url = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).resolve().as_uri()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        b = Browser(profile)
        b.attach()
        b.look_as(WIDE, "light")
        seen = {"load_ms": min(b.open(url) for _ in range(LOADS)), "overflow": {}, "contrast": {}}
        seen["pictures"] = b.evaluate(PICTURES)
        for scheme in ("light", "dark"):
            b.look_as(WIDE, scheme)
            seen["contrast"][scheme] = b.evaluate(CONTRAST)
            b.shoot(folder / (name + "-" + scheme + ".png"), WIDE)
        seen["overflow"]["wide"] = b.overflow()
        pdf = b.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
        (folder / (name + ".pdf")).write_bytes(base64.b64decode(pdf["data"]))
        b.look_as(PHONE, "light")
        seen["overflow"]["phone"] = b.overflow()
        b.shoot(folder / (name + "-phone.png"), PHONE)
        seen["problems"] = list(b.problems(url))
        b.close()
    print(json.dumps(seen, indent=1))


main()
