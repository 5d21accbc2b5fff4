;; Passes vectors to a function of the host and back, between values of one slot.
(module
  (import "env" "turn" (func $turn (param i32 v128 i64) (result v128)))
  (func (export "_start"))
  (func (export "pass") (param i64 v128 i32) (result i32 v128)
    (i32.add (local.get 2) (i32.const 1))
    (call $turn (local.get 2) (i32x4.add (local.get 1) (i32x4.splat (local.get 2))) (local.get 0))))
