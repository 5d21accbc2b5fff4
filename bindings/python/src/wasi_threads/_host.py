"""The Python that this runs in: its main thread, its interpreter, its forks.

What holds: only the main thread of the main interpreter runs handlers of signals. A subinterpreter must have
no thread left when it ends, so nothing here starts one in it.
"""

from __future__ import annotations

import ctypes
import os
import threading


def _is_main_interpreter() -> bool:
    python = ctypes.pythonapi
    python.PyInterpreterState_Get.restype = python.PyInterpreterState_Main.restype = ctypes.c_void_p
    main: bool = python.PyInterpreterState_Get() == python.PyInterpreterState_Main()
    return main


is_main_interpreter = _is_main_interpreter()

# How often this program has become a child by fork, and the main thread, which in a child is the one that forked.
_forks = 0
_main_thread = threading.main_thread().ident


def _after_fork() -> None:
    global _forks, _main_thread
    _forks += 1
    _main_thread = threading.get_ident()


os.register_at_fork(after_in_child=_after_fork)


def forks() -> int:
    """How often this program has become a child by fork."""
    return _forks


def handles_signals() -> bool:
    """Whether the calling thread is the one that runs handlers of signals."""
    return threading.get_ident() == _main_thread and is_main_interpreter
