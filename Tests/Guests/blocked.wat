;; For embedders that end it: threads that make calls which wait, over and over, until the process ends.
;; The function `ask` of the host says by question what is to be done: 0 the number of a call (see $stay), 1 the
;; descriptor, 2 how the process ends (0 return, 1 exit, 2 trap, 3 and 4 the host does it), 3 the rights to open
;; the file "f" in descriptor 3 with instead, or 0. Question 4 is answered when the threads are to be ended, and
;; 5 says that the calling thread makes its call next. From 1000 on it is an errno that nobody expects.
(module
  (import "env" "ask" (func $ask (param i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $fd_set_size (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 100 100 shared)
  ;; 0 how many threads make their calls; 4 what nobody notifies; 8 results that nobody reads; 16 where a thread
  ;; finds what it opened, of which all are the same; 64 a path; 128 and 192 subscriptions to reading and writing;
  ;; 256 events; 512 one vector; 1024 as many as there can be, each the same five
  ;; megabytes, so that together they are more than a number can say.
  (data (i32.const 64) "f")

  (func $prepare (local $index i32)
    (i32.store8 (i32.const 136) (i32.const 1))
    (i32.store (i32.const 144) (call $ask (i32.const 1)))
    (i32.store8 (i32.const 200) (i32.const 2))
    (i32.store (i32.const 208) (call $ask (i32.const 1)))
    (i32.store (i32.const 512) (i32.const 131072))
    (i32.store (i32.const 516) (i32.const 64))
    (loop $again
      (i32.store (i32.add (i32.const 1024) (i32.mul (local.get $index) (i32.const 8))) (i32.const 131072))
      (i32.store (i32.add (i32.const 1028) (i32.mul (local.get $index) (i32.const 8))) (i32.const 5242880))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $index) (i32.const 1024)))))

  (func $check (param $errno i32)
    (if (local.get $errno) (then (drop (call $ask (i32.add (i32.const 1000) (local.get $errno)))))))

  (func $open (param $rights i64)
    (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 0)
      (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16))))

  ;; A gigabyte is allocated and cut off.
  (func $stay (local $call i32) (local $fd i32) (local $rights i32)
    (local.set $call (call $ask (i32.const 0)))
    (local.set $fd (call $ask (i32.const 1)))
    (local.set $rights (call $ask (i32.const 3)))
    (drop (call $ask (i32.const 5)))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
    (if (local.get $rights)
      (then
        (call $open (i64.extend_i32_u (local.get $rights)))
        (local.set $fd (i32.load (i32.const 16)))
        (i32.store (i32.const 144) (local.get $fd))
        (i32.store (i32.const 208) (local.get $fd))))
    (loop $again
      (block $host (block $grow (block $wait (block $readdir (block $send (block $recv (block $accept
      (block $poll_write (block $poll_read (block $pwrite (block $pread (block $write (block $read
      (br_table $read $write $pread $pwrite $poll_read $poll_write $accept $recv $send $readdir $wait $grow
        $host (local.get $call)))
        (call $check (call $fd_read (local.get $fd) (i32.const 1024) (i32.const 1024) (i32.const 8)))
        (br $again))
        (call $check (call $fd_write (local.get $fd) (i32.const 1024) (i32.const 1024) (i32.const 8)))
        (br $again))
        (call $check (call $fd_pread (local.get $fd) (i32.const 1024) (i32.const 1024) (i64.const 0)
          (i32.const 8)))
        (br $again))
        (call $check (call $fd_pwrite (local.get $fd) (i32.const 1024) (i32.const 1024) (i64.const 0)
          (i32.const 8)))
        (br $again))
        (call $check (call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 8)))
        (br $again))
        (call $check (call $poll_oneoff (i32.const 192) (i32.const 256) (i32.const 1) (i32.const 8)))
        (br $again))
        (call $check (call $sock_accept (local.get $fd) (i32.const 0) (i32.const 20)))
        (drop (call $fd_close (i32.load (i32.const 20))))
        (br $again))
        (call $check (call $sock_recv (local.get $fd) (i32.const 512) (i32.const 1) (i32.const 2) (i32.const 8)
          (i32.const 12)))
        (br $again))
        (call $check (call $sock_send (local.get $fd) (i32.const 1024) (i32.const 1024) (i32.const 0)
          (i32.const 8)))
        (br $again))
        (call $check (call $fd_readdir (local.get $fd) (i32.const 131072) (i32.const 1048576) (i64.const 0)
          (i32.const 8)))
        (br $again))
        (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
        (br $again))
        (call $check (call $fd_allocate (local.get $fd) (i64.const 0) (i64.const 1073741824)))
        (call $check (call $fd_set_size (local.get $fd) (i64.const 0)))
        (br $again))
      (drop (call $ask (i32.const 6)))))

  (func (export "wasi_thread_start") (param $tid i32) (param $way i32)
    (if (i32.eqz (local.get $way)) (then (call $stay)))
    (if (i32.eq (local.get $way) (i32.const 1)) (then (call $proc_exit (i32.const 3))))
    (if (i32.eq (local.get $way) (i32.const 2)) (then (unreachable))))

  (func (export "_start") (local $seen i32) (local $way i32)
    (call $prepare)
    (drop (call $spawn (i32.const 0)))
    (drop (call $spawn (i32.const 0)))
    (loop $again
      (local.set $seen (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $seen) (i32.const 2))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const -1)))
          (br $again))))
    (local.set $way (call $ask (i32.const 2)))
    (drop (call $ask (i32.const 4)))
    (if (i32.eqz (local.get $way)) (then (return)))
    (if (i32.lt_u (local.get $way) (i32.const 3)) (then (drop (call $spawn (local.get $way)))))
    (call $stay)))
