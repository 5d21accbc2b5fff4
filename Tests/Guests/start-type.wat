;; Its _start has a type that no command has.
(module (func (export "_start") (param i32)))
