"""Calls that wait, for tasks of asyncio.

What holds: a call is made on a thread of its own, never one of a pool that programs wait for when they end. Who
awaits it goes on only when the call has returned, cancelled or not.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from . import _host

if TYPE_CHECKING:
    import asyncio

Result = TypeVar("Result")


def _deliver(future: "asyncio.Future[Any]", result: Any, error: "BaseException | None") -> None:
    """Runs on the loop's thread."""
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


async def on_a_thread(call: Callable[[], Result], cancel: Callable[[], None]) -> Result:
    """What `call` returns or raises. `cancel` has it return soon, and is called where the task is cancelled."""
    # Costs a program that has no tasks nothing.
    import asyncio

    loop = asyncio.get_running_loop()
    future: "asyncio.Future[Result]" = loop.create_future()

    def run() -> None:
        result: Any = None
        error: "BaseException | None" = None
        try:
            result = call()
        except BaseException as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(_deliver, future, result, error)
        except RuntimeError:
            # The loop is closed, so nobody waits.
            pass

    # Where the interpreter exits, all processes end first, and this thread with its own. A subinterpreter has no
    # thread that it does not wait for.
    threading.Thread(target=run, name="wasi-threads", daemon=_host.is_main_interpreter).start()
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        cancel()
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError:
                # Who asks twice gets the same: it is on its way.
                pass
        if not future.cancelled():
            # Looked at, so that nobody is told that it never was.
            future.exception()
        raise
