;; Host calls, 256 times so many. Reads and writes are of 4 KiB, from the start of a file each lap.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; One iovec: 4 KiB at 4096. Then the name of the file.
  (data (i32.const 0) "\00\10\00\00\00\10\00\00")
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (data (i32.const 32) "transfers")

  ;; Opens the file in the first directory, for reading, seeking and writing.
  (func (export "open") (result i32)
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 9) (i32.const 0)
          (i64.const 0x46) (i64.const 0) (i32.const 0) (i32.const 16))
      (then (unreachable)))
    (i32.load (i32.const 16)))

  (func (export "nothing") (param $fd i32) (param $laps i32)
    (local $count i32)
    (local.set $count (i32.mul (local.get $laps) (i32.const 256)))
    (loop $again (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "args_sizes_get") (param $fd i32) (param $laps i32)
    (local $count i32)
    (local.set $count (i32.mul (local.get $laps) (i32.const 256)))
    (loop $again
      (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "clock_time_get") (param $fd i32) (param $laps i32)
    (local $count i32)
    (local.set $count (i32.mul (local.get $laps) (i32.const 256)))
    (loop $again
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 16)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "fd_read") (param $fd i32) (param $laps i32)
    (local $count i32)
    (loop $lap
      (drop (call $fd_seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 16)))
      (local.set $count (i32.const 256))
      (loop $again
        (if (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)) (then (unreachable)))
        (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (br_if $lap (local.tee $laps (i32.sub (local.get $laps) (i32.const 1))))))
  (func (export "fd_write") (param $fd i32) (param $laps i32)
    (local $count i32)
    (loop $lap
      (drop (call $fd_seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 16)))
      (local.set $count (i32.const 256))
      (loop $again
        (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)) (then (unreachable)))
        (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (br_if $lap (local.tee $laps (i32.sub (local.get $laps) (i32.const 1)))))))
