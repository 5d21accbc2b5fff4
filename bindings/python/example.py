#!/usr/bin/env python3
"""Runs a threaded program, then calls a library: example.py PROGRAM.wasm LIBRARY.wasm"""

import sys

from wasi_threads import Engine, Linker, Module, Process, Stdio, Trap, WasiConfig, f64, i32


def main(program: str, library: str) -> None:
    engine = Engine(threads=64)

    # A program: the exit status comes when all its threads are gone. Ctrl-C ends it.
    config = WasiConfig(arguments=[program], stdout=Stdio.CAPTURE)
    with Process(engine, Module(engine, program), config=config) as process:
        process.set_time_limit(60)
        status = process.run()
        print(f"status {status}")
        print(process.read_output().decode(), end="")

    # A library, and a function for it to import, which any of its threads may call.
    linker = Linker(engine)

    @linker.function("env", "scale")
    def scale(x: f64, n: i32) -> f64:
        return x * n

    with Process(engine, Module(engine, library), linker) as process:
        process.initialize()
        print("2 + 3 =", process.exports.add(2, 3))
        try:
            process.exports.divide(1, 0)
        except Trap as trap:
            print(trap.message)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
