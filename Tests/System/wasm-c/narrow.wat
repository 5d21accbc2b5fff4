;; Functions of a type, and references that can not be null, in all that a host can give something to.
(module
  (type $unary (func (param i32) (result i32)))
  (global (export "global") (mut (ref null $unary)) (ref.null $unary))
  (global (export "always") (mut (ref $unary)) (ref.func $double))
  (table (export "table") 1 4 (ref null $unary))
  (func $double (export "double") (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "other") (result i32) (i32.const 7))
  (func (export "apply") (param (ref $unary)) (result i32) (call_ref $unary (i32.const 21) (local.get 0)))
  (func (export "some") (param (ref extern)) (result i32) (ref.is_null (local.get 0))))
