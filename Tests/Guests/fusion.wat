;; Sequences that a translator may take for one operation, with operands in places where that goes wrong
;; easily. Traps where a result is not what the instructions say.
(module
  (memory 1)
  (data (i32.const 4) "\00\00\40\40\00\00\40\40")
  (func $three (result f64) (f64.const 3))
  (func $five (result i32) (i32.const 5))
  (func $check (param $holds i32) (if (i32.eqz (local.get $holds)) (then (unreachable))))

  ;; A product of two temporaries, and a constant in the place of the second.
  (func $multiply_and_add
    (call $check
      (f64.eq (f64.add (f64.mul (call $three) (call $three)) (f64.const 100)) (f64.const 109)))
    (call $check
      (f64.eq (f64.add (f64.const 100) (f64.mul (call $three) (call $three))) (f64.const 109)))
    (call $check
      (f32.eq
        (f32.add (f32.mul (f32.load (i32.const 4)) (f32.load (i32.const 8))) (f32.const 100))
        (f32.const 109))))

  (func $shift_and_add
    (call $check (i32.eq (i32.add (i32.shl (call $five) (i32.const 2)) (i32.const 100)) (i32.const 120)))
    (call $check (i32.eq (i32.add (i32.const 100) (i32.shl (call $five) (i32.const 34))) (i32.const 120))))

  ;; An operation without operands right before one that is looked at for what made its address.
  (func $operation_without_operands
    (call $check (i32.eqz (i32.load (memory.size))))
    (block (br_if 0 (memory.size)) (unreachable))
    (call $check (i32.eq (i32.add (memory.size) (i32.const 1)) (i32.const 2))))

  (func (export "_start")
    (call $multiply_and_add)
    (call $shift_and_add)
    (call $operation_without_operands)))
