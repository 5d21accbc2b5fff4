;; Has a stack in memory, as compiled code does, and tells where it stood when it allocated.
(module
  (memory (export "memory") 2 3 shared)
  ;; 0 how much was allocated; 4 how often it was freed; 8 how many are inside `wait`; 12 what they wait at;
  ;; 16 the stack pointer of the last `malloc` or `free`; 20 the last thread-local variables.
  (global $stack_pointer (export "__stack_pointer") (mut i32) (i32.const 1024))
  (global (export "__tls_size") i32 (i32.const 8))
  (global (export "__tls_align") i32 (i32.const 64))
  (func (export "malloc") (param $size i32) (result i32)
    (i32.store (i32.const 16) (global.get $stack_pointer))
    (i32.add (i32.const 65536) (i32.atomic.rmw.add (i32.const 0) (local.get $size))))
  (func (export "free") (param i32)
    (i32.store (i32.const 16) (global.get $stack_pointer))
    (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1))))
  (func (export "__wasm_init_tls") (param $tls i32) (i32.store (i32.const 20) (local.get $tls)))
  (func (export "wait")
    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 8) (i32.const -1)))
    (drop (memory.atomic.wait32 (i32.const 12) (i32.const 0) (i64.const -1))))
  (func (export "stack_pointer") (result i32) (global.get $stack_pointer)))
