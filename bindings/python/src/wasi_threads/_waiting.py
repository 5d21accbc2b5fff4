"""Waiting for what guests do, made such that the main thread handles signals meanwhile.

The main thread has a helper thread call the C function, and waits for a lock, which signals interrupt; where a
handler raises, the helper goes on waiting, and the main thread does not. Any other thread calls directly, and
so does the main thread inside a guest, since the library has to see who calls. No code of a guest runs on a
helper: see `_signals`.

What holds: a helper is in `_idle`, or runs one call; a call's result is taken by its caller, or freed.
"""

from __future__ import annotations

import _thread
import os
import queue
import threading
from typing import Any, Callable, Optional

from . import _host, _signals
from ._abi import library


class _Call:
    """One call of a C function that returns an error or None."""

    def __init__(self, function: Callable[..., Any], arguments: "tuple[Any, ...]") -> None:
        self.function = function
        self.arguments = arguments
        self.result: Optional[int] = None
        self.exception: Optional[BaseException] = None
        self.is_abandoned = False
        # Taken by who decides whether the call is made: the helper, or a caller that gives up before.
        self.claim = threading.Lock()
        self._done = threading.Lock()
        self._done.acquire()

    def run(self) -> None:
        try:
            self.result = self.function(*self.arguments)
        except BaseException as exception:
            # ctypes refuses an argument. The caller raises it.
            self.exception = exception
        self._done.release()
        if self.is_abandoned:
            self.free_result()

    def wait(self) -> None:
        """Returns when it is done; once. Signal handlers run meanwhile."""
        # A signal that comes after Python has looked for one, and before the system waits, wakes nobody: so
        # Python looks again soon, and then now and then.
        if not self._done.acquire(timeout=0.01):
            while not self._done.acquire(timeout=0.5):
                pass

    def free_result(self) -> None:
        result, self.result = self.result, None
        library.wasi_threads_error_delete(result)


class _Helper:
    """A thread that runs calls of the main thread, one after another. It never keeps Python from exiting."""

    def __init__(self) -> None:
        self._calls: "queue.SimpleQueue[_Call]" = queue.SimpleQueue()
        # Not by `threading.Thread`: its `start` waits for the thread, and where a handler raises in that, may
        # raise RuntimeError about a lock instead, as if there were no thread to be had.
        _thread.start_new_thread(self._loop, ())

    def begin(self, call: _Call) -> None:
        self._calls.put(call)

    def _loop(self) -> None:
        while True:
            call = self._calls.get()
            # A caller that gave up before has put this helper back itself.
            if call.claim.acquire(blocking=False):
                call.run()
                _idle.append(self)
            # What the call kept alive must not wait for the next one.
            del call


# A list's append and pop are atomic.
_idle: "list[_Helper]" = []
# A child after fork has none of these threads.
os.register_at_fork(after_in_child=_idle.clear)


def _helper() -> Optional[_Helper]:
    try:
        return _idle.pop()
    except IndexError:
        pass
    try:
        return _Helper()
    except RuntimeError:
        # No thread to be had, for instance while the interpreter ends.
        return None


def call(function: Callable[..., Any], *arguments: Any) -> Optional[int]:
    """Calls a C function that waits, and returns an error, which the caller owns, or None.

    Where a signal handler raises meanwhile, that is raised, and the call goes on without its caller."""
    if not _host.handles_signals() or _signals.is_inside():
        result: Optional[int] = function(*arguments)
        return result
    running = _Call(function, arguments)
    helper: Optional[_Helper] = None
    try:
        helper = _helper()
        if helper is None:
            result = function(*arguments)
            return result
        helper.begin(running)
        running.wait()
    except BaseException:
        # A handler may have raised at any place above.
        if running.claim.acquire(blocking=False):
            if helper is not None:
                _idle.append(helper)
            raise
        running.is_abandoned = True
        if running.result is not None:
            running.free_result()
        raise
    if running.exception is not None:
        raise running.exception
    return running.result
