;; Uses a feature that is refused at load.
(module (type (struct)) (func (export "_start")))
