;; Threads that share a memory with 64-bit addresses: they count in it, grow it, and wait in it. Traps where a thread
;; misses what another one has done. Each thread has a memory of its own, too.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "memory" (memory $wide i64 1 64 shared))
  (memory $own 1)

  ;; Each adds to the sum, grows the memory, writes to the end of what it got, and says where that is.
  (func (export "wasi_thread_start") (param $thread i32) (param $argument i32)
    (local $round i32) (local $end i64)
    (loop $next
      (drop (i64.atomic.rmw.add $wide offset=8 (i64.const 0) (i64.const 1)))
      (i32.store $own (local.get $round) (i32.const 1))
      (br_if $next (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 1000))))
    (local.set $end (i64.mul (i64.add (memory.grow $wide (i64.const 1)) (i64.const 1)) (i64.const 65536)))
    (i64.store $wide (i64.sub (local.get $end) (i64.const 8)) (local.get $end))
    (i64.atomic.store $wide offset=64 (i64.shl (i64.extend_i32_u (local.get $argument)) (i64.const 3)) (local.get $end))
    (drop (i32.atomic.rmw.add $wide (i64.const 0) (i32.const 1)))
    (drop (memory.atomic.notify $wide (i64.const 0) (i32.const -1))))

  ;; Nothing is called between what another thread says and the access to the pages that it has made.
  (func $look (param $argument i64) (local $end i64)
    (loop $again
      (br_if $again (i64.eqz (local.tee $end
        (i64.atomic.load $wide offset=64 (i64.shl (local.get $argument) (i64.const 3)))))))
    (if (i64.ne (i64.load $wide (i64.sub (local.get $end) (i64.const 8))) (local.get $end)) (then (unreachable))))

  (func (export "_start") (local $number i32)
    (loop $next
      (if (i32.le_s (call $spawn (local.get $number)) (i32.const 0)) (then (unreachable)))
      (br_if $next (i32.lt_u (local.tee $number (i32.add (local.get $number) (i32.const 1))) (i32.const 4))))
    (call $look (i64.const 0))
    (call $look (i64.const 1))
    (call $look (i64.const 2))
    (call $look (i64.const 3))
    (loop $wait
      (local.set $number (i32.atomic.load $wide (i64.const 0)))
      (if (i32.ne (local.get $number) (i32.const 4)) (then
        (drop (memory.atomic.wait32 $wide (i64.const 0) (local.get $number) (i64.const -1)))
        (br $wait))))
    (if (i64.ne (i64.load $wide (i64.const 8)) (i64.const 4000)) (then (unreachable)))
    (if (i64.ne (memory.size $wide) (i64.const 5)) (then (unreachable)))))
