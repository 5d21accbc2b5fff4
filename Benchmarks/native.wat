;; Calls of C functions of the host, each so many times, and of a function of the guest to compare with.
(module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "scale" (func $scale (param f64 f64) (result f64)))
  (import "env" "sum" (func $sum (param i32 i32) (result f64)))
  (import "env" "length" (func $length (param i32) (result i32)))
  (import "env" "norm" (func $norm (param i32) (result f64)))
  (import "env" "table" (func $table (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "forty-two bytes are what this string holds\00")
  (func $own (export "own") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "nothing") (param $count i32)
    (loop $again (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "guest") (param $count i32)
    (loop $again
      (drop (call $own (i32.const 1) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "add") (param $count i32)
    (loop $again
      (drop (call $add (i32.const 1) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "scale") (param $count i32)
    (loop $again
      (drop (call $scale (f64.const 2) (f64.const 3)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "sum") (param $count i32)
    (loop $again
      (drop (call $sum (i32.const 64) (i32.const 2)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "length") (param $count i32)
    (loop $again
      (drop (call $length (i32.const 64)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "norm") (param $count i32)
    (loop $again
      (drop (call $norm (i32.const 64)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func (export "table") (param $count i32)
    (loop $again
      (drop (call $table (i32.const 1) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
