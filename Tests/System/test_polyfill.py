"""The polyfill in Node and in browsers, beside the library, on one list of guests."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import browsers
from support import COMMAND, GUESTS, PATIENCE, ROOT, guest, need, run

POLYFILL = ROOT / "polyfill"
HERE = ROOT / "Tests/System/polyfill"
CASES = json.loads((HERE / "guests.json").read_text())
# How often each guest runs; by hand, 100.
RUNS = int(os.environ.get("POLYFILL_RUNS", "1"))
OLDEST_NODE = 20
LARGEST = 30 * 1024


def node():
    """Node's command, or a skipped test."""
    program = need("node")
    version = run(program, "--version").stdout
    if int(version[1:].split(".")[0]) < OLDEST_NODE:
        raise unittest.SkipTest(f"node is {version.strip()}, older than {OLDEST_NODE}")
    return program


def title(case):
    words = [case["guest"], *case.get("arguments", [])]
    return " ".join(words + [f"maxThreads={case['maxThreads']}"] if "maxThreads" in case else words)


class Expectations(unittest.TestCase):
    """What each guest of the list has to do, wherever it runs."""

    maxDiff = None

    def check(self, case, status, stdout, message, frames=None):
        if "stdout" in case:
            self.assertEqual(stdout, case["stdout"])
        if "last" in case:
            self.assertEqual(stdout.splitlines()[-1], case["last"])
        self.assertEqual(status, case.get("status", 0), message)
        for key in ["trap", "error"]:
            if key in case:
                self.assertIn(case[key], message)
        if frames is not None and "frames" in case:
            self.assertEqual(frames, case["frames"])

    def check_results(self, results):
        self.assertNotIn("failed", results)
        self.assertEqual(len(results), len(CASES))
        for case, found in zip(CASES, results):
            with self.subTest(title(case)):
                for one in found:
                    # A page has no status for what cannot be run.
                    status = 1 if one["status"] == "error" else one["status"]
                    self.check(case, status, one["stdout"], one.get("message", ""), one.get("frames"))


class Guests(Expectations):
    def run_command(self, words, case):
        """A case by a command that has the options of `wasi-threads run`."""
        limit = ["--max-threads", str(case["maxThreads"])] if "maxThreads" in case else []
        with tempfile.TemporaryDirectory() as folder:
            # The first argument of a guest is its path.
            module = pathlib.Path(folder) / case["guest"]
            shutil.copy(guest(case["guest"]), module)
            reader, writer = os.pipe()
            try:
                if "input" in case:
                    os.write(writer, case["input"].encode())
                    os.close(writer)
                result = subprocess.run(
                    [*words, *limit, case["guest"], *case.get("arguments", [])], stdin=reader, capture_output=True,
                    text=True, timeout=PATIENCE, cwd=folder)
            finally:
                os.close(reader)
                if "input" not in case:
                    os.close(writer)
        frames = [line.split()[1] for line in result.stderr.splitlines() if line.startswith("    at ")]
        self.check(case, result.returncode, result.stdout, result.stderr, frames)

    def test_library(self):
        for case in CASES:
            with self.subTest(title(case)):
                self.run_command([COMMAND, "run"], case)

    def test_command_in_node(self):
        program = node()
        # Each takes a start of Node; what else there is in the list runs in one, in the next test.
        for name in ["hello", "exit", "mutex", "echo", "limit", "trap-in-thread", "unknown-import"]:
            for case in CASES:
                if case["guest"] == name:
                    with self.subTest(title(case)):
                        self.run_command([program, POLYFILL / "cli.mjs"], case)

    def test_node(self):
        self.assertTrue(guest("mutex").exists())
        result = subprocess.run(
            [node(), HERE / "node.mjs", GUESTS, str(RUNS)], input=json.dumps(CASES), capture_output=True, text=True,
            timeout=PATIENCE * 5 * RUNS)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.check_results(json.loads(result.stdout))

    def run_in(self, browser):
        self.assertTrue(guest("mutex").exists())
        self.check_results(browsers.run_page(browser, f"test=guests&runs={RUNS}", PATIENCE * 5 * RUNS))

    def test_chromium(self):
        self.run_in("chromium")

    def test_firefox(self):
        self.run_in("firefox")
