"""Puts libwasi-threads.so into the wheel, which makes the wheel one for this platform.

The library is $WASI_THREADS_LIBRARY, or that of the checkout that this folder stands in, which is built by
`make build` where that has not been done.
"""

import os
import pathlib
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "libwasi-threads.so.0"


def library() -> pathlib.Path:
    """The library to carry; ends the build with a sentence where there is none."""
    chosen = os.environ.get("WASI_THREADS_LIBRARY")
    if chosen:
        path = pathlib.Path(chosen)
        if not path.is_file():
            raise SystemExit(f"wasi-threads: WASI_THREADS_LIBRARY is {chosen}, which is no file.")
        return path
    if not (ROOT / "pkgconfig/wasi-threads.map").is_file():
        raise SystemExit(
            "wasi-threads: the package is built inside a checkout of libwasi-threads, with "
            "`pip install ./bindings/python`. Elsewhere, set WASI_THREADS_LIBRARY to libwasi-threads.so."
        )
    path = ROOT / "build/lib" / NAME
    if not path.is_file():
        for tool in ("make", "swift"):
            if shutil.which(tool) is None:
                raise SystemExit(
                    f"wasi-threads: build/lib has no library, and building it needs {tool}, which is not in "
                    "PATH. Get Swift 6.3 from https://www.swift.org/install, or set WASI_THREADS_LIBRARY."
                )
        subprocess.run(["make", "-C", str(ROOT), "build"], check=True)
    return path


class BuildWithLibrary(build_py):
    def run(self) -> None:
        if not self.editable_mode:
            # What an earlier build left would go into the wheel.
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        folder = "src/wasi_threads" if self.editable_mode else f"{self.build_lib}/wasi_threads"
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library(), pathlib.Path(folder, NAME))


class WithLibrary(Distribution):
    """Goes where libraries of the platform go, as a package with a compiled module does."""

    def has_ext_modules(self) -> bool:
        return True


class PlatformWheel(bdist_wheel):
    """Any Python, since only ctypes looks at the library; this platform, since the library is of it."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> "tuple[str, str, str]":
        return "py3", "none", super().get_tag()[2]


setup(distclass=WithLibrary, cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel})
