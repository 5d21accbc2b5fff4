;; Traps at its start.
(module (func $start (unreachable)) (start $start))
