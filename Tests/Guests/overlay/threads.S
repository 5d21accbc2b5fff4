# Where a new thread enters. Every thread is an instance of its own, whose stack pointer and thread-local
# variables are still those of the first thread: nothing in C may run before they are set, and nothing in C
# after the thread is said to be done, since its stack may be freed from then on.
# https://github.com/WebAssembly/wasi-threads#design-choice-thread-ids

	# Of each instance: whether it is a spawned thread's.
	.section	.globals,"",@
	.globaltype	is_spawned, i32
	.globl	is_spawned
is_spawned:

	.section	.text.wasi_thread_start,"",@
	.export_name	wasi_thread_start, wasi_thread_start
	.globaltype	__stack_pointer, i32
	.functype	__wasm_init_tls (i32) -> ()
	.functype	guest_thread_main (i32, i32) -> ()
	.globl	wasi_thread_start
	.type	wasi_thread_start,@function
wasi_thread_start:
	.functype	wasi_thread_start (i32, i32) -> ()
	i32.const	1
	global.set	is_spawned
	# stack_top and tls of the guest_thread
	local.get	1
	i32.load	0
	global.set	__stack_pointer
	local.get	1
	i32.load	4
	call	__wasm_init_tls
	local.get	0
	local.get	1
	call	guest_thread_main
	# is_done
	local.get	1
	i32.const	1
	i32.atomic.store	28
	local.get	1
	i32.const	-1
	memory.atomic.notify	28
	drop
	end_function

# The linker has each export of a command end with what a command does at its end: run the functions of atexit,
# and flush streams. Only the first thread may, the others when their stacks may be gone already. So the linker
# sends these calls here (--wrap).
	.functype	__real___stdio_exit () -> ()
	.section	.text.__wrap___stdio_exit,"",@
	.globl	__wrap___stdio_exit
	.type	__wrap___stdio_exit,@function
__wrap___stdio_exit:
	.functype	__wrap___stdio_exit () -> ()
	block
	global.get	is_spawned
	br_if	0
	call	__real___stdio_exit
	end_block
	end_function

	.functype	__real___funcs_on_exit () -> ()
	.section	.text.__wrap___funcs_on_exit,"",@
	.globl	__wrap___funcs_on_exit
	.type	__wrap___funcs_on_exit,@function
__wrap___funcs_on_exit:
	.functype	__wrap___funcs_on_exit () -> ()
	block
	global.get	is_spawned
	br_if	0
	call	__real___funcs_on_exit
	end_block
	end_function
