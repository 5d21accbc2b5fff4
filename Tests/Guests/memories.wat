;; Memories of all kinds, defined and imported.
(module
  (import "env" "wide" (memory $wide i64 1 16 shared))
  (import "env" "bytes" (memory $bytes 5 1000 shared (pagesize 1)))
  (memory $large (export "large") i64 0 0x1000000000000)
  (memory $plain (export "plain") 1 2)
  (table (export "table") i64 1 9 funcref)
  (func (export "set") (param i64 i32) (i32.store8 $wide (local.get 0) (local.get 1)))
  (func (export "get") (param i64) (result i32) (i32.load8_u $wide (local.get 0)))
  (func (export "byte") (param i32) (result i32) (i32.load8_u $bytes (local.get 0)))
  (func (export "grow") (param i64) (result i64) (memory.grow $large (local.get 0)))
  (func (export "touch") (param i64) (result i64)
    (i64.store $large (local.get 0) (local.get 0))
    (i64.load $large (local.get 0))))
