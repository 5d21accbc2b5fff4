;; The start function of each thread's instance waits for what its spawner does after the spawn: a spawn that
;; waited for it would wait for ever. Exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  ;; 0 how many instances there are; 4 set by the first thread after its spawn; 8 set by the other one.
  (start $begin)
  (func $begin
    (if (i32.atomic.rmw.add (i32.const 0) (i32.const 1))
      (then (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1))))))
  (func (export "wasi_thread_start") (param i32 i32)
    (i32.atomic.store (i32.const 8) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 8) (i32.const 1))))
  (func (export "_start")
    (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
    (i32.atomic.store (i32.const 4) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
    (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))))
