;; Two threads and loops over memory that are compiled without checks. Exits with 0, or with the number of what
;; did not hold; a trap, or no end, is a failure too.
;;
;; 1: after an atomic load that saw a flag, a counted loop reads all that a counted loop stored before the flag;
;;    and a loop that loads the flag plainly sees it some time.
;; 2: what a counted loop has loaded is one value afterwards, whatever the other thread stores meanwhile: a value
;;    that was checked is in the table, and goes where the check said.
(module
  (import "env" "memory" (memory 2 2 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (export "memory" (memory 0))
  (type $number (func (result i32)))
  (table 4 funcref)
  (elem (i32.const 0) $zero $one $two $three)
  (func $zero (result i32) (i32.const 0))
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func $three (result i32) (i32.const 3))

  ;; 0: the flag of the writer; 4: that of the reader; 8: the index; 1024 to 5120: what is passed on.
  (func $fill (param $value i32) (local $p i32)
    (local.set $p (i32.const 1024))
    (loop $next
      (i32.store (local.get $p) (local.get $value))
      (br_if $next (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 4))) (i32.const 5120)))))

  (func $sum (result i32) (local $p i32) (local $s i32)
    (local.set $p (i32.const 1024))
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))
      (br_if $next (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 4))) (i32.const 5120))))
    (local.get $s))

  ;; Waits with plain loads alone, then synchronises.
  (func $await (param $flag i32) (param $value i32)
    (loop $again (br_if $again (i32.ne (i32.load (local.get $flag)) (local.get $value))))
    (if (i32.ne (i32.atomic.load (local.get $flag)) (local.get $value)) (then (call $exit (i32.const 3)))))

  (func $write (local $round i32)
    (loop $next
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (call $fill (local.get $round))
      (i32.atomic.store (i32.const 0) (local.get $round))
      (call $await (i32.const 4) (local.get $round))
      (br_if $next (i32.ne (local.get $round) (i32.const 2000)))))

  (func $read (local $round i32)
    (loop $next
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (call $await (i32.const 0) (local.get $round))
      (if (i32.ne (call $sum) (i32.mul (local.get $round) (i32.const 1024))) (then (call $exit (i32.const 1))))
      (i32.atomic.store (i32.const 4) (local.get $round))
      (br_if $next (i32.ne (local.get $round) (i32.const 2000)))))

  ;; Never ends by itself. The index is in the table or far outside; the loops are counted.
  (func $flip (local $i i32) (local $n i32)
    (loop $always
      (local.set $n (i32.const 16))
      (loop $next
        (i32.store (i32.const 8) (i32.and (local.get $i) (i32.const 3)))
        (i32.store (i32.const 8) (i32.sub (i32.const -1) (local.get $i)))
        (i32.store (i32.const 8) (i32.and (local.get $i) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.store (i32.const 8) (i32.const 0xFFFFFFF0))
      (br $always)))

  (func $load (result i32) (local $p i32) (local $index i32)
    (local.set $p (i32.const 1024))
    (loop $next
      (local.set $index (i32.load (i32.const 8)))
      (i32.store (local.get $p) (local.get $index))
      (br_if $next (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 4))) (i32.const 1056))))
    (local.get $index))

  (func $choose (local $p i32) (local $index i32) (local $round i32)
    (loop $again
      (local.set $p (i32.const 1024))
      (loop $next
        (local.set $index (i32.load (i32.const 8)))
        (br_if $next (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 4))) (i32.const 1056))))
      (if (i32.lt_u (local.get $index) (i32.const 4))
        (then
          (if (i32.ne (call_indirect (type $number) (local.get $index)) (local.get $index))
            (then (call $exit (i32.const 2))))))
      (block $done
        (block $bad
          (block $three (block $two (block $one (block $zero
            (br_table $zero $one $two $three $done (local.get $index)))
            (br_if $bad (local.get $index)) (br $done))
            (br_if $bad (i32.ne (local.get $index) (i32.const 1))) (br $done))
            (br_if $bad (i32.ne (local.get $index) (i32.const 2))) (br $done))
          (br_if $bad (i32.ne (local.get $index) (i32.const 3))) (br $done))
        (call $exit (i32.const 2)))
      ;; The same with a store of what was loaded, which is to be what the loop gave.
      (local.set $index (call $load))
      (if (i32.ne (i32.load (i32.const 1052)) (local.get $index)) (then (call $exit (i32.const 4))))
      (br_if $again (i32.ne (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 200000)))))

  (func (export "wasi_thread_start") (param i32 i32)
    (call $write)
    (call $flip))

  (func (export "_start")
    (drop (call $spawn (i32.const 0)))
    (call $read)
    (call $choose)
    (call $exit (i32.const 0))))
