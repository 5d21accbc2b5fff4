"""The proposal's interface as WIT beside what the code does, and the adapter for the official test runner."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

import wasm_tools
from support import COMMAND, GUESTS, PATIENCE, ROOT, guest, run

WIT = ROOT / "wit/wasi-threads.wit"
SOURCES = ROOT / "Sources"
ADAPTER = ROOT / "integrations/wasi-testsuite/wasi-threads.py"
# How WIT's types look in a core module, and in Swift's table of them.
CORE = {"u32": "i32"}


class Interface(unittest.TestCase):
    def setUp(self):
        text = run(wasm_tools.program(), "component", "wit", "--json", WIT, check=True).stdout
        self.wit = json.loads(text)
        self.types = self.wit["types"]
        (self.threads,) = [one for one in self.wit["interfaces"] if one["name"] == "threads"]

    def name_of(self, type_):
        """The primitive type behind a name."""
        while isinstance(type_, int):
            kind = self.types[type_]["kind"]
            type_ = kind["type"] if isinstance(kind, dict) and "type" in kind else kind
        return type_

    def core(self, parameters):
        return [CORE[self.name_of(parameter["type"])] for parameter in parameters]

    def spawn(self):
        (function,) = self.threads["functions"].values()
        return function

    def start(self):
        (world,) = self.wit["worlds"]
        (function,) = [one["function"] for one in world["exports"].values()]
        return function

    def test_the_function_that_spawns(self):
        source = (SOURCES / "WASI/Threads/ThreadSpawn.swift").read_text()
        self.assertEqual(re.search(r'static let name = \w*\(?"(.+)"', source)[1], self.spawn()["name"])
        module, name = re.search(r"import\n?\s*/*\s*`(\w+)` `([\w-]+)` of the type", WIT.read_text()).groups()
        self.assertEqual(re.search(r'static let moduleName = \w*\(?"(.+)"', source)[1], module)
        self.assertEqual(self.spawn()["name"], name)
        parameters, results = re.search(r"FunctionType\(parameters: \[(.*)\], results: \[(.*)\]\)", source).groups()
        self.assertEqual(re.findall(r"\.(\w+)", parameters), self.core(self.spawn()["params"]))
        # A result with a number and an enumeration is one word of both signs.
        result = self.types[self.spawn()["result"]]["kind"]["result"]
        self.assertEqual(self.name_of(result["ok"]), "u32")
        self.assertEqual(re.findall(r"\.(\w+)", results), ["i32"])

    def test_the_errors(self):
        result = self.types[self.spawn()["result"]]["kind"]["result"]
        names = [case["name"] for case in self.types[result["err"]]["kind"]["enum"]["cases"]]
        self.assertEqual(names, ["eagain"])
        cases = re.findall(
            r"^    case (.*)$", (SOURCES / "WASI/Preview1/Errno.swift").read_text().split("extension")[0], re.MULTILINE)
        order = [name.split()[0] for line in cases for name in line.split("//")[0].split(",")]
        numbers = {name: number for number, name in enumerate(order)}
        refusals = (SOURCES / "WasmRuntime/Threads/ThreadRefusal.swift").read_text()
        codes = {name: int(code) for name, code in re.findall(r"let (\w+): Int32 = (\d+)", refusals)}
        told = re.findall(r"`(\w+)`, ", WIT.read_text().split("enum errno")[0].split("as WASI's errnos")[1])
        self.assertEqual(told, ["again", "noexec", "nomem"])
        self.assertEqual(
            [codes["again"], codes["notExecutable"], codes["noMemory"]], [numbers[name] for name in told])

    def test_the_errors_as_a_guest_sees_them(self):
        with tempfile.TemporaryDirectory() as folder:
            def result(start, limit=5):
                module = pathlib.Path(folder) / "guest.wasm"
                text = f"""(module
                    (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
                    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                    (memory (export "memory") 1 1 shared) {start}
                    (func (export "_start") (call $exit (i32.sub (i32.const 0) (call $spawn (i32.const 0))))))"""
                run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
                return run(COMMAND, "run", "--max-threads", str(limit), module).returncode
            fitting = '(func (export "wasi_thread_start") (param i32 i32))'
            self.assertEqual(result(fitting, limit=0), 6)
            self.assertEqual(result(""), 45)

    def test_the_numbers_of_threads(self):
        highest = int(re.search(r"from 1 to (\d+)", WIT.read_text())[1])
        ids = (SOURCES / "WasmRuntime/Threads/ThreadIDs.swift").read_text()
        shift = int(re.search(r"upperBound: UInt32 = 1 << (\d+)", ids)[1])
        self.assertEqual(highest, (1 << shift) - 1)
        self.assertIn(f"2 ** {shift}", (ROOT / "polyfill/manager.mjs").read_text())
        # The guest looks at those that it gets.
        self.assertEqual(run(COMMAND, guest("nested")).returncode, 0)

    def test_what_a_thread_runs(self):
        source = (SOURCES / "WasmRuntime/Threads/InstanceThread.swift").read_text()
        parameters, results = re.search(r"FunctionType\(parameters: \[(.*)\], results: \[(.*)\]\)", source).groups()
        self.assertEqual(re.findall(r"\.(\w+)", parameters), self.core(self.start()["params"]))
        self.assertEqual(results, "")
        self.assertIsNone(self.start().get("result"))
        (name,) = re.findall(r"export `(\w+)` of the type", WIT.read_text())
        self.assertIn(f'export("{name}")', source)

    def test_guests_use_it_like_that(self):
        used = 0
        for module in sorted(GUESTS.glob("*.wasm")):
            text = run(wasm_tools.program(), "print", module).stdout
            for match in re.finditer(r'\(import "wasi" "thread-spawn" \(func .*?\(type \d+\) (.*)\)\)', text):
                used += 1
                self.assertEqual(match[1], "(param i32) (result i32)", module.name)
        self.assertGreater(used, 10)


class RoadAhead(unittest.TestCase):
    """What docs/road-ahead.md says of the ABI and of the library's answers."""

    MODULES = {
        "a component's header": "(component)",
        "a shared global": "(module (global (shared mut i32) (i32.const 0)) (func (export \"_start\")))",
        "a shared function type": "(module (type $f (shared (func))) (func (export \"_start\") (type $f)))",
        "a table of shared references":
            "(module (table shared 1 (ref null (shared func))) (func (export \"_start\")))",
        "an atomic access to a global":
            "(module (global $g (mut i32) (i32.const 0))"
            " (func (export \"_start\") (drop (global.atomic.get seqcst $g))))",
        "a type of continuations": "(module (type $f (func)) (type $c (cont $f)) (func (export \"_start\")))",
    }

    def setUp(self):
        self.page = (ROOT / "docs/road-ahead.md").read_text()

    def test_answers(self):
        table = self.page.split("## What the library answers today")[1]
        told = dict(re.findall(r"^\| (an? .*?) \| (The .*?) \|$", table, re.MULTILINE))
        self.assertEqual(told.keys(), self.MODULES.keys())
        with tempfile.TemporaryDirectory() as folder:
            module = pathlib.Path(folder) / "guest.wasm"
            for kind, text in self.MODULES.items():
                with self.subTest(kind):
                    run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
                    result = run(COMMAND, module)
                    self.assertEqual(result.returncode, 1)
                    self.assertEqual(result.stderr, f"wasi-threads: {module}: {told[kind]}\n")

    def test_no_declaration_names_an_instance(self):
        header = (ROOT / "include/wasi_threads.h").read_text()
        declarations = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
        self.assertIn("wasi_threads_process_spawn", declarations)
        self.assertNotIn("instance", declarations.lower())

    def test_functions_that_it_names_are_there(self):
        header = (ROOT / "include/wasi_threads.h").read_text()
        for name in re.findall(r"`(wasi_threads_\w+)\*?`", self.page):
            self.assertIn(name, header)


class Adapter(unittest.TestCase):
    """As the official runner uses it: loads it as a module, and runs the words that it gives."""

    def setUp(self):
        os.environ["WASI_THREADS"] = str(COMMAND)
        self.addCleanup(os.environ.pop, "WASI_THREADS")
        spec = importlib.util.spec_from_file_location("adapter", ADAPTER)
        self.adapter = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.adapter)

    def test_a_module_says_nothing_when_it_is_run(self):
        """The runner takes one that prints for one of the old form."""
        result = run(sys.executable, ADAPTER, "--version")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_name_and_version(self):
        first = run(COMMAND, "--version").stdout.splitlines()[0]
        self.assertEqual(first, f"{self.adapter.get_name()} {self.adapter.get_version()}")
        self.assertEqual(self.adapter.get_wasi_versions(), ["wasm32-wasip1"])
        self.assertEqual(self.adapter.get_wasi_worlds(), ["wasi:cli/command"])

    def run_test(self, name, args=(), env=None, directories=None, more=("wasi:cli/command", "wasm32-wasip1")):
        argv = self.adapter.compute_argv(str(guest(name)), (list(args), env or {}, directories), [], *more)
        self.assertTrue(all(isinstance(word, str) for word in argv))
        # The runner gives a pipe that it does not write to.
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            stdout, _ = process.communicate(timeout=PATIENCE)
            return process.returncode, stdout

    def test_status(self):
        self.assertEqual(self.run_test("exit"), (42, ""))

    def test_arguments_and_environment(self):
        status, stdout = self.run_test("echo", ["one", "--two"], {"NAME": "a value"})
        self.assertEqual(status, 0)
        self.assertEqual(
            stdout.splitlines()[1:], ["argument 1: one", "argument 2: --two", "environment: NAME=a value"])

    def test_directories(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "in").write_text("contents ")
            for directories in [folder, [(pathlib.Path(folder), "fs-tests.dir")]]:
                self.assertEqual(self.run_test("files", directories=directories), (0, "contents "))

    def test_tests_that_the_runner_cannot_run(self):
        expectations = tomllib.loads((ADAPTER.parent / "expectations.toml").read_text())
        self.assertEqual(expectations["version"], 1)
        (suite,) = expectations["suite"]
        page = (ADAPTER.parent / "README.md").read_text()
        for test in suite["test"]:
            self.assertEqual(test["action"], "skip")
            self.assertIn(f"`{test['name']}`", page)

    def test_runners_of_several_ages(self):
        for more in [(), ("wasm32-wasip1",), ("wasi:cli/command", "wasm32-wasip1")]:
            self.assertEqual(self.run_test("hello", more=more), (0, "Hello, world!\n"))


if __name__ == "__main__":
    unittest.main()
