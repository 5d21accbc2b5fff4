;; What the guide for C++ calls.
(module
  (import "env" "root" (func $root (param f64) (result f64)))
  (import "env" "say" (func $say (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "good day\00")
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "greet") (call $say (i32.const 16)))
  (func (export "hypotenuse") (param f64 f64) (result f64)
    (call $root
      (f64.add (f64.mul (local.get 0) (local.get 0)) (f64.mul (local.get 1) (local.get 1)))))
  (func $root_of (export "root_of") (param f64) (result f64) (call $root (local.get 0))))
