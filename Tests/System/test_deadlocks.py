"""Deadlocks: programs that are in one, and programs that only look like it, on each tier."""

import concurrent.futures
import os
import re
import unittest

from support import BUILD, COMMAND, guest, has_compiled_code, run

TIERS = ["interpreter", "compiled", "auto"]
DEADLOCK = 135
# Of each program, in each tier: more are run by hand, with ROUNDS.
ROUNDS = int(os.environ.get("ROUNDS", "2"))


def words(*options, tier):
    environment = dict(os.environ, WASI_THREADS_TIER=tier)
    return run(COMMAND, "run", "--cache-dir", BUILD / "tests/cache", *options, env=environment)


def programs(prefix):
    names = run(COMMAND, guest("deadlock")).stdout.split()
    return [name for name in names if name.startswith(prefix)]


def waiters(text):
    """What is printed of each thread: its first line, and its frames."""
    told = []
    for line in text.splitlines()[1:]:
        if line.startswith("    at "):
            told[-1][1].append(re.match(r"    at (\S+)", line)[1])
        else:
            told.append((line, []))
    return told


class Deadlocks(unittest.TestCase):
    def results(self, prefix):
        """Each program with what it gave, ROUNDS times on each tier."""
        tiers = TIERS if has_compiled_code() else ["interpreter"]
        work = [(tier, name) for tier in tiers for name in programs(prefix) for _ in range(ROUNDS)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            given = pool.map(lambda one: words(guest("deadlock"), one[1], tier=one[0]), work)
            yield from zip(work, given)

    def test_what_deadlocks(self):
        self.assertGreaterEqual(len(programs("dead_")), 30)
        for (tier, name), result in self.results("dead_"):
            with self.subTest(name, tier=tier):
                self.assertEqual(result.returncode, DEADLOCK, result.stderr)
                told = waiters(result.stderr)
                self.assertRegex(result.stderr, "^wasi-threads: Deadlock: ")
                self.assertTrue(told[0][0].startswith("The main thread has waited for "), told)
                self.assertIn(name, told[0][1])
                for line, frames in told[1:]:
                    self.assertRegex(line, r"^Thread \d+ has waited for \d+ ms at the address 0x[\da-f]+ with ")
                    self.assertIn("wasi_thread_start", frames)
                count = re.search(r"all (\d+) threads|(both)|(only)", result.stderr)
                number = 1 if count[3] else 2 if count[2] else int(count[1])
                self.assertEqual(number, len(told))

    def test_what_only_looks_like_it(self):
        self.assertGreaterEqual(len(programs("live_")), 30)
        for (tier, name), result in self.results("live_"):
            with self.subTest(name, tier=tier):
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_tiers_tell_the_same_frames(self):
        if not has_compiled_code():
            self.skipTest("there is no compiled code to compare")
        for name in ("dead_philosophers", "dead_wide", "dead_self_lock"):
            frames = [
                sorted(frames for _, frames in waiters(words(guest("deadlock"), name, tier=tier).stderr))
                for tier in TIERS
            ]
            self.assertEqual(frames[1:], frames[:1] * 2)

    def test_the_option(self):
        result = words("--no-deadlock-detection", "--timeout", "0.5", guest("deadlock"), "dead_self_lock", tier="auto")
        self.assertEqual(result.returncode, 124, result.stderr)

    def test_a_thread_that_reads_may_wake(self):
        """All but one wait; that one reads a pipe, which is written when the guest has said that it reads."""
        import subprocess

        arguments = [str(COMMAND), str(guest("deadlock")), "live_reader"]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as command:
            self.assertEqual(command.stdout.readline(), "reading\n")
            self.assertIsNone(command.poll())
            command.stdin.write("x")
            command.stdin.close()
            self.assertEqual(command.wait(60), 0)

    def test_no_more_than_some_threads_are_told(self):
        result = words(guest("deadlock"), "crowd", tier="interpreter")
        self.assertEqual(result.returncode, DEADLOCK)
        self.assertIn("all 101 threads", result.stderr)
        self.assertEqual(len(waiters(result.stderr)), 65)
        self.assertEqual(waiters(result.stderr)[-1][0], "37 threads more wait.")


if __name__ == "__main__":
    unittest.main()
