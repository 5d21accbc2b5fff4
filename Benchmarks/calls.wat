;; Host calls, each so many times. Reads and writes are of 4 KiB, on the standard streams.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; One iovec: 4 KiB at 4096.
  (data (i32.const 0) "\00\10\00\00\00\10\00\00")
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "nothing") (param $count i32)
    (loop $again (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "args_sizes_get") (param $count i32)
    (loop $again
      (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "clock_time_get") (param $count i32)
    (loop $again
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 16)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "fd_read") (param $count i32)
    (loop $again
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)) (then (unreachable)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "fd_write") (param $count i32)
    (loop $again
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)) (then (unreachable)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
