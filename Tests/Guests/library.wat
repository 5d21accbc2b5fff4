;; Uses functions of the host's own libraries.
(module
  (import "libm" "cbrt" (func $cbrt (param f64) (result f64)))
  (import "libm" "hypot" (func $hypot (param f64 f64) (result f64)))
  (import "libc" "abs" (func $abs (param i32) (result i32)))
  (import "libc" "strlen" (func $strlen (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "library\00")
  (func (export "cbrt") (param f64) (result f64) (call $cbrt (local.get 0)))
  (func (export "hypot") (param f64 f64) (result f64) (call $hypot (local.get 0) (local.get 1)))
  (func (export "abs") (param i32) (result i32) (call $abs (local.get 0)))
  (func (export "strlen") (param i32) (result i32) (call $strlen (local.get 0))))
