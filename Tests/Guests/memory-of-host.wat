;; Uses a memory that several processes share.
(module
  (memory (import "foo" "bar") 1 4 shared)
  ;; Counts itself at 8, and waits at 4.
  (func (export "wait") (result i32)
    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 8) (i32.const -1)))
    (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
  (func (export "notify") (param i32) (result i32) (memory.atomic.notify (i32.const 4) (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
