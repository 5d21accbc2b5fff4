#!/usr/bin/env python3
"""Runs all tests and closes with a line that counts them: N passed, N failed, N skipped."""

import faulthandler
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
TOOLS = ROOT / "build/tools/bin"
REPORT = ROOT / "build/swift-tests.xml"


# No test waits for ever: what takes longer has hung, and is ended with all that it started.
BUILD_AND_TEST_SECONDS = 45 * 60
TEST_SECONDS = 20 * 60


def run(arguments, seconds, **options):
    """The exit status of a command, and what it printed where that is captured."""
    with subprocess.Popen(arguments, cwd=ROOT, start_new_session=True, **options) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as reason:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            if isinstance(reason, KeyboardInterrupt):
                raise
            print(f"ended after {seconds} s: {' '.join(map(str, arguments))}", file=sys.stderr)
    return process.returncode, output, errors


def heading(text):
    print(f"\n== {text}", flush=True)


def counts(report):
    """How many cases of a report passed, failed and were skipped."""
    passed = failed = skipped = 0
    for case in xml.etree.ElementTree.parse(report).iter("testcase") if report.exists() else ():
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def run_swift_tests():
    """Counts of the package's own tests. A test that was not reached counts as failed."""
    heading("Tests of the package")
    # SwiftPM writes one report for XCTest and one, with this suffix, for Swift Testing.
    reports = [REPORT, REPORT.with_name("swift-tests-swift-testing.xml")]
    for report in reports:
        report.unlink(missing_ok=True)
    # Testable imports would compile everything a second time; `package` access needs none.
    status, _, _ = run(
        ["swift", "test", "-c", "release", "--disable-testable-imports", "--xunit-output", REPORT],
        BUILD_AND_TEST_SECONDS)
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *map(counts, reports)))
    if status != 0 and failed == 0:
        print("swift test failed without a report of which test", file=sys.stderr)
        failed = 1
    return passed, failed, skipped


def run_on_other_tiers():
    """The specification's suite, and what runs programs, where functions are compiled: all of them when they
    are loaded, and each while the program runs. CPython and the like take minutes to compile as a whole."""
    sys.path.insert(0, str(ROOT / "Tests/System"))
    import support
    tiers = {
        "baseline": ["embedding", "command_line", "library"],
        "eager-baseline": ["command_line", "programs"],
        "compiled": ["embedding", "command_line", "library"],
        "eager": ["embedding", "command_line", "library", "programs"],
    }
    without_llvm = 0
    if not support.has_compiled_code():
        print("skipped: the tests on code of LLVM's: it is not installed", flush=True)
        tiers = {tier: modules for tier, modules in tiers.items() if tier.endswith("baseline")}
        without_llvm = 1
    counts = [(0, 0, without_llvm)]
    for tier, modules in tiers.items():
        suite = dict(os.environ, WASI_THREADS_TEST_TIER="auto" if tier == "eager" else tier)
        counts.append(run_again(f"The specification's suite: {tier}", suite, "swift", "test", "-c", "release",
                                "--disable-testable-imports", "--skip-build", "--filter", "SpecificationTests"))
        environment = dict(os.environ, WASI_THREADS_TIER=tier)
        counts.append(run_again(f"Tests of the ABI: {tier}", environment, "swift", "test", "-c", "release",
                                "--disable-testable-imports", "--skip-build", "--filter", "WasiThreadsTests"))
        for module in modules:
            counts.append(run_again(
                f"Tests of the library: {tier}: {module}", environment, sys.executable, "-m", "unittest", "discover",
                "-s", "Tests/System", "-p", f"test_{module}.py"))
    return tuple(sum(column) for column in zip(*counts))


def run_again(what, environment, *arguments):
    """Counts a whole run as one test."""
    heading(what)
    status, output, errors = run(
        arguments, TEST_SECONDS, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if status == 0:
        print("passed")
        return 1, 0, 0
    print(output[-20000:], errors[-20000:])
    return 0, 1, 0


def run_system_tests():
    """Counts of the tests of what was built."""
    heading("Tests of the library, the command and the examples")
    sys.path.insert(0, str(ROOT / "Tests/System"))
    suite = unittest.defaultTestLoader.discover(str(ROOT / "Tests/System"))
    faulthandler.dump_traceback_later(BUILD_AND_TEST_SECONDS, exit=True)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    faulthandler.cancel_dump_traceback_later()
    # A test with several subtests may fail more than once, and is one test all the same.
    failed = {re.sub(r" [\[(].*", "", test.id()) for test, _ in result.failures + result.errors}
    skipped = {test.id() for test, _ in result.skipped}
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}", flush=True)
    return result.testsRun - len(failed) - len(skipped), len(failed), len(skipped)


def install_python_package():
    """Installs the package as its users do, from a wheel, for the tests of the documents and its own."""
    package = ROOT / "bindings/python"
    words = ["install", "--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps"]
    return subprocess.run([TOOLS / "pip", *words, "--force-reinstall", package], cwd=ROOT).returncode == 0


def run_python_tests():
    """Counts of the tests of the Python package. Their reasons to be skipped are printed."""
    heading("Tests of the Python package")
    if not (TOOLS / "pytest").exists():
        print("skipped: bindings/python/tests: pytest is not installed in build/tools", flush=True)
        return 0, 0, 1
    report = ROOT / "build/python-tests.xml"
    report.unlink(missing_ok=True)
    words = [TOOLS / "python", "-m", "pytest", "-rs", f"--junitxml={report}", ROOT / "bindings/python/tests"]
    status, _, _ = run(words, TEST_SECONDS)
    passed, failed, skipped = counts(report)
    return passed, max(failed, 1) if status != 0 else failed, skipped


def main():
    os.environ["PATH"] = f"{TOOLS}:{os.environ['PATH']}"
    subprocess.run([ROOT / "scripts/guests"], check=True)
    if (TOOLS / "pytest").exists() and not install_python_package():
        print("test.py: the Python package was not installed, so its tests fail", file=sys.stderr)
    # Before all that is started: it sees to it that tests of signals get theirs.
    sys.path.insert(0, str(ROOT / "Tests/System"))
    import support  # noqa: F401
    results = [run_swift_tests(), run_system_tests(), run_on_other_tiers(), run_python_tests()]
    passed, failed, skipped = (sum(column) for column in zip(*results))
    heading("All tests")
    if not pathlib.Path(os.environ.get("SPEC_TESTSUITE", ROOT / "../shared/spec-testsuite")).exists():
        print("The specification's suite was left out: it is not there. Set SPEC_TESTSUITE to its folder.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
