#!/usr/bin/env python3
"""Runs all tests and closes with a line that counts them: N passed, N failed, N skipped."""

import os
import pathlib
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
REPORT = ROOT / "build/swift-tests.xml"


def heading(text):
    print(f"\n== {text}", flush=True)


def run_swift_tests():
    """Counts of the package's own tests. A test that was not reached counts as failed."""
    heading("Tests of the package")
    # SwiftPM writes one report for XCTest and one, with this suffix, for Swift Testing.
    reports = [REPORT, REPORT.with_name("swift-tests-swift-testing.xml")]
    for report in reports:
        report.unlink(missing_ok=True)
    # Testable imports would compile everything a second time; `package` access needs none.
    status = subprocess.run(
        ["swift", "test", "-c", "release", "--disable-testable-imports", "--xunit-output", REPORT],
        cwd=ROOT).returncode
    passed = failed = skipped = 0
    for report in filter(pathlib.Path.exists, reports):
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    if status != 0 and failed == 0:
        print("swift test failed without a report of which test", file=sys.stderr)
        failed = 1
    return passed, failed, skipped


def run_system_tests():
    """Counts of the tests of what was built."""
    heading("Tests of the library, the command and the examples")
    sys.path.insert(0, str(ROOT / "Tests/System"))
    suite = unittest.defaultTestLoader.discover(str(ROOT / "Tests/System"))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    # A test with several subtests may fail more than once, and is one test all the same.
    failed = {re.sub(r" [\[(].*", "", test.id()) for test, _ in result.failures + result.errors}
    skipped = {test.id() for test, _ in result.skipped}
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}", flush=True)
    return result.testsRun - len(failed) - len(skipped), len(failed), len(skipped)


def main():
    os.environ["PATH"] = f"{ROOT}/build/tools/bin:{os.environ['PATH']}"
    subprocess.run([ROOT / "scripts/guests"], check=True)
    counts = [run_swift_tests(), run_system_tests()]
    passed, failed, skipped = (sum(column) for column in zip(*counts))
    heading("All tests")
    if not pathlib.Path(os.environ.get("SPEC_TESTSUITE", ROOT / "../shared/spec-testsuite")).exists():
        print("The specification's suite was left out: it is not there. Set SPEC_TESTSUITE to its folder.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
