;; What the scripts of the threads proposal import from `spectest` besides; a module of its own, since
;; a module has one memory.
(module (memory (export "shared_memory") 1 2 shared))
