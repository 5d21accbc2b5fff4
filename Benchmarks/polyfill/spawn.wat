;; Spawns THREADS threads one after the other, which wait, or compute where BUSY is 1; the driver puts numbers there.
;; Writes how long that took, an i64 in ns, to standard output, and ends when something comes from standard input.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  ;; A vector of 8 bytes at 16, which is where both times are.
  (data (i32.const 0) "\10\00\00\00\08\00\00\00")
  (func $now (result i64)
    (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 16)))
    (i64.load (i32.const 16)))
  (func (export "wasi_thread_start") (param i32 i32)
    (loop $on
      (br_if $on (i32.const BUSY))
      (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1)))
      (br $on)))
  (func (export "_start")
    (local $begun i64)
    (local $left i32)
    (local.set $begun (call $now))
    (local.set $left (i32.const THREADS))
    (loop $more
      (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i64.store (i32.const 16) (i64.sub (call $now) (local.get $begun)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))))
