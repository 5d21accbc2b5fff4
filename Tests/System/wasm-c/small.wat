;; Holds and hands on nothing.
(module
  (memory (export "memory") 1)
  (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
