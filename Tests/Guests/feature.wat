;; Uses a feature that is refused at load.
(module (memory i64 1) (func (export "_start")))
