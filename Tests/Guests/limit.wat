;; Spawns threads that wait, until it gets a negative number; then lets them all go, waits until they have
;; counted themselves, and exits with how many there were.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 4) (i32.const 1))))
  (func (export "_start") (local $spawned i32) (local $count i32)
    (block $refused
      (loop $next
        (br_if $refused (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)))
        (local.set $spawned (i32.add (local.get $spawned) (i32.const 1)))
        (br $next)))
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
    (block $done
      (loop $again
        (local.set $count (i32.atomic.load (i32.const 4)))
        (br_if $done (i32.eq (local.get $count) (local.get $spawned)))
        (drop (memory.atomic.wait32 (i32.const 4) (local.get $count) (i64.const -1)))
        (br $again)))
    (call $proc_exit (local.get $spawned))))
