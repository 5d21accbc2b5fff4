;; Copies the file "in" of its first directory to "out" there and to standard output, and what comes as
;; standard input after it. Exits with the number of the first error.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "inout")

  (func $check (param i32)
    (if (local.get 0) (then (call $proc_exit (local.get 0)))))

  (func $open (param $path i32) (param $length i32) (param $oflags i32) (param $rights i64) (result i32)
    (call $check
      (call $path_open
        (i32.const 3) (i32.const 1) (local.get $path) (local.get $length) (local.get $oflags)
        (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16)))
    (i32.load (i32.const 16)))

  ;; Reads what fits; gives how much.
  (func $read (param $fd i32) (result i32)
    (i32.store (i32.const 32) (i32.const 1024))
    (i32.store (i32.const 36) (i32.const 4096))
    (call $check (call $fd_read (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 16)))
    (i32.load (i32.const 16)))

  (func $write (param $fd i32) (param $length i32)
    (i32.store (i32.const 32) (i32.const 1024))
    (i32.store (i32.const 36) (local.get $length))
    (call $check (call $fd_write (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 16))))

  (func (export "_start")
    (local $length i32)
    (local.set $length (call $read (call $open (i32.const 0) (i32.const 2) (i32.const 0) (i64.const 2))))
    (call $write (call $open (i32.const 2) (i32.const 3) (i32.const 9) (i64.const 64)) (local.get $length))
    (call $write (i32.const 1) (local.get $length))
    (call $write (i32.const 1) (call $read (i32.const 0)))))
