"""How a program uses the package, for type checkers to look at; nobody runs it."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from wasi_threads import (
    Caller,
    Engine,
    Error,
    Linker,
    Module,
    Process,
    Stdio,
    Trap,
    WasiConfig,
    externref,
    f64,
    i32,
)


def program(path: str) -> Optional[int]:
    engine = Engine(threads=8)
    linker = Linker(engine)

    @linker.function("env", "scale")
    def scale(x: f64, n: i32) -> f64:
        return x * n

    @linker.function("env", "pair")
    def pair(caller: Caller, value: externref) -> Tuple[i32, externref]:
        return caller.thread, value

    number: float = scale(1.5, 2)
    config = WasiConfig(arguments=[path], stdin=b"", stdout=Stdio.CAPTURE, stderr=print)
    with Module(engine, path) as module, Process(engine, module, linker, config) as process:
        try:
            status: int = process.run()
            result: Any = process.exports.add(1, number)
            output: bytes = process.read_output()
        except Trap as trap:
            names: list[Optional[str]] = [frame.function_name for frame in trap.frames]
            raise SystemExit(f"{trap.code.name} in {names}") from trap
        except Error as error:
            raise SystemExit(error.message) from error
        print(result, output)
        return status
