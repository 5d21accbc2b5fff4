"""The programs of docs/embedding/many-processes.md: a pool of processes, and a cluster of which a worker dies."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from support import BUILD, PATIENCE, ROOT, run

PAGE = ROOT / "docs/embedding/many-processes.md"
# How many primes there are below 200,000.
PRIMES = "17984\n"


class ManyProcesses(unittest.TestCase):
    def run_program(self, name, needed):
        # For the tests of the page where the package is elsewhere.
        python = os.environ.get("MANY_PROCESSES_PYTHON", str(BUILD / "tools/bin/python"))
        for package in ["wasi_threads", *needed]:
            if not pathlib.Path(python).exists() or run(python, "-c", f"import {package}").returncode != 0:
                self.skipTest(f"the Python package {package} is not installed in build/tools")
        programs = re.findall(r"^```python\n# (.*?)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for file, text in programs:
                (pathlib.Path(folder) / file).write_text(text)
            environment = dict(
                os.environ, GUEST=str(ROOT / "examples-c/guests/primes-library.wasm"), GUEST_CACHE=f"{folder}/cache",
                DASK_LOGGING__DISTRIBUTED="critical")
            os.mkdir(environment["GUEST_CACHE"])
            result = subprocess.run(
                [python, name], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=PATIENCE * 3)
        self.assertEqual((result.returncode, result.stdout), (0, PRIMES), result.stderr)

    def test_pool(self):
        self.run_program("pool.py", [])

    def test_cluster(self):
        self.run_program("cluster.py", ["distributed"])


if __name__ == "__main__":
    unittest.main()
