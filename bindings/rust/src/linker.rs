//! Functions and memories of the host, by import name.

use crate::engine::Engine;
use crate::error::{check, Error, Result};
use crate::exception::{Exception, Tag};
use crate::ffi::*;
use crate::memory::Memory;
use crate::owned::{c_text, Owned};
use crate::value::{call_with, WasmType, WasmValues};
use std::any::Any;
use std::ffi::{c_void, CString};
use std::marker::PhantomData;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null_mut;

/// The call that a host function is in.
pub struct Caller<'a> {
    raw: *mut Object,
    _call: PhantomData<&'a ()>,
}

impl Caller<'_> {
    /// The TID of the calling thread; 0 for the one that runs `_start` or a call.
    pub fn thread(&self) -> Result<u32> {
        let mut thread = 0;
        // SAFETY: inside the call that it stands for.
        check(unsafe { wasi_threads_caller_thread(self.raw, &mut thread) })?;
        Ok(thread)
    }

    /// Copies bytes out of the calling instance's first memory; `None` where they do not lie in it.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Option<()> {
        let start = self.place(offset, buffer.len())?;
        // SAFETY: the bytes are in the memory, which neither moves nor shrinks. Other threads may change them, and no
        // reference to them is made.
        unsafe { std::ptr::copy(start, buffer.as_mut_ptr(), buffer.len()) };
        Some(())
    }

    /// Copies bytes into it; `None` where they do not fit there, and nothing is written.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Option<()> {
        let start = self.place(offset, bytes.len())?;
        // SAFETY: as for reading.
        unsafe { std::ptr::copy(bytes.as_ptr(), start, bytes.len()) };
        Some(())
    }

    fn place(&self, offset: u64, length: usize) -> Option<*mut u8> {
        let (mut base, mut size) = (null_mut::<u8>(), 0);
        // SAFETY: inside the call that it stands for.
        check(unsafe { wasi_threads_caller_memory(self.raw, &mut base, &mut size) }).ok()?;
        let end = offset.checked_add(length as u64)?;
        // SAFETY: within the memory.
        (end <= size).then(|| unsafe { base.add(offset as usize) })
    }

    /// Calls an export of the calling instance on the calling thread.
    pub fn call<A: WasmValues, R: WasmValues>(&self, name: &str, arguments: A) -> Result<R> {
        let name = c_text(name)?;
        call_with(arguments, |first, count, results, result_count| {
            // SAFETY: the arrays have as many values as is said.
            unsafe { wasi_threads_caller_call(self.raw, name.as_ptr(), first, count, results, result_count) }
        })
    }
}

/// Why a host function returned no values.
#[doc(hidden)]
pub enum Failure {
    Message(String),
    Thrown(Exception),
}

/// What a host function returns: numbers, or a `Result` of them whose error becomes the calling thread's trap; an
/// [`Exception`], and an [`Error`] that has one, is thrown in the guest.
pub trait HostResult {
    #[doc(hidden)]
    type Values: WasmValues;
    #[doc(hidden)]
    fn values(self) -> std::result::Result<Self::Values, Failure>;
}

impl<T: WasmValues> HostResult for T {
    type Values = T;
    fn values(self) -> std::result::Result<T, Failure> {
        Ok(self)
    }
}

impl<T: WasmValues, E: std::fmt::Display + 'static> HostResult for std::result::Result<T, E> {
    type Values = T;
    fn values(self) -> std::result::Result<T, Failure> {
        self.map_err(|error| {
            let any: &dyn Any = &error;
            let thrown = any.downcast_ref::<Exception>().cloned();
            let thrown = thrown.or_else(|| any.downcast_ref::<Error>().and_then(|error| error.exception.clone()));
            thrown.map_or_else(|| Failure::Message(error.to_string()), Failure::Thrown)
        })
    }
}

/// A closure or function of up to eight numbers, with or without a [`Caller`] before them. All guest threads call it,
/// at the same time too.
pub trait HostFunction<Arguments>: Send + Sync + 'static {
    #[doc(hidden)]
    fn parameters() -> Vec<u32>;
    #[doc(hidden)]
    fn results() -> Vec<u32>;
    #[doc(hidden)]
    fn call(&self, caller: &Caller<'_>, arguments: &[RawValue]) -> std::result::Result<Vec<RawValue>, Failure>;
}

/// Tells the two forms of a host function apart.
#[doc(hidden)]
pub struct WithCaller;

macro_rules! host_function {
    ($($type:ident $index:tt),*) => {
        impl<Function, Output: HostResult, $($type: WasmType),*> HostFunction<($($type,)*)> for Function
        where Function: Fn($($type),*) -> Output + Send + Sync + 'static {
            fn parameters() -> Vec<u32> { <($($type,)*)>::kinds() }
            fn results() -> Vec<u32> { Output::Values::kinds() }
            fn call(&self, _: &Caller<'_>, _raw: &[RawValue]) -> std::result::Result<Vec<RawValue>, Failure> {
                Ok(self($($type::from_raw(&_raw[$index])),*).values()?.to_raw_values())
            }
        }
        impl<Function, Output: HostResult, $($type: WasmType),*> HostFunction<(WithCaller, $($type,)*)> for Function
        where Function: Fn(&Caller<'_>, $($type),*) -> Output + Send + Sync + 'static {
            fn parameters() -> Vec<u32> { <($($type,)*)>::kinds() }
            fn results() -> Vec<u32> { Output::Values::kinds() }
            fn call(&self, caller: &Caller<'_>, _raw: &[RawValue]) -> std::result::Result<Vec<RawValue>, Failure> {
                Ok(self(caller, $($type::from_raw(&_raw[$index])),*).values()?.to_raw_values())
            }
        }
    };
}
host_function!();
host_function!(A 0);
host_function!(A 0, B 1);
host_function!(A 0, B 1, C 2);
host_function!(A 0, B 1, C 2, D 3);
host_function!(A 0, B 1, C 2, D 3, E 4);
host_function!(A 0, B 1, C 2, D 3, E 4, F 5);
host_function!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
host_function!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

type Entry = dyn Fn(&Caller<'_>, &[RawValue]) -> std::result::Result<Vec<RawValue>, Failure> + Send + Sync;

/// What the library hands back to `enter`.
struct Definition {
    function: Box<Entry>,
    parameter_count: usize,
}

/// Definitions for processes to be made with.
pub struct Linker(pub(crate) Owned);

impl Linker {
    /// One without definitions.
    pub fn new(engine: &Engine) -> Result<Linker> {
        // SAFETY: the engine lives.
        Owned::new(wasi_threads_linker_delete, |out| unsafe { wasi_threads_linker_new(engine.0.get(), out) })
            .map(Linker)
    }

    /// Defines the import `module` `name` as a function, whose type is the import's: `|a: i32, b: i32| a + b`, or with
    /// a `&Caller` first. An `Err` or a panic is the calling thread's trap. The closure is dropped when the linker and
    /// all processes made with it are gone.
    pub fn define<Arguments, F: HostFunction<Arguments>>(&self, module: &str, name: &str, function: F) -> Result<()> {
        let (module, name) = (c_text(module)?, c_text(name)?);
        let (parameters, results) = (F::parameters(), F::results());
        let definition = Box::into_raw(Box::new(Definition {
            function: Box::new(move |caller, arguments| function.call(caller, arguments)),
            parameter_count: parameters.len(),
        }));
        // SAFETY: arrays and names are copied; `free` frees the definition once, after the last call of `enter`.
        let error = unsafe {
            wasi_threads_linker_define_with_caller(
                self.0.get(),
                module.as_ptr(),
                name.as_ptr(),
                parameters.as_ptr(),
                parameters.len(),
                results.as_ptr(),
                results.len(),
                enter,
                definition.cast(),
                Some(free),
            )
        };
        check(error).inspect_err(|_: &Error| {
            // SAFETY: where defining fails, the library has not taken it.
            drop(unsafe { Box::from_raw(definition) })
        })
    }

    /// Defines an import as a tag, which is the same one in all processes made with the linker.
    pub fn define_tag(&self, module: &str, name: &str, tag: &Tag) -> Result<()> {
        let (module, name) = (c_text(module)?, c_text(name)?);
        // SAFETY: both objects live.
        check(unsafe { wasi_threads_linker_define_tag(self.0.get(), module.as_ptr(), name.as_ptr(), tag.0.get()) })
    }

    /// Defines an import as a memory of the host's, which all processes made with the linker share.
    pub fn define_memory(&self, module: &str, name: &str, memory: &Memory) -> Result<()> {
        let (module, name) = (c_text(module)?, c_text(name)?);
        // SAFETY: both objects live.
        check(unsafe {
            wasi_threads_linker_define_memory(self.0.get(), module.as_ptr(), name.as_ptr(), memory.0.get())
        })
    }
}

unsafe extern "C" fn free(env: *mut c_void) {
    // SAFETY: `env` is the box of `Linker::define`, and this is called once. A destructor that panics ends the program,
    // as it would have to.
    drop(unsafe { Box::from_raw(env.cast::<Definition>()) })
}

/// What guests call: hands their arguments to the closure, and its results or its failure back.
unsafe extern "C" fn enter(
    env: *mut c_void,
    caller: *mut Object,
    arguments: *const RawValue,
    results: *mut RawValue,
) -> RawError {
    // SAFETY: the definition lives as long as a process that can call it; there is an argument for each parameter.
    let (definition, arguments) = unsafe {
        let definition = &*env.cast::<Definition>();
        let count = definition.parameter_count;
        (definition, if count == 0 { &[] } else { std::slice::from_raw_parts(arguments, count) })
    };
    let caller = Caller { raw: caller, _call: PhantomData };
    let failure = match catch_unwind(AssertUnwindSafe(|| (definition.function)(&caller, arguments))) {
        Ok(Ok(values)) => {
            for (index, value) in values.into_iter().enumerate() {
                // SAFETY: there is room for one value for each result.
                unsafe { *results.add(index) = value };
            }
            return null_mut();
        }
        Ok(Err(Failure::Thrown(exception))) => return exception.to_error(),
        Ok(Err(Failure::Message(message))) => message,
        Err(_) => "The host function panicked.".to_string(),
    };
    let message = CString::new(failure.replace('\0', "\u{FFFD}")).unwrap_or_default();
    // SAFETY: the message is copied; the library takes the error.
    unsafe { wasi_threads_error_new(message.as_ptr()) }
}
