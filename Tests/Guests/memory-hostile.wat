;; Begins with a memory that no machine has.
(module (memory i64 0x1000000000000) (func (export "_start")))
