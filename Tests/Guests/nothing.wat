;; Does nothing: what starting and ending cost.
(module (func (export "_start")))
