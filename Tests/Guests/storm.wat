;; Four threads spawn 250 threads each, as fast as they can; each of the thousand counts itself.
;; The first thread waits for all. Exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  (func $spawn_many (param $count i32) (param $argument i32)
    (loop $next
      (if (i32.le_s (call $spawn (local.get $argument)) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "wasi_thread_start") (param $tid i32) (param $spawns i32)
    (if (local.get $spawns)
      (then (call $spawn_many (i32.const 250) (i32.const 0)))
      (else
        (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))))
  (func (export "_start") (local $count i32)
    (call $spawn_many (i32.const 4) (i32.const 1))
    (block $done
      (loop $again
        (local.set $count (i32.atomic.load (i32.const 0)))
        (br_if $done (i32.eq (local.get $count) (i32.const 1000)))
        (drop (memory.atomic.wait32 (i32.const 0) (local.get $count) (i64.const -1)))
        (br $again)))))
