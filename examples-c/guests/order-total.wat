;; Adds up an order. `item` is a number that the host knows a price of; what is ordered stands in memory as pairs
;; of item and quantity, two i32 each.
(module
  (import "shop" "price" (func $price (param $item i32) (result i32)))
  (memory (export "memory") 1)
  ;; The price of `count` pairs from `address` on, which is also stored after the last.
  (func $total (export "total") (param $address i32) (param $count i32) (result i32) (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.mul (call $price (i32.load (local.get $address))) (i32.load offset=4 (local.get $address)))))
        (local.set $address (i32.add (local.get $address) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $address) (local.get $sum))
    (local.get $sum))
  ;; What one of `count` pairs costs in the mean.
  (func (export "mean") (param $address i32) (param $count i32) (result i32)
    (i32.div_u (call $total (local.get $address) (local.get $count)) (local.get $count))))
