;; Imports a function of WASI with a type that it does not have.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i64) (result i32)))
  (func (export "_start")))
