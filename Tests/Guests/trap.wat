;; Traps three calls deep, in functions that have names.
(module
  (memory (export "memory") 1)
  (func $innermost (param i32) (result i32) (i32.load (local.get 0)))
  (func $middle (result i32) (call $innermost (i32.const -4)))
  (func $_start (export "_start") (drop (call $middle))))
