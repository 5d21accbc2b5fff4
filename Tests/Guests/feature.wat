;; Uses a feature that is refused at load.
(module (func $f) (func (export "_start") (return_call $f)))
