;; Four threads ask the host for the squares of 1 to 4 and store them from address 64 on; `_start` waits for
;; them. `mean_of_squares` divides the sum of two squares by a number.
(module
  (import "env" "square" (func $square (param i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  ;; 0 how many threads are done.
  (func (export "wasi_thread_start") (param $tid i32) (param $number i32)
    (i32.store offset=60 (i32.shl (local.get $number) (i32.const 2)) (call $square (local.get $number)))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start") (local $number i32) (local $done i32)
    (loop $next
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (if (i32.lt_s (call $spawn (local.get $number)) (i32.const 1)) (then (unreachable)))
      (br_if $next (i32.lt_u (local.get $number) (i32.const 4))))
    (loop $again
      (local.set $done (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $done) (i32.const 4))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $done) (i64.const -1)))
          (br $again)))))
  (func $divide (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func (export "mean_of_squares") (param $a i32) (param $b i32) (param $count i32) (result i32)
    (call $divide
      (i32.add (call $square (local.get $a)) (call $square (local.get $b)))
      (local.get $count))))
