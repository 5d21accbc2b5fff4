;; Throws and catches for ever, in a function and through a call.
(module
  (tag $e)
  (func $throws (throw $e))
  (func (export "_start")
    (loop $again
      (block $first (try_table (catch $e $first) (throw $e)))
      (block $second (try_table (catch $e $second) (call $throws)))
      (br $again))))
