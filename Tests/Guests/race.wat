;; A thread and its spawner write the same word: the race detector tells of it. `ordered` orders them
;; before that, in each call anew.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  (func $count (export "count")
    (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1))))
  (func (export "wasi_thread_start") (param $tid i32) (param $argument i32)
    (call $count)
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func $wait
    (loop $again
      (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
      (br_if $again (i32.eqz (i32.atomic.load (i32.const 0))))))
  (func $begin
    (i32.atomic.store (i32.const 0) (i32.const 0))
    (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) (then (unreachable))))
  (func (export "ordered") (call $begin) (call $wait) (call $count))
  (func $both (export "both") (export "_start") (call $begin) (call $count) (call $wait)))
