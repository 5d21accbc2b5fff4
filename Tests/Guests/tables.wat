;; Ten elements in two tables, of which one grows.
(module
  (memory 1 1 shared)
  (table 6 funcref)
  (table $growing 4 1000000 funcref)
  (func (export "grow") (param i32) (result i32)
    (table.grow $growing (ref.null func) (local.get 0)))
  (func (export "size") (result i32) (table.size $growing)))
