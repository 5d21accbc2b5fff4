;; Has a stack in memory and no way to allocate another.
(module
  (memory 1 1 shared)
  (global (export "__stack_pointer") (mut i32) (i32.const 1024)))
