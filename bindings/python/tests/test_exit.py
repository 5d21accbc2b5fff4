"""Ctrl-C, and the end of the interpreter while guests run: in a Python of its own each."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys

import pytest
from conftest import PATIENCE, assemble, script

# `_start` says that it is there and then loops, `wait` waits, and `talk` calls the host for ever; so do
# `calls` and each thread, which say nothing.
GUEST = """(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  (func (export "_start") (drop (call $host (i32.const 0))) (loop $again (br $again)))
  (func $calls (export "calls") (loop $again (drop (call $host (i32.const 1))) (br $again)))
  (func (export "once") (drop (call $host (i32.const 2))))
  (func (export "talk") (drop (call $host (i32.const 0))) (call $calls))
  (func (export "wait")
    (drop (call $host (i32.const 0)))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
  (func (export "wasi_thread_start") (param i32 i32) (call $calls)))"""

START = """if True:
    import atexit, os, queue, signal, sys, threading, time
    from wasi_threads import *
    engine = Engine()
    linker = Linker(engine)
    # What threads tell each other goes through these: a handler that raises in what `threading` has written in
    # Python leaves its locks locked, and one that runs there cannot take them.
    calls = queue.SimpleQueue()

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        if a == 0:
            print("inside", flush=True)
        calls.put(a)
        return sum(range(100))

    def daemon(function):
        def run():
            try:
                function()
            except Ended:
                pass

        threading.Thread(target=run, daemon=True).start()
        calls.get()

    def process():
        return Process(engine, Module(engine, sys.argv[1]), linker)
"""


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = tmp_path_factory.mktemp("guest") / "guest.wasm"
    made.write_bytes(assemble(GUEST))
    return str(made)


def interrupted(code: str, path: str, times: int = 1) -> "tuple[int, str, str]":
    """Runs a script, and sends it SIGINT once it has printed a line."""
    words = [sys.executable, "-c", START + code, path]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        try:
            output, errors = program.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            program.kill()
            raise
        return program.returncode, line + output, errors


def test_ctrl_c_arrives_and_ends_the_process(path: str) -> None:
    code = """
    with process() as running:
        try:
            running.run()
        except KeyboardInterrupt:
            print("interrupted", running.outcome.kind.name)
    """
    assert interrupted(code, path) == (0, "inside\ninterrupted ENDED\n", "")


def test_ctrl_c_that_nobody_catches(path: str) -> None:
    status, output, errors = interrupted("\n    process().run()", path)
    assert (status, output) == (-signal.SIGINT, "inside\n")
    assert errors.startswith("Traceback") and errors.endswith("KeyboardInterrupt\n")


def test_ctrl_c_in_a_function_of_the_host(path: str) -> None:
    """The guest's thread is in Python when the signal comes, and goes on until it returns."""
    code = """
    def wait(a: i32) -> i32:
        print("waiting", flush=True)
        interrupted.get()
        return 0

    interrupted = queue.SimpleQueue()
    linker = Linker(engine)
    linker.define("env", "host", wait)

    def handle(number, frame):
        interrupted.put(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, handle)
    try:
        process().exports.once()
    except KeyboardInterrupt:
        print("interrupted")
    """
    assert interrupted(code, path) == (0, "waiting\ninterrupted\n", "")


@pytest.mark.parametrize("name", ["_start", "wait", "talk"])
@pytest.mark.parametrize("call", ["thread.call({!r})", "thread.function({!r})()"])
def test_ctrl_c_in_a_call_of_an_attached_thread(path: str, name: str, call: str) -> None:
    code = f"""
    with process() as running:
        try:
            with running.attach() as thread:
                {call.format(name)}
        except KeyboardInterrupt:
            print("interrupted", running.outcome.kind.name)
        # It was detached, and this thread is free to attach elsewhere.
        with process() as other, other.attach() as thread:
            thread.exports.once()
            print("done")
    """
    assert interrupted(code, path) == (0, "inside\ninterrupted ENDED\ndone\n", "")


def test_ctrl_c_while_a_thread_attaches(path: str) -> None:
    """The guest's start function runs then, and this one waits for ever, when it has said so."""
    code = """
    with process() as running:
        try:
            running.attach()
        except KeyboardInterrupt:
            print("interrupted", running.outcome.kind.name)
    """
    text = """(module
      (import "env" "host" (func $host (param i32) (result i32)))
      (func $start (drop (call $host (i32.const 0))) (loop $again (br $again)))
      (start $start))"""
    pathlib.Path(path).write_bytes(assemble(text))
    assert interrupted(code, path) == (0, "inside\ninterrupted ENDED\n", "")


# Sends SIGINT when a thread of `running` waits, so that no function of the host is called any more.
SENDING = """
    def send():
        while not any(thread.state is ThreadState.WAITING for thread in running.threads()):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, lambda number, frame: print("handled"))
    running = process()
    threading.Thread(target=send).start()
    try:
        CALL
    except Ended as error:
        print(error)
"""
HANDLED = (0, "inside\nhandled\nThe signal SIGINT ended the program.\n", "")


def test_a_handler_that_does_not_raise_in_a_call_of_an_attached_thread(path: str) -> None:
    """It runs when the guest has ended, and then the call says that it has."""
    result = script(START + SENDING.replace("CALL", "running.attach().exports.wait()"), path)
    assert (result.returncode, result.stdout, result.stderr) == HANDLED


def test_signals_at_any_place_of_a_call_of_an_attached_thread(path: str) -> None:
    """As for calls of a process; whatever they hit, the thread goes with its process."""
    code = """
    import random

    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        # Nothing that a handler must not interrupt, as a lock is.
        return sum(range(100))

    class Raised(BaseException):
        pass

    raised = 0
    sys.unraisablehook = lambda lost: None

    def handle(number, frame):
        global raised
        raised += 1
        raise Raised

    def one(running):
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 5e-4), 0.5)
        try:
            with running.attach() as thread:
                while True:
                    thread.exports.once()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    signal.signal(signal.SIGALRM, handle)
    while raised < 1000:
        running = process()
        try:
            one(running)
        except (Raised, Error):
            pass
        try:
            running.close()
        except Raised:
            running.close()
        assert running._attached == {}
    """
    result = script(START + code, path)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_handler_that_does_not_raise(path: str) -> None:
    result = script(START + SENDING.replace("CALL", "running.exports.wait()"), path)
    assert (result.returncode, result.stdout, result.stderr) == HANDLED


def test_a_handler_that_does_not_raise_in_a_function_of_the_host(path: str) -> None:
    """There it runs at once, on the main thread, and the guest goes on."""
    code = """
    handled = queue.SimpleQueue()
    signal.signal(signal.SIGINT, lambda number, frame: handled.put(number))
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        print("inside", flush=True)
        return handled.get()

    process().exports.once()
    print("done")
    """
    assert interrupted(code, path) == (0, "inside\ndone\n", "")


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGCHLD", "SIGWINCH"])
def test_signals_that_do_not_end_programs_wait(path: str, name: str) -> None:
    """Their handlers run when the main thread is in Python again: here in a function of the host."""
    code = f"""
    signal.signal(signal.{name}, lambda number, frame: print("handled", flush=True))
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        os.kill(os.getpid(), signal.{name})
        return 0

    process().exports.once()
    print("done")
    """
    result = script(START + code, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "handled\ndone\n", "")


def test_who_was_told_of_signals_before_is_told(path: str) -> None:
    """As asyncio is, which waits for bytes."""
    code = """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    try:
        process().run()
    except KeyboardInterrupt:
        print(list(os.read(reader, 10)), signal.set_wakeup_fd(-1) == writer)
    """
    assert interrupted(code, path) == (0, "inside\n[2] True\n", "")


def test_handlers_are_those_of_the_program_again(path: str) -> None:
    code = """
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return 0

    def handle(number, frame):
        pass

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGALRM, handle)
    process().exports.once()
    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler,
          signal.getsignal(signal.SIGTERM) is signal.SIG_IGN, signal.getsignal(signal.SIGALRM) is handle)
    """
    result = script(START + code, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "True True True\n", "")


def test_ctrl_c_ends_the_innermost_of_nested_calls(path: str) -> None:
    code = """
    inner = process()
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        try:
            inner.run()
        except KeyboardInterrupt:
            print("interrupted", inner.outcome.kind.name)
        return 0

    with Process(engine, Module(engine, sys.argv[1]), linker) as outer:
        outer.exports.once()
        print(outer.outcome.kind.name)
    """
    assert interrupted(code, path) == (0, "inside\ninterrupted ENDED\nALIVE\n", "")


def test_what_is_no_exception_leaves_a_function_of_the_host(path: str) -> None:
    code = """
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        sys.exit(7)

    process().exports.once()
    """
    result = script(START + code, path)
    assert (result.returncode, result.stderr) == (7, "")


def test_signals_at_the_end_of_a_call(path: str) -> None:
    """A handler that raises where a call is about to return, or has."""
    code = """
    from wasi_threads import _signals

    class Raised(BaseException):
        pass

    sent = handled = 0

    def handle(number, frame):
        global handled
        handled += 1
        raise Raised

    def send():
        global sent
        sent += 1
        os.kill(os.getpid(), signal.SIGUSR1)

    def interrupt(reason):
        pass

    signal.signal(signal.SIGUSR1, handle)
    for _ in range(3000):
        try:
            _signals.call(send, interrupt=interrupt)
            while handled < sent:
                pass
        except Raised:
            pass
    print(sent, handled)
    """
    result = script(START + code, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "3000 3000\n", "")


def test_a_signal_while_a_helper_starts(path: str) -> None:
    """What a handler raises is not taken for a thread that the system refuses: the locks of `threading` turn it
    into a RuntimeError when it comes while they wait."""
    code = """
    from wasi_threads import _waiting

    class Raised(BaseException):
        pass

    handled = seen = 0

    def handle(number, frame):
        global handled
        handled += 1
        raise Raised

    def release(condition):
        condition._lock.release()
        signal.raise_signal(signal.SIGALRM)

    signal.signal(signal.SIGALRM, handle)
    threading.Condition._release_save = release
    try:
        assert _waiting._helper() is not None
        signal.raise_signal(signal.SIGALRM)
    except Raised:
        seen += 1
    print(handled, seen)
    """
    result = script(START + code, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "1 1\n", "")


def test_signals_at_any_place_of_a_call(path: str) -> None:
    """Handlers that raise while calls begin, are under way, and are about to return. What one raises in a
    `__del__` is lost, as everywhere in Python, so the timer comes again."""
    code = """
    import random

    linker = Linker(engine)

    @linker.function("env", "host")
    def host(a: i32) -> i32:
        # Nothing that a handler must not interrupt, as a lock is.
        return sum(range(100))

    class Raised(BaseException):
        pass

    raised = 0
    sys.unraisablehook = lambda lost: None

    def handle(number, frame):
        global raised
        raised += 1
        raise Raised

    def one(running):
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 3e-4), 0.5)
        try:
            while True:
                running.exports.once()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    signal.signal(signal.SIGALRM, handle)
    while raised < 2000:
        try:
            one(process())
        except (Raised, Error):
            pass
    """
    result = script(START + code, path)
    assert (result.returncode, result.stderr) == (0, "")


def test_ctrl_c_while_waiting_for_threads_ends_the_waiting_alone(path: str) -> None:
    code = """
    with process() as running:
        running.spawn()
        try:
            print("waiting", flush=True)
            running.wait()
        except KeyboardInterrupt:
            print(running.outcome.kind.name)
    """
    assert interrupted(code, path) == (0, "waiting\nALIVE\n", "")


@pytest.mark.parametrize(
    "end",
    [
        "pass",
        "sys.exit(0)",
        # Handlers that were registered later run earlier, and may still use processes.
        "atexit.register(lambda: running.spawn())",
        "del running",
        "running.end('soon')",
        "daemon(running.exports.calls)",
        "other = process(); daemon(other.run)",
    ],
)
def test_the_interpreter_exits_while_guests_call_it(path: str, end: str) -> None:
    code = f"""
    running = process()
    for _ in range(8):
        running.spawn()
    for _ in range(100):
        calls.get()
    {end}
    """
    result = script(START + code, path)
    assert (result.returncode, result.stderr) == (0, "")


def test_an_exception_ends_the_program_while_guests_call_it(path: str) -> None:
    code = """
    running = process()
    running.spawn()
    calls.get()
    raise ValueError("the program's own")
    """
    result = script(START + code, path)
    assert result.returncode == 1
    assert result.stderr.endswith("ValueError: the program's own\n")


def test_no_process_can_be_made_after_the_end(path: str) -> None:
    code = """
    def late():
        try:
            process()
        except MisuseError as error:
            print(error)

    import wasi_threads._program as module
    atexit.unregister(module._at_exit)
    atexit.register(late)
    atexit.register(module._at_exit)
    """
    result = script(START + code, path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "The interpreter exits: no process can be made any more.\n"
