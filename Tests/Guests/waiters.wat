;; Threads that wait without a time limit where they are told to.
(module
  (import "env" "memory" (memory 1 4 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (export "memory" (memory 0))
  ;; Until somebody notifies, whatever is there.
  (func $wait (export "wait") (param $address i32)
    (drop (memory.atomic.wait32 (local.get $address) (i32.atomic.load (local.get $address)) (i64.const -1))))
  ;; Returns how many it wakes.
  (func (export "notify") (param $address i32) (result i32)
    (memory.atomic.notify (local.get $address) (i32.const -1)))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0)))
  ;; 4096 and more: wants what is at the address less 4096, having the mutex that follows it in memory.
  (func $wasi_thread_start (export "wasi_thread_start") (param $tid i32) (param $address i32)
    (if (i32.ge_u (local.get $address) (i32.const 4096))
      (then
        (call $take (i32.add (local.get $address) (i32.const 16)) (local.get $tid))
        (i32.atomic.store (i32.const 0) (i32.const 1))
        (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
        (call $pthread_mutex_lock (local.get $address)))
      (else (call $wait (local.get $address)))))
  ;; Two recursive mutexes of wasi-libc at 4096 and 4112: the type, the lock, the number of waiters. The first is the
  ;; main thread's, the second that of the thread which it spawns, and each wants the other's.
  (func $mutexes (export "mutexes")
    (call $take (i32.const 4096) (i32.const 0x3fffffff))
    (drop (call $spawn (i32.const 4096)))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (call $pthread_mutex_lock (i32.const 4112)))
  (func $take (param $mutex i32) (param $tid i32)
    (i32.atomic.store (local.get $mutex) (i32.const 1))
    (i32.atomic.store offset=4 (local.get $mutex) (local.get $tid)))
  (func $pthread_mutex_lock (param $mutex i32)
    (drop (i32.atomic.rmw.add offset=8 (local.get $mutex) (i32.const 1)))
    (drop (i32.atomic.rmw.or offset=4 (local.get $mutex) (i32.const 0x80000000)))
    (call $wait (i32.add (local.get $mutex) (i32.const 4)))))
