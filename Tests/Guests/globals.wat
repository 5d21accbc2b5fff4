;; Globals and tables belong to an instance, so each thread has its own: a thread finds their first values,
;; whatever the first thread has put there. Exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  (table $table 2 funcref)
  (global $global (mut i32) (i32.const 5))
  (elem declare func $spawn)
  (func (export "wasi_thread_start") (param i32 i32)
    (i32.store (i32.const 4)
      (i32.and
        (i32.eq (global.get $global) (i32.const 5))
        (ref.is_null (table.get $table (i32.const 1)))))
    (global.set $global (i32.const 9))
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start")
    (global.set $global (i32.const 6))
    (table.set $table (i32.const 1) (ref.func $spawn))
    (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (if (i32.eqz (i32.load (i32.const 4))) (then (call $proc_exit (i32.const 2))))
    (if (i32.ne (global.get $global) (i32.const 6)) (then (call $proc_exit (i32.const 3))))))
