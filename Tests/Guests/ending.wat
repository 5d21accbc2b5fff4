;; Ends in one of several ways while its threads are in one of several states. Arguments, of which the
;; first letter counts:
;;   state    busy, wait, poll (on a clock), descriptor (poll on standard input), read (standard input)
;;   way      return, exit, trap: by the first thread; leave, unreachable: by a thread, with the first
;;            thread in the state too (exit and trap); never: the first thread goes into the state
;;   threads  how many there are; the digits of a decimal number
;;   settle   for how many milliseconds the one that decides waits before it does; optional
;; Writes "ready" once all threads run. The status of an exit is 7. Before it decides, the one that does
;; stores the monotonic clock at address 24.
;; With these arguments it is what the tests of the proposal do that are called
;; wasi_threads_{exit,return}_{main,nonmain}_{block,busy,wasi,wasi_read}; like there, the memory has names
;; of no meaning. https://github.com/WebAssembly/wasi-threads/tree/main/test/testsuite
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") (import "foo" "bar") 64 64 shared)
  ;; 0 how many threads run; 4 what nobody notifies; 8 state; 12 way; 16 settle; 24 clock; 32 "ready" and
  ;; its vector; 64 arguments; from 4096 on 128 bytes for each thread.
  (func $is_state (param $letter i32) (result i32) (i32.eq (i32.load (i32.const 8)) (local.get $letter)))
  (func $is_way (param $letter i32) (result i32) (i32.eq (i32.load (i32.const 12)) (local.get $letter)))

  ;; Enters the state, with 128 bytes of its own, for ever.
  (func $stay (param $own i32)
    (if (call $is_state (i32.const 0x62 (; b ;))) (then (loop $again (br $again))))
    (if (call $is_state (i32.const 0x77 (; w ;)))
      (then (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))))
    (if (call $is_state (i32.const 0x70 (; p ;)))
      (then
        ;; A subscription to the monotonic clock, a thousand seconds from now.
        (i32.store offset=16 (local.get $own) (i32.const 1))
        (i64.store offset=24 (local.get $own) (i64.const 1000000000000))
        (call $poll (local.get $own))))
    (if (call $is_state (i32.const 0x64 (; d ;)))
      (then
        ;; A subscription to reading from descriptor 0.
        (i32.store8 offset=8 (local.get $own) (i32.const 1))
        (call $poll (local.get $own))))
    (if (call $is_state (i32.const 0x72 (; r ;)))
      (then
        (i32.store (local.get $own) (i32.add (local.get $own) (i32.const 16)))
        (i32.store offset=4 (local.get $own) (i32.const 1))
        (drop (call $fd_read (i32.const 0) (local.get $own) (i32.const 1)
          (i32.add (local.get $own) (i32.const 8))))))
    (unreachable))
  (func $poll (param $own i32)
    (drop (call $poll_oneoff (local.get $own) (i32.add (local.get $own) (i32.const 48)) (i32.const 1)
      (i32.add (local.get $own) (i32.const 80)))))

  ;; Waits until `threads` threads run, says so, and decides the end.
  (func $decide (param $threads i32) (local $count i32)
    (block $all
      (loop $again
        (local.set $count (i32.atomic.load (i32.const 0)))
        (br_if $all (i32.eq (local.get $count) (local.get $threads)))
        (drop (memory.atomic.wait32 (i32.const 0) (local.get $count) (i64.const -1)))
        (br $again)))
    (i32.store (i32.const 32) (i32.const 48))
    (i32.store (i32.const 36) (i32.const 6))
    (i64.store (i32.const 48) (i64.const 0x0a7964616572 (; "ready\n" ;)))
    (drop (call $fd_write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)))
    (if (i32.load (i32.const 16))
      (then
        (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0)
          (i64.mul (i64.extend_i32_u (i32.load (i32.const 16))) (i64.const 1000000))))))
    (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 24)))
    (if (i32.or (call $is_way (i32.const 0x65 (; e ;))) (call $is_way (i32.const 0x6c (; l ;))))
      (then (call $proc_exit (i32.const 7))))
    (if (i32.or (call $is_way (i32.const 0x74 (; t ;))) (call $is_way (i32.const 0x75 (; u ;))))
      (then (unreachable)))
    (if (call $is_way (i32.const 0x6e (; n ;))) (then (call $stay (i32.const 4096)))))

  ;; The argument is a thread's number from 1 on; the one that decides has the number of all threads, negated.
  (func (export "wasi_thread_start") (param $tid i32) (param $number i32)
    (if (i32.lt_s (local.get $number) (i32.const 0))
      (then (call $decide (i32.sub (i32.const 0) (local.get $number))) (unreachable)))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
    (call $stay (i32.add (i32.const 4096) (i32.mul (local.get $number) (i32.const 128)))))

  (func $spawn_or_fail (param $argument i32)
    (if (i32.le_s (call $spawn (local.get $argument)) (i32.const 0)) (then (call $proc_exit (i32.const 3)))))

  (func $letter (param $argument i32) (result i32)
    (i32.load8_u (i32.load (i32.add (i32.const 64) (i32.mul (local.get $argument) (i32.const 4))))))

  (func $number (param $argument i32) (result i32) (local $at i32) (local $digit i32) (local $value i32)
    (local.set $at (i32.load (i32.add (i32.const 64) (i32.mul (local.get $argument) (i32.const 4)))))
    (block $end
      (loop $next
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
        (br_if $end (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $value))

  (func (export "_start") (local $threads i32) (local $index i32)
    (drop (call $args_sizes_get (i32.const 32) (i32.const 36)))
    (if (i32.lt_u (i32.load (i32.const 32)) (i32.const 4)) (then (call $proc_exit (i32.const 2))))
    (drop (call $args_get (i32.const 64) (i32.const 128)))
    (i32.store (i32.const 8) (call $letter (i32.const 1)))
    (i32.store (i32.const 12) (call $letter (i32.const 2)))
    (local.set $threads (call $number (i32.const 3)))
    (if (i32.gt_u (i32.load (i32.const 32)) (i32.const 4))
      (then (i32.store (i32.const 16) (call $number (i32.const 4)))))
    (loop $next
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (call $spawn_or_fail (local.get $index))
      (br_if $next (i32.lt_u (local.get $index) (local.get $threads))))
    (if (i32.or (call $is_way (i32.const 0x6c (; l ;))) (call $is_way (i32.const 0x75 (; u ;))))
      (then
        (call $spawn_or_fail (i32.sub (i32.const 0) (local.get $threads)))
        (call $stay (i32.const 4096))))
    (call $decide (local.get $threads))))
