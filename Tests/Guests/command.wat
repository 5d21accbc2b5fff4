;; A command that is used as a library: leaves _start in the way that the word at 0 says, with a stack pointer as a
;; compiler's code has it.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "env" "back" (func $back))
  (memory (export "memory") 1 1 shared)
  (global $stack_pointer (export "__stack_pointer") (mut i32) (i32.const 4096))
  (global $calls (mut i32) (i32.const 0))
  (func (export "_start")
    (global.set $stack_pointer (i32.sub (global.get $stack_pointer) (i32.const 64)))
    (global.set $calls (i32.const 100))
    (block $return (block $exit (block $fail (block $thread (block $nested
      (br_table $return $exit $fail $thread $nested (i32.load (i32.const 0))))
      ;; From a function of the host's, which is in the way.
      (call $back)
      (unreachable))
      (drop (call $spawn (i32.const 0)))
      (call $proc_exit (i32.const 0)))
      (call $proc_exit (i32.const 3)))
      (call $proc_exit (i32.const 0)))
    (global.set $stack_pointer (i32.add (global.get $stack_pointer) (i32.const 64))))
  (func (export "leave") (call $proc_exit (i32.const 0)))
  (func (export "count") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls))
  (func (export "depth") (result i32) (global.get $stack_pointer))
  (func (export "malloc") (param i32) (result i32) (i32.const 8192))
  (func (export "free") (param i32))
  ;; Waits until the process ends.
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))))
