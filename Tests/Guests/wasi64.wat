;; Writes through preview 1 from a memory with 64-bit addresses, whose lowest 4 GiB its pointers reach.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") i64 1)
  (data (i64.const 8) "\10\00\00\00\06\00\00\00wide!\n")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))
