"""Has a page run in a browser without a window, and gives what the page posts.

The pages come from a server of the test's own, with the headers that isolate a page, or without.
"""

import contextlib
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from support import PATIENCE, ROOT

TYPES = {".mjs": "text/javascript", ".html": "text/html", ".wasm": "application/wasm", ".json": "application/json"}
ISOLATION = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
FIREFOX_PREFERENCES = {
    # Dialogs and requests of a first start, which nobody answers here.
    "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False, "app.update.enabled": False,
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        file = (ROOT / path.lstrip("/")).resolve()
        if path in self.server.missing or not file.is_relative_to(ROOT) or not file.is_file():
            self.send_error(404)
            return
        body = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(file.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.posted.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def server(headers=None, missing=()):
    """Serves the project's files on a port of its own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        served.headers = ISOLATION if headers is None else headers
        served.missing = set(missing)
        served.posted = queue.Queue()
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            served.shutdown()
            thread.join()


def command(name, profile, url):
    if name == "chromium":
        return ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", f"--user-data-dir={profile}", url]
    with open(f"{profile}/user.js", "w") as file:
        for key, value in FIREFOX_PREFERENCES.items():
            file.write(f"user_pref({json.dumps(key)}, {json.dumps(value)});\n")
    return ["firefox-esr", "--headless", "--no-remote", "--profile", profile, url]


def most_threads(session):
    """How many threads the process has that has most, of those in a session."""
    most = 0
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getsid(int(status.parent.name)) == session:
                most = max(most, int(re.search(r"^Threads:\s+(\d+)", status.read_text(), re.MULTILINE)[1]))
        except (OSError, TypeError):
            # It has ended meanwhile.
            continue
    return most


def run_page(name, query, patience=PATIENCE * 3, then=None, page="Tests/System/polyfill/page.html", **settings):
    """Opens a page with a query, and gives what it posts. `then` gets the browser's session while the page is still
    open."""
    program = {"chromium": "chromium", "firefox": "firefox-esr"}[name]
    if shutil.which(program) is None:
        raise unittest.SkipTest(f"{program} is not installed")
    with server(**settings) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        url = f"http://127.0.0.1:{served.server_address[1]}/{page}?{query}"
        process = subprocess.Popen(
            command(name, profile, url), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=dict(os.environ, HOME=profile), start_new_session=True)
        try:
            posted = served.posted.get(timeout=patience)
            if then:
                then(process.pid)
            return posted
        except queue.Empty:
            raise AssertionError(f"{name} posted nothing in {patience} s") from None
        finally:
            # The browser's own children, which are in its session.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
