"""The polyfill in Node and in browsers, beside the library, on one list of guests."""

import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import browsers
import test_preview1
from support import COMMAND, GUESTS, PATIENCE, ROOT, guest, need, run

POLYFILL = ROOT / "polyfill"
HERE = ROOT / "Tests/System/polyfill"
CASES = json.loads((HERE / "guests.json").read_text())
# How often each guest runs; by hand, 100.
RUNS = int(os.environ.get("POLYFILL_RUNS", "1"))
OLDEST_NODE = 20
# What a page loads, minified, and as servers send that.
LARGEST, LARGEST_TRANSFER = 30 << 10, 14 << 10


def node():
    """Node's command, or a skipped test."""
    program = need("node")
    version = run(program, "--version").stdout
    if int(version[1:].split(".")[0]) < OLDEST_NODE:
        raise unittest.SkipTest(f"node is {version.strip()}, older than {OLDEST_NODE}")
    return program


@contextlib.contextmanager
def bundled():
    """A folder below the project's with what a page loads, each script as one file, by the line of the README."""
    need("esbuild")
    (line,) = re.findall(r"^(esbuild .*)$", (POLYFILL / "README.md").read_text(), re.MULTILINE)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        subprocess.run(
            line.replace("FOLDER", folder).split(), cwd=POLYFILL, check=True, capture_output=True, timeout=PATIENCE)
        yield pathlib.Path(folder)


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


class Preview1(unittest.TestCase):
    """The tables of preview 1, on the host's disk and without one."""

    # Where the answer is another one: names are text in JavaScript; a file cannot replace a directory, be it
    # empty or not, which Linux looks at first.
    DIFFERENCES = {
        "host": {'path_create_directory(directory, "h\\xe9"): ilseq'},
        "memory": {'path_create_directory(directory, "h\\xe9"): ilseq', 'path_rename("to-dir/file", "dir"): isdir'},
    }

    def compare(self, where, run_one):
        found = set()
        for program in test_preview1.PROGRAMS:
            status, lines = run_one(program)
            self.assertEqual(status, 0, lines[-1:])
            expected = test_preview1.expected(program)
            self.assertEqual(len(lines), len(expected), program)
            found |= {ours for ours, theirs in zip(lines, expected) if ours != theirs}
        self.assertEqual(found, self.DIFFERENCES[where])

    def test_host(self):
        words = [node(), str(POLYFILL / "cli.mjs")]
        self.compare("host", lambda name: test_preview1.run_program(words, guest(f"preview1-{name}")))

    def test_memory(self):
        def run_one(name):
            result = subprocess.run(
                [node(), HERE / "preview1.mjs", guest(f"preview1-{name}")], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, timeout=PATIENCE)
            return result.returncode, result.stdout.decode("utf-8", "backslashreplace").splitlines()
        self.compare("memory", run_one)


class Interface(unittest.TestCase):
    maxDiff = None

    def found(self, check):
        result = run(node(), HERE / "checks.mjs", check, GUESTS)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def test_the_caller_may_wait(self):
        guest("hello")
        self.assertEqual(self.found("sync"), {
            "nested": 0, "status": 0, "before": 0, "lines": ["Hello, world!\n"],
            "trap": [True, 1, "integer divide by zero"]})

    def test_a_wake_up_that_is_late_is_no_answer(self):
        guest("hello")
        self.assertEqual(self.found("wakeup"), {"messages": [{"ready": True}, None, {"done": True}], "state": 0})

    def test_the_end_from_outside(self):
        states = ["busy", "wait", "poll", "descriptor", "read", "alone"]
        self.assertEqual(self.found("end"), dict.fromkeys(states, ["WasiThreadsError", "ended", "enough"]))

    def test_input_that_comes_later(self):
        guest("echo")
        self.assertEqual(self.found("input"), "argument 0: guest\none two\n")

    def test_output_to_a_function(self):
        guest("echo")
        self.assertEqual(self.found("output"), len("argument 0: guest\n") + (3 << 20))

    def test_files_without_a_disk(self):
        self.assertEqual(self.found("files"), {"status": 0, "out": "text", "deep": "x", "refused": 76})

    def test_threads_are_told_of(self):
        self.assertEqual(self.found("observed"), sorted(["started 0"] + [f"started {tid}" for tid in range(1, 13)]))

    def test_a_process_runs_once(self):
        self.assertEqual(
            self.found("twice"), [0, ["WasiThreadsError", "options", "A process runs once. Make another one."]])

    def test_refusals(self):
        *refused, without_threads = self.found("refusals")
        kinds = ["options", "options", "options", "options", "options", "start", "module", "module"]
        self.assertEqual([kind for _, kind, _ in refused], kinds)
        for (_, _, message), word in zip(refused, ["NUL", "A=B", "stdout", "stdin", "/", "/nowhere/at/all"]):
            self.assertIn(word, message)
        self.assertEqual(without_threads, 0)

    def test_command(self):
        def status(*words, **options):
            return run(node(), POLYFILL / "cli.mjs", *words, **options)
        self.assertEqual(status().returncode, 64)
        self.assertEqual(status("--bogus", guest("hello")).returncode, 64)
        self.assertEqual(status("--timeout", "x", guest("hello")).returncode, 64)
        self.assertEqual(status("--timeout", "1", guest("loop")).returncode, 124)
        missing = status("nowhere.wasm")
        self.assertEqual((missing.returncode, missing.stdout), (1, ""))
        self.assertIn("nowhere.wasm", missing.stderr)
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "in").write_text("contents ")
            result = status("--dir", f"{folder}::/", guest("files"), input="typed", stdin=None)
            self.assertEqual((result.returncode, result.stdout), (0, "contents typed"))
            self.assertEqual((pathlib.Path(folder) / "out").read_text(), "contents ")
            self.assertEqual(status("--dir", f"{folder}::/:ro", guest("files")).returncode, 76)
        result = status("--env", "NAME=value", guest("echo"))
        self.assertIn("environment: NAME=value", result.stdout.splitlines())

    def test_the_command_dies_of_signals(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            with self.subTest(number.name), subprocess.Popen(
                    [node(), POLYFILL / "cli.mjs", guest("ending"), "busy", "never", "2"], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, text=True) as process:
                self.assertEqual(process.stdout.readline(), "ready\n")
                process.send_signal(number)
                self.assertEqual(process.wait(PATIENCE), -number)

    def test_types_name_what_there_is(self):
        def names(text):
            return set(re.findall(r"^export (?:declare |async )*(?:class|function|const) (\w+)", text, re.MULTILINE))
        module = names((POLYFILL / "wasi-threads.mjs").read_text())
        self.assertIn("run", module)
        self.assertEqual(names((POLYFILL / "wasi-threads.d.ts").read_text()), module)

    def test_size(self):
        with bundled() as folder:
            minified = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.assertEqual(len(minified), 3)
        self.assertLess(sum(map(len, minified.values())), LARGEST, {name: len(minified[name]) for name in minified})
        self.assertLess(sum(len(gzip.compress(text)) for text in minified.values()), LARGEST_TRANSFER)


class Pages(unittest.TestCase):
    """What a page is told, and what it may do meanwhile."""

    CHROMIUM, FIREFOX = "chromium", "firefox"
    POLICY = "Content-Security-Policy"

    def test_without_isolation(self):
        for browser in [self.CHROMIUM, self.FIREFOX]:
            with self.subTest(browser):
                found = browsers.run_page(browser, "test=outcomes&guests=hello,exit,trap,memory-own", headers={})
                self.assertFalse(found["isolated"])
                results = found["results"]
                self.assertEqual(results["hello"], {"status": 0, "stdout": "Hello, world!\n"})
                self.assertEqual(results["exit"]["status"], 42)
                self.assertEqual(results["trap"]["kind"], "trap")
                self.assertEqual(results["memory-own"]["kind"], "isolation")
                self.assertIn("Cross-Origin-Opener-Policy", results["memory-own"]["message"])

    def test_workers_that_cannot_be_loaded(self):
        hello = "test=outcomes&guests=hello"
        for query, settings, word in [
            (hello, {"missing": ["/polyfill/manager.mjs"]}, "manager.mjs"),
            (f"{hello}&threadURL=/nowhere.mjs", {}, "/nowhere.mjs: status 404"),
            (hello, {"headers": dict(browsers.ISOLATION, **{self.POLICY: "worker-src 'none'"})}, "worker-src"),
        ]:
            with self.subTest(word):
                result = browsers.run_page(self.CHROMIUM, query, **settings)["results"]["hello"]
                self.assertEqual(result["kind"], "worker")
                self.assertIn(word, result["message"])

    def test_a_policy_against_scripts_from_memory(self):
        policy = {self.POLICY: "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"}
        found = browsers.run_page(
            self.CHROMIUM, "test=outcomes&guests=nested", headers=dict(browsers.ISOLATION, **policy))
        # Three threads are allowed there, and the guest wants more.
        self.assertEqual(found["results"]["nested"]["status"], 1)

    def test_bundles_are_the_same(self):
        query = "test=outcomes&guests=hello,exit,mutex,nested,trap-in-thread,unknown-import"
        with bundled() as folder:
            module = f"/{folder.relative_to(ROOT)}/wasi-threads.mjs"
            found = browsers.run_page(self.CHROMIUM, f"{query}&polyfill={module}")
        self.assertEqual(found, browsers.run_page(self.CHROMIUM, query))
        self.assertEqual(found["results"]["mutex"]["status"], 0)

    def test_spawns_do_not_wait_for_the_page(self):
        found = browsers.run_page(self.CHROMIUM, "test=busy&guest=nested")
        self.assertEqual(found, {"ended": 1, "text": '{"status":0}'})

    def test_spawns_do_not_wait_for_the_page_where_workers_are_prepared(self):
        found = browsers.run_page(self.FIREFOX, "test=busy&guest=nested&prepare=12")
        self.assertEqual(found, {"ended": 1, "text": '{"status":0}'})

    def test_the_end_does_not_wait_for_workers_to_go(self):
        found = browsers.run_page(
            self.CHROMIUM, "test=busy&guest=nested&managerURL=/Tests/System/polyfill/stuck-manager.mjs")
        self.assertEqual(found, {"ended": 1, "text": '{"status":0}'})

    def test_workers_leave_nothing(self):
        """Many processes, one after the other, that end while their threads wait."""
        runs, most = 60, 40

        def wait_for_the_last(session):
            end = time.monotonic() + PATIENCE
            while browsers.most_threads(session) > most and time.monotonic() < end:
                time.sleep(0.1)
            self.assertLessEqual(browsers.most_threads(session), most)

        query = f"test=guests&runs={runs}&only=trap-in-thread"
        ((found,),) = browsers.run_page(self.CHROMIUM, query, then=wait_for_the_last)
        self.assertEqual(found["status"], 134)

    def test_a_page_may_not_wait(self):
        self.assertEqual(browsers.run_page(self.CHROMIUM, "test=sync")["kind"], "options")


if __name__ == "__main__":
    unittest.main()
