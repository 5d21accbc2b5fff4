;; Has a stack in memory, as compiled code does, and exports nothing of it.
(module
  (memory 1 1 shared)
  (global $count (mut i32) (i32.const 100))
  (global $stack_pointer (mut i32) (i32.const 1024))
  (func (export "use") (result i32) (local $frame i32)
    (global.set $count (i32.sub (global.get $count) (i32.const 16)))
    (global.set $stack_pointer (local.tee $frame (i32.sub (global.get $stack_pointer) (i32.const 32))))
    (i32.store (local.get $frame) (i32.const 7))
    (global.set $stack_pointer (i32.add (local.get $frame) (i32.const 32)))
    (i32.load (local.get $frame))))
