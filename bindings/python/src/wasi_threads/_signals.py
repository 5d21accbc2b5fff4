"""Calls into a guest, made such that a signal ends them.

Python runs handlers of signals on its main thread only, between two bytecodes; a guest that runs there keeps
them waiting. So while the main thread is inside a guest, Python's C code tells a watcher of each signal
(`signal.set_wakeup_fd`). Where it is one of `ENDING` and has a handler in Python, the watcher ends the process
that the main thread is inside. When the call has returned, the handler runs, and what it raises,
KeyboardInterrupt above all, arrives from the call. Any other thread's calls are not touched.

What holds: the guest runs on the thread that called, so what belongs to that thread works in functions of the
host. Who was told by `set_wakeup_fd` before is told as before. A signal ends only the call in which it came: the
main thread goes into the next one when the watcher is done with it. A handler of `ENDING` runs where it may raise:
in what the program itself wrote (`opened`), or when the call has returned, and never between this package and
the library, where ctypes would lose what it raises. Nothing here is a lock, since a handler may raise at any
place of the main thread.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _thread
import itertools
import os
import select
import signal
import time
from types import FrameType
from typing import Any, Callable, Optional

from . import _host
from ._abi import library

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM)
"""The signals whose handlers end the guest that the main thread is inside."""

_numbers = tuple(map(int, ENDING))

Interrupt = Callable[[str], None]

# What ends the process of each call that the main thread is inside, the innermost last.
_inside: "list[Interrupt]" = []
# Whether the main thread is in what the program itself wrote, called by the guest.
_is_open = False
# The handlers that `_defer` stands for, and the signals that they are to be told of.
_handlers: "dict[int, Callable[[int, Optional[FrameType]], Any]]" = {}
_deferred: "list[int]" = []
# What a function of the host raised on the main thread that no `except Exception` shall catch.
_raised: "list[BaseException]" = []


class _Watcher:
    """A thread that waits for bytes that stand for signals. It never keeps Python from exiting."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        for end in (self.reader, self.writer):
            os.set_blocking(end, False)
        # Who is told of signals beside this: the descriptor, or -1.
        self.other = -1
        # Whether it has taken bytes that it has not acted on.
        self.is_busy = False
        self._poll = self._poller().poll
        _thread.start_new_thread(self._loop, ())

    def _poller(self) -> "select.poll":
        poller = select.poll()
        poller.register(self.reader, select.POLLIN)
        return poller

    def _loop(self) -> None:
        # The bytes stay where they are until this thread runs Python: so the main thread sees that there are any.
        wait = self._poller().poll
        while True:
            wait()
            self.is_busy = True
            try:
                self._act(os.read(self.reader, 4096))
            finally:
                self.is_busy = False

    def _act(self, numbers: bytes) -> None:
        if self.other >= 0:
            try:
                os.write(self.other, numbers)
            except OSError:
                # It is full, as Python itself may find it, or was closed.
                pass
        if not _is_open:
            for number in numbers:
                if number in _handlers:
                    _end(number)

    def settle(self) -> None:
        """Waits until it has nothing left to do."""
        while self._poll(0) or self.is_busy:
            time.sleep(0)


_watcher: Optional[_Watcher] = None


def _start() -> Optional[_Watcher]:
    global _watcher
    try:
        _watcher = _Watcher()
    except (OSError, RuntimeError):
        # No descriptor or no thread to be had, for instance while the interpreter ends.
        return None
    return _watcher


def _after_fork() -> None:
    """A child has no watcher, and must not tell that of its parent."""
    global _watcher
    watcher, _watcher = _watcher, None
    _inside.clear()
    if watcher is not None:
        try:
            current = _signal.set_wakeup_fd(-1)
            other = watcher.other if current == watcher.writer else current
            _signal.set_wakeup_fd(other, warn_on_full_buffer=False)
        except (OSError, ValueError):
            pass
        os.close(watcher.reader)
        os.close(watcher.writer)


os.register_at_fork(after_in_child=_after_fork)


def is_inside() -> bool:
    """Whether the calling thread is the main thread, inside a guest."""
    return bool(_inside) and _host.handles_signals()


def _end(number: int) -> None:
    """Ends the process that the main thread is inside; it may leave meanwhile."""
    for interrupt in _inside[-1:]:
        interrupt(f"The signal {signal.Signals(number).name} ended the program.")


def _defer(number: int, frame: Optional[FrameType]) -> None:
    """The handler of `ENDING` while the main thread is inside a guest."""
    if _inside and not _is_open:
        _end(number)
        _deferred.append(number)
    else:
        _handlers[number](number, frame)


def _install() -> None:
    for number in _numbers:
        handler = _signal.getsignal(number)
        if callable(handler) and handler is not _defer:
            _handlers[number] = handler
            _signal.signal(number, _defer)


def _restore() -> None:
    # Where a handler raises in here, `_defer` still does what those do that are left.
    for number, handler in list(_handlers.items()):
        # A function of the host may have set another one.
        if _signal.getsignal(number) is _defer:
            _signal.signal(number, handler)
        del _handlers[number]


def _deliver(handlers: "dict[int, Callable[[int, Optional[FrameType]], Any]]") -> None:
    while _deferred:
        number = _deferred.pop(0)
        try:
            handlers[number](number, None)
        finally:
            _deliver(handlers)


def call(function: Callable[..., Any], *arguments: Any, interrupt: Interrupt) -> Optional[int]:
    """Calls a C function that runs a guest on this thread; returns its error, which the caller owns, or None.

    On the main thread, a signal of `ENDING` that has a handler calls `interrupt`, which has to make the
    function return."""
    watcher = (_watcher or _start()) if _host.handles_signals() else None
    if watcher is None:
        result: Optional[int] = function(*arguments)
        return result
    results: "list[Optional[int]]" = []
    try:
        _call(watcher, itertools.starmap(function, (arguments,)), results, interrupt)
        if _raised:
            raise _raised.pop()
        return results[0]
    except BaseException:
        library.wasi_threads_error_delete(results[0] if results else None)
        raise


def _call(
    watcher: _Watcher, made: "itertools.starmap[Any]", results: "list[Optional[int]]", interrupt: Interrupt
) -> None:
    """Makes a call, and has its result in `results` before anything can raise."""
    global _is_open
    depth, was_open, previous = len(_inside), _is_open, -1
    if depth == 0:
        watcher.settle()
        _raised.clear()
        _deferred.clear()
    try:
        # A signal that comes before this is handled at its end, and one that comes later ends the call.
        _install()
        _inside.append(interrupt)
        _is_open = False
        previous = _signal.set_wakeup_fd(watcher.writer, warn_on_full_buffer=False)
        if previous != watcher.writer:
            watcher.other = previous
        results.extend(made)
    finally:
        del _inside[depth:]
        _is_open = was_open
        handlers = dict(_handlers)
        try:
            if watcher.other >= 0:
                watcher.settle()
        finally:
            try:
                _signal.set_wakeup_fd(previous, warn_on_full_buffer=False)
            finally:
                if depth == 0:
                    _restore()
                _deliver(handlers)


def opened(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls what the program itself wrote, which the guest has called: handlers of signals may raise in it."""
    global _is_open
    if not is_inside():
        return function(*arguments)
    _is_open = True
    try:
        return function(*arguments)
    finally:
        _is_open = False
        # A signal that the watcher has left to the handler is looked at now: calls of C functions do so.
        _thread.get_ident()


def note(exception: BaseException) -> None:
    """Told of what a function of the program raised: where no `except Exception` shall catch it
    (KeyboardInterrupt, SystemExit), it ends the process that the main thread is inside, and its call raises
    it."""
    if not isinstance(exception, Exception) and is_inside():
        _raised[:] = [exception]
        _inside[-1](f"A function of the host raised {type(exception).__name__}.")
