"""What an embedder sees of the threads of a process, and how it governs them."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import IO, Any, Callable, Iterator, NamedTuple, Optional, Union

from . import _abi, _host
from ._abi import library
from ._enumerations import ProcessLimit, ThreadEventKind, ThreadExit, ThreadOrigin, ThreadState
from ._errors import Frame, MisuseError, check, read_frame, read_text
from ._objects import report, text, whole


class ThreadInfo(NamedTuple):
    """A living thread of a process."""

    thread: int
    """The TID; 0 for the one that runs `_start` or a call of the embedder."""
    origin: ThreadOrigin
    state: ThreadState
    wait_offset: Optional[int]
    """Of a thread that waits: the address."""
    cpu_seconds: float
    """Processor time, as the header says at `wasi_threads_thread_info_t`."""
    name: str
    """From `Process.name_thread`."""
    function: str
    """Of a thread in a call of the host: the import, as "module.name"."""


class Cost(NamedTuple):
    """What took time: calls of one function of the host, or waits at one address."""

    times: int
    seconds: float
    """Of all together."""
    address: int
    """Of waits."""
    function: str
    """Of calls: the import, as "module.name"; otherwise empty."""


class Stats(NamedTuple):
    """How the threads of a process have spent their time, as far as they are gone; all times in seconds."""

    seconds: float
    """Since the process was made."""
    threads: int
    """Those that were spawned or attached."""
    most_threads: int
    """How many of them there were at a time."""
    running: float
    waiting: float
    in_host: float
    paused: float
    memory_bytes: int
    functions: int
    functions_compiled: int
    calls: "list[Cost]"
    """The ten functions of the host that took longest, the longest first."""
    waits: "list[Cost]"
    """The ten addresses, as the functions."""


class ThreadEvent(NamedTuple):
    """What a watcher is told of a thread."""

    kind: ThreadEventKind
    thread: int
    origin: ThreadOrigin
    exit: Optional[ThreadExit]
    """Of a thread that has ended."""


class RaceAccess(NamedTuple):
    """One of the two accesses of a data race."""

    thread: Optional[int]
    """The TID, 0 for the one inside `_start` or a call; None where the thread is gone for long."""
    origin: ThreadOrigin
    name: Optional[str]
    """From `Process.name_thread`."""
    is_write: bool
    is_atomic: bool
    address: int
    byte_count: int
    """What it touches of the eight bytes around the address of the race."""
    frames: "tuple[Frame, ...]"
    """The innermost first; none where there was no room to keep them."""
    spawner: Optional[int]
    """The TID of the thread that spawned it, if one did."""
    spawn_frames: "tuple[Frame, ...]"


class Race(NamedTuple):
    """A data race: two accesses to the same bytes, at least one of which writes, that nothing orders."""

    memory: int
    """The number of the memory."""
    address: int
    byte_count: int
    """How many bytes both touch."""
    access: RaceAccess
    """The one that found it."""
    earlier: RaceAccess
    description: str
    """All of this in lines, as the command prints it."""

    def __str__(self) -> str:
        return self.description


def nanoseconds(seconds: Optional[float]) -> int:
    """A limit of time for the library; None is none."""
    if seconds is None:
        return 0
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"The limit is {seconds!r}, which is no number of seconds.")
    if not 0 < seconds < 1 << 34:
        raise ValueError(f"The limit cannot be {seconds} seconds.")
    return max(1, int(seconds * 1e9))


class Watching:
    """The part of a process that watches and governs threads."""

    __slots__ = ()
    _keeps: "list[Any]"

    @property
    def _handle(self) -> int:
        raise NotImplementedError

    def threads(self) -> "list[ThreadInfo]":
        """What the threads are doing, by TID. They go on meanwhile."""
        capacity = 16
        while True:
            infos = (_abi.ThreadInfo * capacity)()
            count = ctypes.c_size_t()
            check(library.wasi_threads_process_threads(self._handle, infos, capacity, ctypes.byref(count)))
            if count.value <= capacity:
                return [_info(infos[index]) for index in range(count.value)]
            # Some more, since others may begin meanwhile.
            capacity = count.value + 16

    def name_thread(self, thread: int, name: str) -> None:
        """Names a living thread, for `threads`, traps, and debuggers; 0 is the one inside `_start` or a
        call."""
        check(library.wasi_threads_process_name_thread(self._handle, thread, text(name, "name")))

    def watch_threads(self, watcher: Callable[[ThreadEvent], object]) -> None:
        """Has a function called on each spawned or attached thread when it begins and when it ends. Once,
        before the process begins. `threading.excepthook` is told what it raises."""

        if not callable(watcher):
            raise TypeError(f"The watcher is {watcher!r}, which cannot be called.")
        if not _host.is_main_interpreter:
            raise MisuseError("In a subinterpreter, threads that a guest spawns cannot call Python functions.")

        def call(_: Optional[int], process: Optional[int], event: Any) -> None:
            try:
                watcher(_event(event.contents))
            except BaseException as exception:
                report(exception)

        callback = _abi.ThreadWatcher(call)
        check(library.wasi_threads_process_watch_threads(self._handle, callback, None, _abi.Finalizer()))
        self._keeps.append(callback)

    def watch_races(self, watcher: Callable[[Race], object]) -> None:
        """Has a function called for each data race that is found from now on, once for each pair of instructions, on
        the thread that finds it. Once, for an engine that was made with `races`. `threading.excepthook` is told what it
        raises."""

        if not callable(watcher):
            raise TypeError(f"The watcher is {watcher!r}, which cannot be called.")
        if not _host.is_main_interpreter:
            raise MisuseError("In a subinterpreter, threads that a guest spawns cannot call Python functions.")

        def call(_: Optional[int], process: Optional[int], race: Any) -> None:
            try:
                watcher(_race(race.contents))
            except BaseException as exception:
                report(exception)

        callback = _abi.RaceWatcher(call)
        check(library.wasi_threads_process_watch_races(self._handle, callback, None, _abi.Finalizer()))
        self._keeps.append(callback)

    @property
    def race_count(self) -> int:
        """How many data races were found, for an engine that was made with `races`."""
        count = ctypes.c_uint64()
        check(library.wasi_threads_process_race_count(self._handle, ctypes.byref(count)))
        return count.value

    def set_limit(self, *, threads: Optional[int] = None, memory_bytes: Optional[int] = None) -> None:
        """Sets limits of this process, from now on: live threads, and bytes of all the memories that it
        makes. Raises LimitError where it has more bytes already."""
        for limit, value in ((ProcessLimit.THREADS, threads), (ProcessLimit.MEMORY_BYTES, memory_bytes)):
            if value is not None:
                name = f"limit {limit.name.lower()}"
                if not 0 <= whole(value, name) < 1 << 64:
                    raise ValueError(f"The {name} cannot be {value}.")
                check(library.wasi_threads_process_set_limit(self._handle, limit, value))

    def set_cpu_limit(self, seconds: Optional[float]) -> None:
        """Ends the process when its threads have used so much processor time together from now on, in place
        of a limit set before. None takes the limit away."""
        check(library.wasi_threads_process_set_cpu_limit(self._handle, nanoseconds(seconds)))

    def detect_deadlocks(self) -> None:
        """Has the process end with `Deadlock` when all of its threads wait for each other without a time limit.
        Nothing is told while somebody may still wake one: an attached thread outside of calls, whoever holds a
        memory of the process, which a `Memory` of it does until it is closed or gone. Before the process begins."""
        check(library.wasi_threads_process_detect_deadlocks(self._handle))

    def prepare_core_dump(self) -> None:
        """Has the process keep, where it fails, what `write_core_dump` takes. Before the process begins."""
        check(library.wasi_threads_process_prepare_core_dump(self._handle))

    def write_core_dump(self, file: "Union[str, os.PathLike[str], IO[bytes]]", program: Optional[str] = None) -> None:
        """Writes a core dump of a process that has trapped, is in a deadlock or had no more time, with the frames of
        all threads, their values, globals and memories, in the format of WebAssembly's tool conventions. To a path,
        or to a binary file that has a descriptor. `program` is what the dump calls the program."""
        if isinstance(file, (str, os.PathLike)):
            with open(file, "wb") as opened:
                return self.write_core_dump(opened, program)
        file.flush()
        name = None if program is None else text(program, "program")
        check(library.wasi_threads_process_write_core_dump(self._handle, name, file.fileno()))

    def stats(self) -> Stats:
        """How the threads have spent their time. Raises MisuseError where the configuration did not ask."""
        found = _abi.Stats()
        check(library.wasi_threads_process_stats(self._handle, ctypes.byref(found)))
        return Stats(
            found.nanoseconds / 1e9,
            found.threads_made,
            found.threads_most,
            found.running_nanoseconds / 1e9,
            found.waiting_nanoseconds / 1e9,
            found.host_nanoseconds / 1e9,
            found.paused_nanoseconds / 1e9,
            found.memory_bytes,
            found.functions,
            found.functions_compiled,
            [_cost(cost) for cost in found.calls[: found.call_count]],
            [_cost(cost) for cost in found.waits[: found.wait_count]],
        )

    def finish_trace(self) -> None:
        """Ends the process, where it has not ended, and its timeline. Raises FileError where that could not be written
        as a whole."""
        check(library.wasi_threads_process_finish_trace(self._handle))

    def pause(self) -> None:
        """Stops all threads; returns when none of them runs guest code. Pauses count. Raises MisuseError on a
        thread that is inside the process, and where it has ended."""
        check(library.wasi_threads_process_pause(self._handle))

    def resume(self) -> None:
        """Takes one pause back; with the last, each thread goes on where it stopped."""
        check(library.wasi_threads_process_resume(self._handle))

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stops all threads for the time of a `with`."""
        self.pause()
        try:
            yield
        finally:
            self.resume()


def _info(info: _abi.ThreadInfo) -> ThreadInfo:
    state = ThreadState(info.state)
    return ThreadInfo(
        info.thread,
        ThreadOrigin(info.origin),
        state,
        info.wait_offset if state is ThreadState.WAITING else None,
        info.cpu_nanoseconds / 1e9,
        info.name.decode("utf-8", "replace"),
        info.function.decode("utf-8", "replace"),
    )


def _event(event: _abi.ThreadEvent) -> ThreadEvent:
    kind = ThreadEventKind(event.kind)
    exit = ThreadExit(event.exit) if kind is ThreadEventKind.ENDED else None
    return ThreadEvent(kind, event.thread, ThreadOrigin(event.origin), exit)


def _cost(cost: _abi.Cost) -> Cost:
    return Cost(cost.count, cost.nanoseconds / 1e9, cost.address, cost.function.decode())


def _frames(frames: Any, count: int) -> "tuple[Frame, ...]":
    return tuple(read_frame(ctypes.pointer(frames[index])) for index in range(count))


def _access(access: Any) -> RaceAccess:
    return RaceAccess(
        None if access.thread < 0 else access.thread,
        ThreadOrigin(access.origin),
        read_text(access.name),
        access.is_write,
        access.is_atomic,
        access.address,
        access.byte_count,
        _frames(access.frames, access.frame_count),
        None if access.spawner < 0 else access.spawner,
        _frames(access.spawn_frames, access.spawn_frame_count),
    )


def _race(race: Any) -> Race:
    return Race(
        race.memory,
        race.address,
        race.byte_count,
        _access(race.access.contents),
        _access(race.earlier.contents),
        race.description.decode("utf-8", "replace"),
    )
