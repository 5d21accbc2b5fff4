;; Its wasi_thread_start has the wrong type.
;; Then spawning gives a negative number, and the program goes on: it exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  (func (export "wasi_thread_start") (param i32))
  (func (export "_start")
    (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $proc_exit (i32.const 1))))))
