;; What guest threads do at once: calls of one function of the host, between two that wait for each other. The
;; argument of a thread says which function.
(module
  (import "env" "begin" (func $begin (result i32)))
  (import "env" "end" (func $end))
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "sum" (func $sum (param i32 i32) (result f64)))
  (import "env" "length" (func $length (param i32) (result i32)))
  (import "env" "table" (func $table (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "forty-two bytes are what this string holds\00")
  (func (export "own") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $adds (param $count i32)
    (loop $again
      (drop (call $add (i32.const 1) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func $sums (param $count i32)
    (loop $again
      (drop (call $sum (i32.const 64) (i32.const 2)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func $lengths (param $count i32)
    (loop $again
      (drop (call $length (i32.const 64)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (func $tables (param $count i32)
    (loop $again
      (drop (call $table (i32.const 1) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
  (table funcref (elem $adds $sums $lengths $tables))
  (type $calls (func (param i32)))
  (func (export "wasi_thread_start") (param $tid i32) (param $which i32)
    (call_indirect (type $calls) (call $begin) (local.get $which))
    (call $end)))
