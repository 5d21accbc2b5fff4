"""Functions of a type, and references that can not be null: what the host gives is looked at where it comes in."""

from __future__ import annotations

from typing import Callable

import pytest

from conftest import assemble

from wasi_threads import Engine, FuncRef, Module, Process, Trap, TrapCode, UnsupportedError, ValueTypeError

Make = Callable[[str], Module]

GUEST = """(module
  (type $unary (func (param i32) (result i32)))
  (type $other (func (result i32)))
  (memory (export "memory") 1 1 shared)
  (global (export "function") (mut (ref null $unary)) (ref.null $unary))
  (global (export "always") (mut (ref $unary)) (ref.func $double))
  (table (export "table") 2 4 (ref $unary) (ref.func $double))
  (elem declare func $double $seven)
  (func $double (export "double") (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $seven (export "seven") (type $other) (i32.const 7))
  (func (export "get") (param i32) (result funcref)
    (select (result funcref) (ref.func $double) (ref.func $seven) (local.get 0)))
  (func (export "apply") (param (ref $unary) i32) (result i32) (call_ref $unary (local.get 1) (local.get 0)))
  (func (export "apply_any") (param (ref null $unary) i32) (result i32)
    (call_ref $unary (local.get 1) (local.get 0)))
  (func (export "from_table") (param i32) (result i32) (call_ref $unary (i32.const 21) (table.get (local.get 0))))
  (func (export "some") (param (ref extern)) (result i32) (ref.is_null (local.get 0)))
  (func (export "as_non_null") (param externref) (drop (ref.as_non_null (local.get 0)))))"""


def test_arguments(engine: Engine, module: Make) -> None:
    with Process(engine, module(GUEST)) as process, process.attach() as thread:
        for holder in (process, thread):
            double, seven = holder.call("get", 1), holder.call("get", 0)
            assert isinstance(double, FuncRef) and isinstance(seven, FuncRef)
            assert holder.call("apply", double, 21) == 42 and holder.call("apply_any", double, 4) == 8
            with pytest.raises(ValueTypeError, match="argument 0 of apply is of the type .*was given null"):
                holder.call("apply", None, 21)
            for name in ("apply", "apply_any"):
                with pytest.raises(ValueTypeError, match="a function of another type"):
                    holder.call(name, seven, 21)
            assert holder.call("some", engine) == 0
            with pytest.raises(ValueTypeError, match=r"\(ref extern\), and was given null"):
                holder.call("some", None)


def test_globals_and_tables(engine: Engine, module: Make) -> None:
    with Process(engine, module(GUEST)) as process, process.attach() as thread:
        for holder in (process, thread):
            double, seven = holder.call("get", 1), holder.call("get", 0)
            assert holder.globals["function"] is None and isinstance(holder.globals["always"], FuncRef)
            holder.globals["function"] = double
            holder.globals["function"] = None
            holder.globals["always"] = double
            with pytest.raises(ValueTypeError, match="another type"):
                holder.globals["function"] = seven
            with pytest.raises(ValueTypeError, match="null"):
                holder.globals["always"] = None
            table = holder.table("table")
            assert len(table) == 2 and isinstance(table[1], FuncRef)
            table[0] = double
            for wrong in (None, seven):
                with pytest.raises(ValueTypeError):
                    table[0] = wrong
            assert holder.call("from_table", 0) == 42


@pytest.mark.parametrize(
    "name, arguments, code",
    [("apply_any", (None, 1), TrapCode.NULL_FUNCTION_REFERENCE), ("as_non_null", (None,), TrapCode.NULL_REFERENCE)],
)
def test_traps(engine: Engine, module: Make, name: str, arguments: "tuple[object, ...]", code: TrapCode) -> None:
    with Process(engine, module(GUEST)) as process:
        with pytest.raises(Trap) as trap:
            process.call(name, *arguments)
        assert trap.value.code == code


def test_the_feature_can_be_switched_off() -> None:
    with Engine(without=["function-references"]) as engine:
        with pytest.raises(UnsupportedError, match="function-references"):
            Module(engine, assemble(GUEST))
