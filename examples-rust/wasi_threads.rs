//! A small safe face of libwasi-threads: what the example next to it needs of wasi_threads.h.
//!
//! Always true: each object owns one of the library's, and deletes it when it is dropped. The order does not
//! matter, since the library keeps what is still needed. No panic leaves a function that C code calls.

use std::ffi::{c_char, c_void, CStr, CString};
use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut, NonNull};

mod c {
    use std::ffi::{c_char, c_void};

    /// An object of the library, which nobody looks into.
    #[repr(C)]
    pub struct Object {
        _private: [u8; 0],
    }

    /// 16 bytes, of which the kinds in use here take at most eight.
    #[repr(C, align(16))]
    #[derive(Clone, Copy)]
    pub union Of {
        pub i32: i32,
        pub i64: i64,
        pub f64: f64,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Value {
        pub kind: u32,
        pub of: Of,
    }

    #[repr(C)]
    pub struct Frame {
        pub function_name: *const c_char,
        pub function_index: u32,
        pub module_offset: u64,
    }

    pub type Error = *mut Object;
    pub type Function = unsafe extern "C" fn(*mut c_void, *mut Object, *const Value, *mut Value) -> Error;
    pub type Finalizer = unsafe extern "C" fn(*mut c_void);

    extern "C" {
        pub fn wasi_threads_version() -> *const c_char;
        pub fn wasi_threads_error_new(message: *const c_char) -> Error;
        pub fn wasi_threads_error_delete(error: Error);
        pub fn wasi_threads_error_message(error: Error) -> *const c_char;
        pub fn wasi_threads_error_frame_count(error: Error) -> usize;
        pub fn wasi_threads_error_frame(error: Error, index: usize) -> *const Frame;
        pub fn wasi_threads_engine_new(config: *const Object, engine: *mut *mut Object) -> Error;
        pub fn wasi_threads_engine_delete(engine: *mut Object);
        pub fn wasi_threads_module_new(
            engine: *mut Object,
            bytes: *const u8,
            length: usize,
            module: *mut *mut Object,
        ) -> Error;
        pub fn wasi_threads_module_delete(module: *mut Object);
        pub fn wasi_threads_linker_new(engine: *mut Object, linker: *mut *mut Object) -> Error;
        pub fn wasi_threads_linker_delete(linker: *mut Object);
        pub fn wasi_threads_linker_define_with_caller(
            linker: *mut Object,
            module: *const c_char,
            name: *const c_char,
            parameters: *const u32,
            parameter_count: usize,
            results: *const u32,
            result_count: usize,
            function: Function,
            env: *mut c_void,
            finalizer: Option<Finalizer>,
        ) -> Error;
        pub fn wasi_threads_process_new(
            engine: *mut Object,
            module: *mut Object,
            linker: *mut Object,
            config: *const Object,
            process: *mut *mut Object,
        ) -> Error;
        pub fn wasi_threads_process_delete(process: *mut Object) -> Error;
        pub fn wasi_threads_process_run(process: *mut Object, exit_status: *mut u32) -> Error;
        pub fn wasi_threads_process_call(
            process: *mut Object,
            name: *const c_char,
            arguments: *const Value,
            argument_count: usize,
            results: *mut Value,
            result_count: usize,
        ) -> Error;
        pub fn wasi_threads_process_memory(
            process: *mut Object,
            name: *const c_char,
            memory: *mut *mut Object,
        ) -> Error;
        pub fn wasi_threads_memory_read(
            memory: *mut Object,
            offset: u64,
            buffer: *mut c_void,
            length: usize,
        ) -> Error;
        pub fn wasi_threads_memory_delete(memory: *mut Object);
    }
}

/// The version of the library.
pub fn version() -> &'static str {
    // SAFETY: the library's text lives for ever and is UTF-8.
    unsafe { CStr::from_ptr(c::wasi_threads_version()) }.to_str().unwrap_or("?")
}

/// What the library reports: a sentence, and for a trap where it happened, the innermost frame first.
#[derive(Debug)]
pub struct Error {
    pub message: String,
    pub frames: Vec<String>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}", self.message)?;
        self.frames.iter().try_for_each(|frame| write!(formatter, "\n  at {frame}"))
    }
}

impl std::error::Error for Error {}

/// Copies what a call returned and frees it.
fn check(error: c::Error) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is ours until it is deleted, and what it lends lives as long.
    unsafe {
        let message = text(c::wasi_threads_error_message(error));
        let frames = (0..c::wasi_threads_error_frame_count(error)).map(|index| {
            let frame = &*c::wasi_threads_error_frame(error, index);
            let place = format!("module offset {:#x}", frame.module_offset);
            match frame.function_name.is_null() {
                true => format!("function {} ({place})", frame.function_index),
                false => format!("{} ({place})", text(frame.function_name)),
            }
        });
        let copy = Error { message, frames: frames.collect() };
        c::wasi_threads_error_delete(error);
        Err(copy)
    }
}

/// # Safety
/// `pointer` is a text that ends with a NUL byte.
unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: as said above.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error { message: format!("{text:?} holds a NUL."), frames: vec![] })
}

/// An object of the library, with what deletes it.
struct Owned {
    object: NonNull<c::Object>,
    delete: unsafe extern "C" fn(*mut c::Object),
}

// SAFETY: the header allows every function that is used here on any thread, at any time.
unsafe impl Send for Owned {}
// SAFETY: as above.
unsafe impl Sync for Owned {}

impl Owned {
    /// The object that `make` stores.
    fn new(
        delete: unsafe extern "C" fn(*mut c::Object),
        make: impl FnOnce(*mut *mut c::Object) -> c::Error,
    ) -> Result<Owned> {
        let mut object = null_mut();
        check(make(&mut object))?;
        Ok(Owned { object: NonNull::new(object).expect("the library stores an object"), delete })
    }

    fn get(&self) -> *mut c::Object {
        self.object.as_ptr()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: nobody else deletes the object, and nobody can use it any more.
        unsafe { (self.delete)(self.get()) }
    }
}

/// A value of a guest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    I32(i32),
    I64(i64),
    F64(f64),
}

/// The type of a value, with the numbers of the header.
#[derive(Clone, Copy)]
pub enum Kind {
    I32 = 0,
    I64 = 1,
    F64 = 3,
}

impl Value {
    fn to_c(self) -> c::Value {
        let (kind, of) = match self {
            Value::I32(i32) => (Kind::I32, c::Of { i32 }),
            Value::I64(i64) => (Kind::I64, c::Of { i64 }),
            Value::F64(f64) => (Kind::F64, c::Of { f64 }),
        };
        c::Value { kind: kind as u32, of }
    }

    fn from_c(value: &c::Value) -> Option<Value> {
        // SAFETY: `kind` says which member counts.
        unsafe {
            match value.kind {
                0 => Some(Value::I32(value.of.i32)),
                1 => Some(Value::I64(value.of.i64)),
                3 => Some(Value::F64(value.of.f64)),
                _ => None,
            }
        }
    }
}

pub struct Engine(Owned);

impl Engine {
    pub fn new() -> Result<Engine> {
        // SAFETY: NULL stands for the usual limits.
        Owned::new(c::wasi_threads_engine_delete, |out| unsafe { c::wasi_threads_engine_new(null(), out) })
            .map(Engine)
    }
}

pub struct Module(Owned);

impl Module {
    /// Decodes and validates a module.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Module> {
        Owned::new(c::wasi_threads_module_delete, |out| {
            // SAFETY: the library copies the bytes.
            unsafe { c::wasi_threads_module_new(engine.0.get(), bytes.as_ptr(), bytes.len(), out) }
        })
        .map(Module)
    }
}

/// A function of the host: all guest threads call it, at the same time too. An `Err` becomes a trap.
type HostFunction = dyn Fn(&[Value]) -> std::result::Result<Vec<Value>, String> + Send + Sync;

/// What the library hands back to `call_host`.
struct Definition {
    function: Box<HostFunction>,
    parameter_count: usize,
    result_count: usize,
}

pub struct Linker(Owned);

impl Linker {
    pub fn new(engine: &Engine) -> Result<Linker> {
        Owned::new(c::wasi_threads_linker_delete, |out| {
            // SAFETY: the engine lives.
            unsafe { c::wasi_threads_linker_new(engine.0.get(), out) }
        })
        .map(Linker)
    }

    /// Defines the import `module` `name`.
    pub fn define(
        &self,
        module: &str,
        name: &str,
        parameters: &[Kind],
        results: &[Kind],
        function: impl Fn(&[Value]) -> std::result::Result<Vec<Value>, String> + Send + Sync + 'static,
    ) -> Result<()> {
        let (module, name) = (c_text(module)?, c_text(name)?);
        let numbers = |kinds: &[Kind]| kinds.iter().map(|kind| *kind as u32).collect::<Vec<_>>();
        let (parameters, results) = (numbers(parameters), numbers(results));
        let definition = Box::into_raw(Box::new(Definition {
            function: Box::new(function),
            parameter_count: parameters.len(),
            result_count: results.len(),
        }));
        // SAFETY: the arrays and names are copied; the definition is freed once, by `free_definition`, after
        // the last call of `call_host`.
        let error = unsafe {
            c::wasi_threads_linker_define_with_caller(
                self.0.get(),
                module.as_ptr(),
                name.as_ptr(),
                parameters.as_ptr(),
                parameters.len(),
                results.as_ptr(),
                results.len(),
                call_host,
                definition.cast(),
                Some(free_definition),
            )
        };
        check(error).inspect_err(|_| {
            // SAFETY: where defining fails, the library has not taken it.
            drop(unsafe { Box::from_raw(definition) })
        })
    }
}

unsafe extern "C" fn free_definition(env: *mut c_void) {
    // SAFETY: `env` is the box of `Linker::define`, and this is called once. A destructor that panics ends
    // the program here, as it would have to.
    drop(unsafe { Box::from_raw(env.cast::<Definition>()) })
}

/// What guests call: hands their arguments to a Rust function, and its results or its failure back.
unsafe extern "C" fn call_host(
    env: *mut c_void,
    _caller: *mut c::Object,
    arguments: *const c::Value,
    results: *mut c::Value,
) -> c::Error {
    // SAFETY: the definition lives as long as a process that can call it.
    let definition = unsafe { &*env.cast::<Definition>() };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let arguments: Option<Vec<Value>> = (0..definition.parameter_count)
            // SAFETY: there is one argument for each parameter.
            .map(|index| Value::from_c(unsafe { &*arguments.add(index) }))
            .collect();
        (definition.function)(&arguments.ok_or("an argument is of a type that is not known here")?)
    }));
    let failure = match outcome {
        Ok(Ok(values)) if values.len() == definition.result_count => {
            for (index, value) in values.iter().enumerate() {
                // SAFETY: there is room for one value for each result.
                unsafe { *results.add(index) = value.to_c() };
            }
            return null_mut();
        }
        Ok(Ok(_)) => "The host function returned another number of results.".to_string(),
        Ok(Err(message)) => message,
        Err(_) => "The host function panicked.".to_string(),
    };
    let message = CString::new(failure.replace('\0', "")).unwrap_or_default();
    // SAFETY: the message is copied; the library takes the error.
    unsafe { c::wasi_threads_error_new(message.as_ptr()) }
}

pub struct Process(Owned);

unsafe extern "C" fn delete_process(process: *mut c::Object) {
    // SAFETY: the process lives; all its threads are gone when this returns. It refuses inside a function of
    // the host that the process called, and then the process is left to whoever exits last.
    let error = unsafe { c::wasi_threads_process_delete(process) };
    // SAFETY: the error is ours; NULL is allowed.
    unsafe { c::wasi_threads_error_delete(error) }
}

impl Process {
    pub fn new(engine: &Engine, module: &Module, linker: &Linker) -> Result<Process> {
        Owned::new(delete_process, |out| {
            let (engine, module, linker) = (engine.0.get(), module.0.get(), linker.0.get());
            // SAFETY: the three live, and NULL gives the guest nothing.
            unsafe { c::wasi_threads_process_new(engine, module, linker, null(), out) }
        })
        .map(Process)
    }

    /// Runs `_start`; returns the exit status when all threads are gone.
    pub fn run(&self) -> Result<u32> {
        let mut status = 0;
        // SAFETY: the process lives.
        check(unsafe { c::wasi_threads_process_run(self.0.get(), &mut status) })?;
        Ok(status)
    }

    /// Calls an export that returns one value.
    pub fn call(&self, name: &str, arguments: &[Value]) -> Result<Value> {
        let name = c_text(name)?;
        let arguments: Vec<c::Value> = arguments.iter().map(|value| value.to_c()).collect();
        let mut result = c::Value { kind: 0, of: c::Of { i64: 0 } };
        // SAFETY: the arrays have as many values as is said.
        check(unsafe {
            let (arguments, count) = (arguments.as_ptr(), arguments.len());
            c::wasi_threads_process_call(self.0.get(), name.as_ptr(), arguments, count, &mut result, 1)
        })?;
        Value::from_c(&result).ok_or_else(|| Error {
            message: "The result is of a type that is not known here.".into(),
            frames: vec![],
        })
    }

    /// The memory exported as `name`, which outlives the process.
    pub fn memory(&self, name: &str) -> Result<Memory> {
        let name = c_text(name)?;
        Owned::new(c::wasi_threads_memory_delete, |out| {
            // SAFETY: the process lives, and the name is copied.
            unsafe { c::wasi_threads_process_memory(self.0.get(), name.as_ptr(), out) }
        })
        .map(Memory)
    }
}

pub struct Memory(Owned);

impl Memory {
    /// Copies bytes out: threads of a guest may write at any time, so no reference to them can be given.
    pub fn read<const N: usize>(&self, offset: u64) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        // SAFETY: the buffer has room for the bytes.
        check(unsafe { c::wasi_threads_memory_read(self.0.get(), offset, bytes.as_mut_ptr().cast(), N) })?;
        Ok(bytes)
    }
}
