"""Statistics and timelines of the command, on each tier."""

import collections
import json
import pathlib
import re
import tempfile
import unittest

from support import BUILD, COMMAND, guest, has_compiled_code, run


def tiers():
    return ["interpreter", "baseline"] + ["compiled"] * has_compiled_code()


class Recording(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "trace.json"

    def command(self, *words, tier="interpreter", status=0):
        result = run(COMMAND, "run", "--cache-dir", BUILD / "tests/cache", "--tier", tier, *words)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def events(self):
        """The timeline, each event checked for what the format asks of its kind."""
        events = json.loads(self.file.read_text())
        for event in events:
            self.assertEqual(event["pid"], 1)
            kind = event["ph"]
            if kind != "M":
                self.assertGreaterEqual(event["ts"], 0)
            if kind == "X":
                self.assertGreaterEqual(event["dur"], 0)
            elif kind in "sf":
                self.assertIn("id", event)
            else:
                self.assertIn(kind, "MC")
                self.assertIn("args", event)
        return events

    def check_nesting(self, events):
        """Slices of a thread are inside of each other or apart, as viewers want them."""
        threads = collections.defaultdict(list)
        for event in events:
            if event["ph"] == "X":
                start = round(event["ts"] * 1000)
                threads[event["tid"]].append((start, start + round(event["dur"] * 1000)))
        for slices in threads.values():
            open_ends = []
            for start, end in sorted(slices, key=lambda one: (one[0], -one[1])):
                while open_ends and open_ends[-1] <= start:
                    open_ends.pop()
                self.assertTrue(not open_ends or end <= open_ends[-1], slices)
                open_ends.append(end)

    def test_the_timeline_of_a_trap(self):
        for tier in tiers():
            with self.subTest(tier):
                self.command("--trace", self.file, "--invoke", "trap", guest("coredump"), tier=tier, status=134)
                events = self.events()
                self.check_nesting(events)
                names = {event["args"]["name"] for event in events if event["ph"] == "M"}
                self.assertGreaterEqual(names, {"coredump.wasm", "main", "thread 1", "thread 2"})
                lives = {event["tid"] for event in events if event["name"] == "run"}
                self.assertEqual(lives, {1, 2, 3})
                self.assertEqual(sum(event["name"] == "wasi.thread-spawn" for event in events), 2)
                arrows = {kind: {e["id"] for e in events if e["ph"] == kind} for kind in "sf"}
                self.assertEqual(arrows, {"s": {1, 2}, "f": {1, 2}})

    def test_waits(self):
        for tier in tiers():
            self.command("--trace", self.file, "--invoke", "stop", guest("coredump"), tier=tier, status=135)
            events = self.events()
            self.check_nesting(events)
            held = [event for event in events if event["name"] == "wait at 0x40"]
            self.assertEqual(sorted(event["tid"] for event in held), [1, 2])
            self.assertEqual([event["args"] for event in held], [{"address": "0x40"}] * 2)

    def test_growth_of_memory(self):
        self.command("--trace", self.file, guest("grow"))
        sizes = [event["args"]["bytes"] for event in self.events() if event["ph"] == "C"]
        self.assertTrue(sizes and all(size % 65536 == 0 for size in sizes), sizes)

    def test_many_events_are_written_meanwhile(self):
        self.command("--trace", self.file, "--stats", guest("hello"))
        self.assertIn("wasi_snapshot_preview1.fd_write", {event["name"] for event in self.events()})

    def test_the_page(self):
        for tier in tiers():
            told = self.command("--stats", "--invoke", "stop", guest("coredump"), tier=tier, status=135).stderr
            for line in (
                r"time             \d+\.\d{6} s", "threads          1, at most 1 at a time",
                r"  running        \d+\.\d{6} s",
                r"  waiting        \d+\.\d{6} s", r"  in the host    \d+\.\d{6} s", "memory           327680 bytes",
                r"functions        14, \d+ of them compiled", r"  \d+\.\d{6} s  1 times  wasi.thread-spawn",
                r"  \d+\.\d{6} s  2 times  at 0x40",
            ):
                self.assertRegex(told, f"(?m)^{line}$")
            if tier == "compiled":
                self.assertRegex(told, "14 of them compiled")

    def test_nothing_without_it(self):
        self.assertEqual(self.command(guest("nothing")).stderr, "")

    def test_a_full_disk_is_a_sentence(self):
        told = self.command("--trace", "/dev/full", guest("nothing")).stderr
        self.assertEqual(told, "wasi-threads: The timeline cannot be written: No space left on device.\n")
        told = self.command("--trace", "/nonexistent/trace", guest("nothing"), status=1).stderr
        self.assertRegex(told, "^wasi-threads: Cannot write /nonexistent/trace: ")


if __name__ == "__main__":
    unittest.main()
