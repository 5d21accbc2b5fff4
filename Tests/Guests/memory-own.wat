;; The module defines its shared memory: its threads share it all the same.
;; A thread stores its number and its argument, and the first thread checks both: exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  (func (export "wasi_thread_start") (param $tid i32) (param $argument i32)
    (i32.store (i32.const 4) (local.get $tid))
    (i32.store (i32.const 8) (local.get $argument))
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start") (local $tid i32)
    (local.set $tid (call $spawn (i32.const 22)))
    (if (i32.le_s (local.get $tid) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
    (if (i32.eq (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 10000000000)) (i32.const 2))
      (then (call $proc_exit (i32.const 2))))
    (if (i32.ne (i32.load (i32.const 4)) (local.get $tid)) (then (call $proc_exit (i32.const 3))))
    (if (i32.ne (i32.load (i32.const 8)) (i32.const 22)) (then (call $proc_exit (i32.const 4))))))
