;; Has no _start: it can be loaded, and not run.
(module (func (export "other") (result i32) (i32.const 7)))
