;; Loops that a compiler may take apart when it knows that they do not trap: what stands in memory when they
;; do is what single steps leave there.

(module
  (memory 1 1)

  (func (export "reset")
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "get_f64") (param i32) (result f64) (f64.load (local.get 0)))
  (func (export "set_f64") (param i32 f64) (f64.store (local.get 0) (local.get 1)))

  ;; Stores the number of iterations that are left, upwards from `to`.
  (func (export "up") (param $to i32) (param $iterations i32)
    (loop $next
      (i32.store (local.get $to) (local.get $iterations))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1))))))

  ;; The same downwards.
  (func (export "down") (param $to i32) (param $iterations i32)
    (loop $next
      (i32.store (local.get $to) (local.get $iterations))
      (local.set $to (i32.add (local.get $to) (i32.const -4)))
      (br_if $next (local.tee $iterations (i32.add (local.get $iterations) (i32.const -1))))))

  ;; One number for the iterations and the address, with an offset that the instruction has.
  (func (export "until") (param $from i32) (param $to i32)
    (loop $next
      (i32.store offset=16 (local.get $from) (i32.const 7))
      (br_if $next
        (i32.ne (local.tee $from (i32.add (local.get $from) (i32.const 12))) (local.get $to)))))

  ;; The address wraps on its way, as long as it is a sum.
  (func (export "wrapping") (param $at i32)
    (loop $next
      (i32.store (i32.add (local.get $at) (i32.const 64)) (i32.const 9))
      (br_if $next (local.tee $at (i32.add (local.get $at) (i32.const 4))))))

  (func (export "less_s") (param $at i32) (param $end i32) (result i32)
    (local $iterations i32)
    (loop $next
      (i32.store8 (i32.const 5) (local.get $at))
      (local.set $iterations (i32.add (local.get $iterations) (i32.const 1)))
      (br_if $next
        (i32.lt_s (local.tee $at (i32.add (local.get $at) (i32.const 3))) (local.get $end))))
    (local.get $iterations))
  (func (export "less_u") (param $at i32) (param $end i32) (result i32)
    (local $iterations i32)
    (loop $next
      (i32.store8 (i32.const 5) (local.get $at))
      (local.set $iterations (i32.add (local.get $iterations) (i32.const 1)))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 3))) (local.get $end))))
    (local.get $iterations))
  (func (export "greater_s") (param $at i32) (param $end i32) (result i32)
    (local $iterations i32)
    (loop $next
      (i32.store8 (i32.const 5) (local.get $at))
      (local.set $iterations (i32.add (local.get $iterations) (i32.const 1)))
      (br_if $next
        (i32.gt_s (local.tee $at (i32.sub (local.get $at) (i32.const 5))) (local.get $end))))
    (local.get $iterations))
  (func (export "greater_u") (param $at i32) (param $end i32) (result i32)
    (local $iterations i32)
    (loop $next
      (i32.store8 (i32.const 5) (local.get $at))
      (local.set $iterations (i32.add (local.get $iterations) (i32.const 1)))
      (br_if $next
        (i32.gt_u (local.tee $at (i32.sub (local.get $at) (i32.const 5))) (local.get $end))))
    (local.get $iterations))

  ;; Copies words from one place to another, which may overlap.
  (func (export "copy") (param $to i32) (param $from i32) (param $iterations i32)
    (loop $next
      (i32.store (local.get $to) (i32.add (i32.load (local.get $from)) (i32.const 1)))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1))))))

  ;; Nobody needs what it loads.
  (func (export "touch") (param $at i32) (param $iterations i32)
    (loop $next
      (drop (i64.load (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1))))))

  ;; Writes four words that stand side by side, in another order.
  (func (export "four") (param $at i32) (param $iterations i32)
    (loop $next
      (i32.store offset=12 (local.get $at) (i32.const 4))
      (i32.store offset=4 (local.get $at) (i32.const 2))
      (i32.store (local.get $at) (i32.const 1))
      (i32.store offset=8 (local.get $at) (i32.const 3))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1))))))

  ;; A sum whose order counts.
  (func (export "sum") (param $at i32) (param $iterations i32) (result f64)
    (local $sum f64)
    (loop $next
      (local.set $sum (f64.add (local.get $sum) (f64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1)))))
    (local.get $sum))

  ;; Each iteration reads what the one before it wrote.
  (func (export "chain") (param $at i32) (param $iterations i32)
    (loop $next
      (i32.store (local.get $at)
        (i32.add (i32.load (i32.sub (local.get $at) (i32.const 4))) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1))))))

  ;; Inside of another loop, with operands below both.
  (func (export "nested") (param $at i32) (result i32)
    (local $row i32) (local $column i32)
    (i32.const 1000)
    (loop $rows
      (local.set $column (i32.const 0))
      (loop $columns
        (i32.store
          (i32.add (local.get $at) (i32.add (i32.shl (local.get $row) (i32.const 6)) (local.get $column)))
          (i32.mul (local.get $row) (local.get $column)))
        (br_if $columns
          (i32.ne (local.tee $column (i32.add (local.get $column) (i32.const 4))) (i32.const 64))))
      (br_if $rows (i32.ne (local.tee $row (i32.add (local.get $row) (i32.const 1))) (i32.const 8))))
    (i32.add (local.get $column))))

;; Inside.
(assert_return (invoke "up" (i32.const 100) (i32.const 50)))
(assert_return (invoke "get" (i32.const 100)) (i32.const 50))
(assert_return (invoke "get" (i32.const 296)) (i32.const 1))
(assert_return (invoke "get" (i32.const 300)) (i32.const 0))
(assert_return (invoke "up" (i32.const 65336) (i32.const 50)))
(assert_return (invoke "get" (i32.const 65532)) (i32.const 1))
(assert_return (invoke "down" (i32.const 196) (i32.const 50)))
(assert_return (invoke "get" (i32.const 0)) (i32.const 1))
(assert_return (invoke "get" (i32.const 196)) (i32.const 50))
(assert_return (invoke "nested" (i32.const 1024)) (i32.const 1064))
(assert_return (invoke "get" (i32.const 1532)) (i32.const 420))

;; Beyond the end: what was stored before stays.
(assert_return (invoke "reset"))
(assert_trap (invoke "up" (i32.const 65496) (i32.const 20)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 65496)) (i32.const 20))
(assert_return (invoke "get" (i32.const 65532)) (i32.const 11))
(assert_trap (invoke "up" (i32.const 65470) (i32.const 200)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 65530)) (i32.const 185))
(assert_trap (invoke "down" (i32.const 40) (i32.const 20)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 40)) (i32.const 20))
(assert_return (invoke "get" (i32.const 0)) (i32.const 10))
(assert_return (invoke "reset"))
(assert_trap (invoke "four" (i32.const 65432) (i32.const 20)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 65528)) (i32.const 0))
(assert_return (invoke "get" (i32.const 65524)) (i32.const 4))
(assert_return (invoke "four" (i32.const 64) (i32.const 9)))
(assert_return (invoke "get" (i32.const 204)) (i32.const 4))
(assert_return (invoke "get" (i32.const 192)) (i32.const 1))
(assert_return (invoke "get" (i32.const 208)) (i32.const 0))

;; 2^32 iterations.
(assert_return (invoke "reset"))
(assert_trap (invoke "up" (i32.const 0) (i32.const 0)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 4)) (i32.const -1))
(assert_return (invoke "get" (i32.const 65532)) (i32.const -16383))

;; An end that is met, and one that is passed.
(assert_return (invoke "reset"))
(assert_return (invoke "until" (i32.const 4) (i32.const 124)))
(assert_return (invoke "get" (i32.const 20)) (i32.const 7))
(assert_return (invoke "get" (i32.const 128)) (i32.const 7))
(assert_return (invoke "get" (i32.const 140)) (i32.const 0))
(assert_trap (invoke "until" (i32.const 4) (i32.const 125)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 140)) (i32.const 7))
(assert_return (invoke "get" (i32.const 65528)) (i32.const 7))

;; Sums that wrap.
(assert_return (invoke "reset"))
(assert_return (invoke "wrapping" (i32.const -40)))
(assert_return (invoke "get" (i32.const 20)) (i32.const 0))
(assert_return (invoke "get" (i32.const 24)) (i32.const 9))
(assert_return (invoke "get" (i32.const 60)) (i32.const 9))
(assert_return (invoke "get" (i32.const 64)) (i32.const 0))
(assert_trap (invoke "wrapping" (i32.const -80)) "out of bounds memory access")

;; Ends on either side of where numbers wrap.
(assert_return (invoke "less_s" (i32.const 0) (i32.const 30)) (i32.const 10))
(assert_return (invoke "less_s" (i32.const 0) (i32.const 31)) (i32.const 11))
(assert_return (invoke "less_s" (i32.const -30) (i32.const 0)) (i32.const 10))
(assert_return (invoke "less_s" (i32.const 9) (i32.const -9)) (i32.const 1))
(assert_return (invoke "less_s" (i32.const 2147483600) (i32.const 2147483630)) (i32.const 10))
(assert_return (invoke "less_u" (i32.const 0) (i32.const 30)) (i32.const 10))
(assert_return (invoke "less_u" (i32.const 9) (i32.const 9)) (i32.const 1))
(assert_return (invoke "less_u" (i32.const 2147483640) (i32.const -2147483628)) (i32.const 10))
(assert_return (invoke "less_u" (i32.const -31) (i32.const -1)) (i32.const 10))
(assert_return (invoke "greater_s" (i32.const 50) (i32.const 0)) (i32.const 10))
(assert_return (invoke "greater_s" (i32.const 51) (i32.const 0)) (i32.const 11))
(assert_return (invoke "greater_s" (i32.const 25) (i32.const -25)) (i32.const 10))
(assert_return (invoke "greater_s" (i32.const -9) (i32.const 9)) (i32.const 1))
(assert_return (invoke "greater_u" (i32.const -1) (i32.const -51)) (i32.const 10))
(assert_return (invoke "greater_u" (i32.const 55) (i32.const 5)) (i32.const 10))

;; What overlaps.
(assert_return (invoke "reset"))
(assert_return (invoke "chain" (i32.const 4) (i32.const 100)))
(assert_return (invoke "get" (i32.const 400)) (i32.const 100))
(assert_return (invoke "copy" (i32.const 0) (i32.const 4) (i32.const 100)))
(assert_return (invoke "get" (i32.const 0)) (i32.const 2))
(assert_return (invoke "get" (i32.const 396)) (i32.const 101))
(assert_return (invoke "copy" (i32.const 12) (i32.const 0) (i32.const 100)))
(assert_return (invoke "get" (i32.const 12)) (i32.const 3))
(assert_return (invoke "get" (i32.const 408)) (i32.const 36))
(assert_return (invoke "copy" (i32.const 2000) (i32.const 0) (i32.const 100)))
(assert_return (invoke "get" (i32.const 2012)) (i32.const 4))
(assert_trap (invoke "copy" (i32.const 3000) (i32.const 65436) (i32.const 100)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 65436) (i32.const 3000) (i32.const 100)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 65532)) (i32.const 2))

;; Loads.
(assert_return (invoke "touch" (i32.const 0) (i32.const 8192)))
(assert_trap (invoke "touch" (i32.const 0) (i32.const 8193)) "out of bounds memory access")
(assert_trap (invoke "touch" (i32.const 1) (i32.const 8192)) "out of bounds memory access")
(assert_return (invoke "reset"))
(assert_return (invoke "set_f64" (i32.const 8) (f64.const 0x1p60)))
(assert_return (invoke "set_f64" (i32.const 16) (f64.const 1)))
(assert_return (invoke "set_f64" (i32.const 24) (f64.const -0x1p60)))
(assert_return (invoke "set_f64" (i32.const 56) (f64.const 3)))
(assert_return (invoke "sum" (i32.const 0) (i32.const 16)) (f64.const 3))

;; A memory that has grown.
(module
  (memory 1 3)
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "up") (param $to i32) (param $iterations i32)
    (loop $next
      (i32.store (local.get $to) (local.get $iterations))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (br_if $next (local.tee $iterations (i32.sub (local.get $iterations) (i32.const 1)))))))

(assert_trap (invoke "up" (i32.const 65532) (i32.const 30)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 65532)) (i32.const 30))
(assert_return (invoke "grow") (i32.const 1))
(assert_return (invoke "up" (i32.const 65532) (i32.const 30)))
(assert_return (invoke "get" (i32.const 65648)) (i32.const 1))
