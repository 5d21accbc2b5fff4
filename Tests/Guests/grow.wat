;; A thread grows the memory, page by page, and tells the first one each time, which at once has a call of WASI
;; read and write in the new page. Exits with 0, and with 1 where a call does not see the page.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1 201 shared)
  ;; 0 how many pages there are; 4 how many the first thread has used.
  (func (export "wasi_thread_start") (param i32 i32) (local $pages i32)
    (local.set $pages (i32.const 1))
    (loop $next
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (call $proc_exit (i32.const 2))))
      (local.set $pages (i32.add (local.get $pages) (i32.const 1)))
      (i32.atomic.store (i32.const 0) (local.get $pages))
      (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
      (drop (memory.atomic.wait32 (i32.const 4) (i32.sub (local.get $pages) (i32.const 1)) (i64.const -1)))
      (br_if $next (i32.lt_u (local.get $pages) (i32.const 201)))))
  (func (export "_start") (local $pages i32) (local $page i32)
    (local.set $pages (i32.const 1))
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 1))
    (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $proc_exit (i32.const 3))))
    (loop $next
      (drop (memory.atomic.wait32 (i32.const 0) (local.get $pages) (i64.const -1)))
      (local.set $page (i32.mul (local.get $pages) (i32.const 65536)))
      (local.set $pages (i32.add (local.get $pages) (i32.const 1)))
      ;; A call that is answered here, and one that is answered elsewhere: no bytes, from the new page.
      (if (call $clock_time_get (i32.const 1) (i64.const 0) (local.get $page)) (then (call $proc_exit (i32.const 1))))
      (i32.store offset=16 (local.get $page) (local.get $page))
      (if (call $fd_write (i32.const 1) (i32.add (local.get $page) (i32.const 16)) (i32.const 1)
          (i32.add (local.get $page) (i32.const 8)))
        (then (call $proc_exit (i32.const 1))))
      (i32.atomic.store (i32.const 4) (local.get $pages))
      (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $pages) (i32.const 201))))))
