"""An adapter of libwasi-threads for the test runner of WebAssembly/wasi-testsuite.

WASI_THREADS names the command, with options where wanted; by default it is `wasi-threads` in PATH. The environment
variable is split as a shell does it.
"""

import os
import shlex
import subprocess
from typing import Dict, List, Optional, Tuple, Union

WASI_THREADS = shlex.split(os.getenv("WASI_THREADS", "wasi-threads"))

# A directory that the test gets as "/", or, of the runners before 2026, (host, guest) for each.
Directories = Union[Optional[str], List[Tuple[os.PathLike, str]]]


def get_name() -> str:
    return "wasi-threads"


def get_version() -> str:
    result = subprocess.run(WASI_THREADS[0:1] + ["--version"], encoding="UTF-8", capture_output=True, check=True)
    return result.stdout.splitlines()[0].split(" ")[1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def compute_argv(
    test_path: str,
    args_env_dirs: Tuple[List[str], Dict[str, str], Directories],
    proposals: List[str],
    *_: str,
) -> List[str]:
    args, env, directories = args_env_dirs
    argv = WASI_THREADS[0:1] + ["run"] + WASI_THREADS[1:]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if isinstance(directories, (str, os.PathLike)):
        directories = [(directories, "/")]
    for host, guest in directories or []:
        argv += ["--dir", f"{host}::{guest}"]
    return argv + ["--", test_path] + args
