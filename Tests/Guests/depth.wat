;; Goes deep: by itself, through the host, and out of its memory.
(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1)
  (func $rec (export "rec") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (i32.add (i32.const 1) (call $rec (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "outside") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "callback") (param i32) (result i32) (call $host (local.get 0)))
  (func (export "spin") (param i32) (result i32) (loop (br 0)) (i32.const 0)))
