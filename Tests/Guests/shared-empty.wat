;; A shared memory without pages, and no import that spawns: that is valid.
(module
  (memory (export "memory") 0 0 shared)
  (func (export "_start")))
