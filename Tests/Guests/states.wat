;; For embedders that end it: threads that go into a state and stay there, whichever call ends the process.
;; States: 0 busy, 1 wait, 2 poll (on a clock), 3 descriptor (poll on standard input), 4 read (standard
;; input), 5 inside a function of the host, 6 spawning thread after thread.
;; A thread of the state 7 grows the memory and returns, and does not count itself.
(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 300 shared)
  ;; 0 how many threads have counted themselves; 4 what nobody notifies; from 4096 on 128 bytes for each.

  (func $count_itself (result i32) (local $before i32)
    (local.set $before (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
    (local.get $before))

  ;; Returns once `count` threads have counted themselves.
  (func (export "await") (param $count i32) (local $seen i32)
    (loop $again
      (local.set $seen (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $seen) (local.get $count))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const -1)))
          (br $again)))))

  (func $stay (export "stay") (param $state i32) (local $own i32)
    (local.set $own
      (i32.add (i32.const 4096) (i32.mul (i32.rem_u (call $count_itself) (i32.const 400)) (i32.const 128))))
    (block $storm (block $in_host (block $read (block $descriptor (block $poll (block $wait
      (block $busy
        (br_table $busy $wait $poll $descriptor $read $in_host $storm (local.get $state)))
      (loop $again (br $again)))
      (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
      (unreachable))
      ;; A subscription to the monotonic clock, a thousand seconds from now.
      (i32.store offset=16 (local.get $own) (i32.const 1))
      (i64.store offset=24 (local.get $own) (i64.const 1000000000000))
      (call $poll_and_fail (local.get $own)))
      ;; A subscription to reading from descriptor 0.
      (i32.store8 offset=8 (local.get $own) (i32.const 1))
      (call $poll_and_fail (local.get $own)))
      (i32.store (local.get $own) (i32.add (local.get $own) (i32.const 16)))
      (i32.store offset=4 (local.get $own) (i32.const 1))
      (drop (call $fd_read (i32.const 0) (local.get $own) (i32.const 1)
        (i32.add (local.get $own) (i32.const 8))))
      (unreachable))
      (drop (call $host (local.get $state)))
      (return))
    (loop $again (drop (call $spawn (i32.const 7))) (br $again)))

  (func $poll_and_fail (param $own i32)
    (drop (call $poll_oneoff (local.get $own) (i32.add (local.get $own) (i32.const 48)) (i32.const 1)
      (i32.add (local.get $own) (i32.const 80))))
    (unreachable))

  (func (export "wasi_thread_start") (param $tid i32) (param $state i32)
    (if (i32.eq (local.get $state) (i32.const 7)) (then (drop (memory.grow (i32.const 1))) (return)))
    (call $stay (local.get $state)))
  (func (export "ask") (param $question i32) (result i32) (call $host (local.get $question)))
  (func (export "load") (param $address i32) (result i32) (i32.load (local.get $address)))
  (func (export "_start")))
