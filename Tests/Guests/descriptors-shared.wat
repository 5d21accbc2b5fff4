;; A thread moves standard output onto standard error, and the first one finds it there: one table of descriptors
;; for all threads. Writes "shared" to standard output by its new number, and exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  ;; 0 set when the thread is done; 16 a vector; 64 text.
  (data (i32.const 16) "\40\00\00\00\07\00\00\00")
  (data (i32.const 64) "shared\n")
  (func (export "wasi_thread_start") (param i32 i32)
    (if (call $fd_renumber (i32.const 1) (i32.const 2)) (then (call $proc_exit (i32.const 1))))
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start")
    (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $proc_exit (i32.const 2))))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    ;; The old number is closed: badf.
    (if (i32.ne (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32)) (i32.const 8))
      (then (call $proc_exit (i32.const 3))))
    (if (call $fd_write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 32))
      (then (call $proc_exit (i32.const 4))))))
