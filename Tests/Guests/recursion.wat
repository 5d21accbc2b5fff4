;; Calls itself without end.
(module (func $forever (export "_start") (call $forever)))
