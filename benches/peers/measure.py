#!/usr/bin/env python3
"""One row of the README's size table: what a page's snapshot takes in openclaw's lean style and in its peers.

    python3 benches/peers/measure.py FOLDER [PAGE ...]

FOLDER is the one that `pages.py` serves. OPENCLAW names the program (target/release/openclaw), CHROMIUM the browser. Each tool
has a browser of its own for each page; the page is loaded before the clock starts. Prints bytes / controls on lines of their
own / bytes for each / milliseconds of the first snapshot, and of the fastest of four more.
"""

import http.client
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import time

from pages import PAGES

OPENCLAW = os.environ.get("OPENCLAW", "target/release/openclaw")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/lib/chromium/chromium")
# What applications do after they are loaded; the same for all.
SETTLE = 4
TOKEN = secrets.token_hex(16)
# What a tool yields before its first snapshot.
READY = "ready"
OPERABLE = """button link textbox searchbox checkbox radio combobox listbox option switch slider spinbutton tab menuitem
menuitemcheckbox menuitemradio treeitem gridcell DisclosureTriangle Date DateTime InputTime ColorWell""".split()


def openclaw(folder, url):
    with tempfile.TemporaryDirectory() as home:
        config = pathlib.Path(home, "openclaw.json")
        config.write_text(json.dumps({
            "gateway": {"port": 28_700, "auth": {"mode": "token", "token": TOKEN}},
            "browser": {"headless": True, "noSandbox": os.getuid() == 0, "executablePath": CHROMIUM,
                        "extraArgs": ["--window-size=1280,720"],
                        "ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}},
        }))
        gateway = subprocess.Popen([OPENCLAW, "gateway"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "OPENCLAW_CONFIG_PATH": str(config), "OPENCLAW_STATE_DIR": home})

        # One connection for all, as the peers have one pipe.
        connection = http.client.HTTPConnection("127.0.0.1", 28_702, timeout=60)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

        def ask(verb, path, body=None):
            connection.request(verb, path, body and json.dumps(body), headers)
            return json.load(connection.getresponse())

        try:
            for _ in range(100):
                try:
                    ask("GET", "/")
                    break
                except OSError:
                    connection.close()
                    time.sleep(0.1)
            tab = ask("POST", "/tabs/open", {"url": url})["targetId"]
            time.sleep(SETTLE)
            yield READY
            yield from (ask("GET", f"/snapshot?format=lean&maxChars=10000000&targetId={tab}")["snapshot"] for _ in range(5))
        finally:
            gateway.terminate()
            gateway.wait()


class Mcp:
    def __init__(self, *argv):
        # They write their own files where they are started.
        self.process = subprocess.Popen(argv, cwd=tempfile.gettempdir(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.id = 0
        client = {"name": "measure", "version": "1"}
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.id += 1
        self.send({"id": self.id, "method": method, "params": params})
        while True:
            answer = json.loads(self.process.stdout.readline())
            if answer.get("id") == self.id:
                return answer["result"]

    def tool(self, name, **arguments):
        result = self.ask("tools/call", {"name": name, "arguments": arguments})
        return "\n".join(part.get("text", "") for part in result["content"])

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


def chrome_devtools(folder, url):
    flags = ["--chromeArg=--no-sandbox"] if os.getuid() == 0 else []
    mcp = Mcp(folder / "node_modules/.bin/chrome-devtools-mcp", "--headless", "--isolated", "--viewport=1280x720",
              "--no-usage-statistics", f"--executablePath={CHROMIUM}", *flags)
    try:
        mcp.tool("new_page", url=url)
        time.sleep(SETTLE)
        page = [line for line in mcp.tool("list_pages").splitlines() if "[selected]" in line][0].split(":")[0].strip()
        yield READY
        yield from (mcp.tool("take_snapshot", pageId=int(page)) for _ in range(5))
    finally:
        mcp.end()


def playwright(folder, url):
    flags = ["--no-sandbox"] if os.getuid() == 0 else []
    mcp = Mcp(folder / "node_modules/.bin/playwright-mcp", "--headless", "--isolated", "--viewport-size=1280x720",
              f"--executable-path={CHROMIUM}", *flags)
    try:
        mcp.tool("browser_navigate", url=url)
        time.sleep(SETTLE)
        yield READY
        yield from (mcp.tool("browser_snapshot") for _ in range(5))
    finally:
        mcp.tool("browser_close")
        mcp.end()


def agent_browser(folder, url):
    program = [folder / "node_modules/.bin/agent-browser", "--session", f"measure-{os.getpid()}"]
    environment = {**os.environ, "AGENT_BROWSER_EXECUTABLE_PATH": CHROMIUM}
    if os.getuid() == 0:
        environment["AGENT_BROWSER_ARGS"] = "--no-sandbox"

    def run(*words):
        asked = subprocess.run([*program, *words], env=environment, capture_output=True, text=True, timeout=120)
        return asked.stdout

    try:
        run("open", url)
        run("set", "viewport", "1280", "720")
        time.sleep(SETTLE)
        yield READY
        yield from (run("snapshot", "-i") for _ in range(5))
    finally:
        run("close")


def is_control(tool, line):
    if tool is openclaw:
        return re.match(r"\s*e\d+ ", line + " ")
    if tool is chrome_devtools:
        found = re.match(r"\s*uid=\S+ (\w+)", line)
    else:
        found = re.match(r"\s*- '?(\w+).*ref=", line)
    return found and (found[1] in OPERABLE or "clickable" in line or "cursor=pointer" in line)


def measure(tool, folder, url):
    times, first = [], None
    snapshots = tool(folder, url)
    next(snapshots)
    while True:
        start = time.monotonic()
        text = next(snapshots, None)
        if text is None:
            break
        times.append(round(1000 * (time.monotonic() - start)))
        first = first or text
    return first, times


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    for page in sys.argv[2:] or PAGES:
        for tool in [openclaw, agent_browser, chrome_devtools, playwright]:
            text, times = measure(tool, folder, PAGES[page])
            (folder / f"{page}-{tool.__name__}.txt").write_text(text)
            controls = sum(1 for line in text.splitlines() if is_control(tool, line))
            size = len(text.encode())
            print(f"{page:14} {tool.__name__:16} {size:8,} / {controls:5,} / {size / max(controls, 1):4.0f} / {times[0]}, {min(times[1:])}", flush=True)


if __name__ == "__main__":
    main()
