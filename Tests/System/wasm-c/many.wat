;; What a thread with a store of its own runs.
(module
  (import "" "report" (func $report (param i32)))
  (import "" "id" (global $id i32))
  (func (export "run") (param i32) (result i32) (call $report (global.get $id)) (local.get 0)))
