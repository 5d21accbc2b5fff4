//! The functions of `wasi_threads.h` that the crate calls, as the header declares them.

use std::ffi::{c_char, c_int, c_void};

/// An object of the library, which nobody looks into.
#[repr(C)]
pub struct Object {
    _private: [u8; 0],
}

#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub union Of {
    pub i32: i32,
    pub i64: i64,
    pub f32: f32,
    pub f64: f64,
    pub pointer: *mut c_void,
    pub v128: [u8; 16],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawValue {
    pub kind: u32,
    pub of: Of,
}

#[repr(C)]
pub struct RawFrame {
    pub function_name: *const c_char,
    pub function_index: u32,
    pub module_offset: u64,
}

#[repr(C)]
pub struct RawExternal {
    pub module: *const c_char,
    pub module_length: usize,
    pub name: *const c_char,
    pub name_length: usize,
    pub kind: u32,
    pub type_text: *const c_char,
}

pub type RawError = *mut Object;
pub type CallerFunction = unsafe extern "C" fn(*mut c_void, *mut Object, *const RawValue, *mut RawValue) -> RawError;
pub type Finalizer = unsafe extern "C" fn(*mut c_void);

/// Functions that return an error.
macro_rules! fallible {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        extern "C" { $(pub fn $name($($argument: $type),*) -> RawError;)* }
    };
}

fallible! {
    wasi_threads_engine_config_set_limit(config: *mut Object, limit: u32, value: u64);
    wasi_threads_engine_config_set_tier(config: *mut Object, tier: u32);
    wasi_threads_engine_config_set_cache(config: *mut Object, directory: *const c_char, byte_limit: u64);
    wasi_threads_engine_new(config: *const Object, engine: *mut *mut Object);
    wasi_threads_module_new(engine: *mut Object, bytes: *const u8, length: usize, module: *mut *mut Object);
    wasi_threads_module_new_from_file(engine: *mut Object, path: *const c_char, module: *mut *mut Object);
    wasi_threads_module_new_compiled_from_file(engine: *mut Object, path: *const c_char, module: *mut *mut Object);
    wasi_threads_module_compile_to_file(module: *const Object, path: *const c_char);
    wasi_threads_module_imports(module: *const Object, list: *mut *const *const RawExternal, count: *mut usize);
    wasi_threads_module_exports(module: *const Object, list: *mut *const *const RawExternal, count: *mut usize);
    wasi_threads_linker_new(engine: *mut Object, linker: *mut *mut Object);
    wasi_threads_linker_define_with_caller(
        linker: *mut Object, module: *const c_char, name: *const c_char, parameters: *const u32,
        parameter_count: usize, results: *const u32, result_count: usize, function: CallerFunction,
        env: *mut c_void, finalizer: Option<Finalizer>);
    wasi_threads_linker_define_memory(
        linker: *mut Object, module: *const c_char, name: *const c_char, memory: *mut Object);
    wasi_threads_caller_thread(caller: *const Object, thread: *mut u32);
    wasi_threads_caller_memory(caller: *const Object, base: *mut *mut u8, length: *mut u64);
    wasi_threads_caller_call(
        caller: *mut Object, name: *const c_char, arguments: *const RawValue, argument_count: usize,
        results: *mut RawValue, result_count: usize);
    wasi_threads_wasi_config_add_argument(config: *mut Object, argument: *const c_char, length: usize);
    wasi_threads_wasi_config_set_environment(config: *mut Object, name: *const c_char, value: *const c_char);
    wasi_threads_wasi_config_inherit_environment(config: *mut Object);
    wasi_threads_wasi_config_inherit_stream(config: *mut Object, stream: u32);
    wasi_threads_wasi_config_set_stream_descriptor(config: *mut Object, stream: u32, descriptor: c_int);
    wasi_threads_wasi_config_set_input(config: *mut Object, bytes: *const u8, length: usize);
    wasi_threads_wasi_config_capture_output(config: *mut Object, stream: u32);
    wasi_threads_wasi_config_preopen_directory(
        config: *mut Object, host_path: *const c_char, guest_path: *const c_char, permissions: u32);
    wasi_threads_process_new(
        engine: *mut Object, module: *mut Object, linker: *mut Object, config: *const Object,
        process: *mut *mut Object);
    wasi_threads_process_delete(process: *mut Object);
    wasi_threads_process_run(process: *mut Object, exit_status: *mut u32);
    wasi_threads_process_run_as_library(process: *mut Object, is_alive: *mut bool, exit_status: *mut u32);
    wasi_threads_process_initialize(process: *mut Object);
    wasi_threads_process_call(
        process: *mut Object, name: *const c_char, arguments: *const RawValue, argument_count: usize,
        results: *mut RawValue, result_count: usize);
    wasi_threads_process_spawn(process: *mut Object, start_argument: u32, thread: *mut u32);
    wasi_threads_process_join(process: *mut Object, thread: u32);
    wasi_threads_process_wait(process: *mut Object);
    wasi_threads_process_end(process: *mut Object, reason: *const c_char);
    wasi_threads_process_set_time_limit(process: *mut Object, nanoseconds: u64);
    wasi_threads_process_outcome(
        process: *const Object, outcome: *mut u32, exit_status: *mut u32, reason: *mut RawError);
    wasi_threads_process_read_output(
        process: *mut Object, stream: u32, buffer: *mut u8, capacity: usize, length: *mut usize);
    wasi_threads_process_output_length(process: *const Object, stream: u32, length: *mut usize);
    wasi_threads_process_memory(process: *mut Object, name: *const c_char, memory: *mut *mut Object);
    wasi_threads_process_memory_at(process: *mut Object, index: u32, memory: *mut *mut Object);
    wasi_threads_process_attach(process: *mut Object, thread: *mut *mut Object);
    wasi_threads_process_pause(process: *mut Object);
    wasi_threads_process_resume(process: *mut Object);
    wasi_threads_process_snapshot(process: *mut Object, snapshot: *mut *mut Object);
    wasi_threads_snapshot_process(
        snapshot: *mut Object, linker: *mut Object, config: *const Object, process: *mut *mut Object);
    wasi_threads_process_global(process: *mut Object, name: *const c_char, value: *mut RawValue);
    wasi_threads_process_set_global(process: *mut Object, name: *const c_char, value: *const RawValue);
    wasi_threads_process_table_size(process: *mut Object, name: *const c_char, size: *mut u64);
    wasi_threads_process_table_element(
        process: *mut Object, name: *const c_char, index: u64, value: *mut RawValue);
    wasi_threads_process_set_table_element(
        process: *mut Object, name: *const c_char, index: u64, value: *const RawValue);
    wasi_threads_thread_global(thread: *mut Object, name: *const c_char, value: *mut RawValue);
    wasi_threads_thread_set_global(thread: *mut Object, name: *const c_char, value: *const RawValue);
    wasi_threads_thread_table_size(thread: *mut Object, name: *const c_char, size: *mut u64);
    wasi_threads_thread_table_element(thread: *mut Object, name: *const c_char, index: u64, value: *mut RawValue);
    wasi_threads_thread_set_table_element(
        thread: *mut Object, name: *const c_char, index: u64, value: *const RawValue);
    wasi_threads_tag_new(
        engine: *mut Object, name: *const c_char, parameters: *const u32, parameter_count: usize,
        tag: *mut *mut Object);
    wasi_threads_linker_define_tag(linker: *mut Object, module: *const c_char, name: *const c_char, tag: *mut Object);
    wasi_threads_process_tag(process: *mut Object, name: *const c_char, tag: *mut *mut Object);
    wasi_threads_exception_new(tag: *mut Object, values: *const RawValue, count: usize, exception: *mut *mut Object);
    wasi_threads_exception_values(exception: *const Object, values: *mut RawValue, count: usize);
    wasi_threads_error_exception(error: *const Object, exception: *mut *mut Object);
    wasi_threads_error_from_exception(exception: *const Object);
    wasi_threads_memory_new(engine: *mut Object, minimum: u64, maximum: u64, memory: *mut *mut Object);
    wasi_threads_memory_data(memory: *mut Object, base: *mut *mut u8, length: *mut u64);
    wasi_threads_memory_grow(memory: *mut Object, pages: u64, previous: *mut u64);
    wasi_threads_memory_read(memory: *mut Object, offset: u64, buffer: *mut c_void, length: usize);
    wasi_threads_memory_write(memory: *mut Object, offset: u64, buffer: *const c_void, length: usize);
    wasi_threads_memory_notify(memory: *mut Object, offset: u64, count: u32, woken: *mut u32);
    wasi_threads_thread_detach(thread: *mut Object);
    wasi_threads_thread_id(thread: *const Object, id: *mut u32);
    wasi_threads_thread_call(
        thread: *mut Object, name: *const c_char, arguments: *const RawValue, argument_count: usize,
        results: *mut RawValue, result_count: usize);
}

extern "C" {
    pub fn wasi_threads_version() -> *const c_char;
    pub fn wasi_threads_error_new(message: *const c_char) -> RawError;
    pub fn wasi_threads_error_delete(error: RawError);
    pub fn wasi_threads_error_kind(error: *const Object) -> u32;
    pub fn wasi_threads_error_message(error: *const Object) -> *const c_char;
    pub fn wasi_threads_error_trap_code(error: *const Object) -> u32;
    pub fn wasi_threads_error_thread(error: *const Object) -> u32;
    pub fn wasi_threads_error_exit_status(error: *const Object) -> u32;
    pub fn wasi_threads_error_module_offset(error: *const Object) -> u64;
    pub fn wasi_threads_error_frame_count(error: *const Object) -> usize;
    pub fn wasi_threads_error_frame(error: *const Object, index: usize) -> *const RawFrame;
    pub fn wasi_threads_engine_config_new() -> *mut Object;
    pub fn wasi_threads_engine_config_delete(config: *mut Object);
    pub fn wasi_threads_engine_delete(engine: *mut Object);
    pub fn wasi_threads_module_delete(module: *mut Object);
    pub fn wasi_threads_linker_delete(linker: *mut Object);
    pub fn wasi_threads_wasi_config_new() -> *mut Object;
    pub fn wasi_threads_wasi_config_delete(config: *mut Object);
    pub fn wasi_threads_snapshot_delete(snapshot: *mut Object);
    pub fn wasi_threads_tag_delete(tag: *mut Object);
    pub fn wasi_threads_exception_delete(exception: *mut Object);
    pub fn wasi_threads_exception_is(exception: *const Object, tag: *const Object) -> bool;
    pub fn wasi_threads_memory_delete(memory: *mut Object);
}
