;; Imports a function that nobody defines.
(module
  (import "nowhere" "nothing" (func (param i32)))
  (func (export "_start")))
