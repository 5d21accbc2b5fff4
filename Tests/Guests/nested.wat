;; Each thread spawns the next and waits for it, twelve deep, so that all of them live at once and none but the
;; last could run a task of its own. All TIDs differ and are from 1 to 2^29 - 1. Exits with 0.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1 shared)
  ;; From 0 on a word for each depth: set when the thread of that depth is done. From 256 on the TIDs.
  (func $spawn_and_wait (param $depth i32) (local $tid i32) (local $other i32)
    (local.set $tid (call $spawn (local.get $depth)))
    (if (i32.le_s (local.get $tid) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
    (if (i32.ge_u (local.get $tid) (i32.const 0x20000000)) (then (call $proc_exit (i32.const 2))))
    (drop (memory.atomic.wait32 (i32.mul (local.get $depth) (i32.const 4)) (i32.const 0) (i64.const -1))))
  (func (export "wasi_thread_start") (param $tid i32) (param $depth i32) (local $other i32)
    (loop $next
      (if (i32.eq (local.get $tid)
          (i32.load offset=256 (i32.mul (local.get $other) (i32.const 4))))
        (then (call $proc_exit (i32.const 3))))
      (local.set $other (i32.add (local.get $other) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $other) (local.get $depth))))
    (i32.store offset=256 (i32.mul (local.get $depth) (i32.const 4)) (local.get $tid))
    (if (i32.lt_u (local.get $depth) (i32.const 12))
      (then (call $spawn_and_wait (i32.add (local.get $depth) (i32.const 1)))))
    (i32.atomic.store (i32.mul (local.get $depth) (i32.const 4)) (i32.const 1))
    (drop (memory.atomic.notify (i32.mul (local.get $depth) (i32.const 4)) (i32.const 1))))
  (func (export "_start") (call $spawn_and_wait (i32.const 1))))
