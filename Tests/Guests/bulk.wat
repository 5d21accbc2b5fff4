;; Uses a feature in code only, in the second of two functions.
(module
  (memory 1)
  (func (export "_start"))
  (func (export "copy") (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))))
