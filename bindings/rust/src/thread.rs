//! Host threads as threads of a process.

use crate::error::{check, Result};
use crate::ffi::*;
use crate::owned::{c_text, Owned};
use crate::process::Process;
use crate::value::{call_with, WasmValues};
use std::marker::PhantomData;

/// This host thread as a thread of a process, with an instance of its own: several call exports in parallel. It stays
/// on the host thread that attached, and is detached when it is dropped.
pub struct Thread<'process> {
    owned: Owned,
    /// Not `Send`, not `Sync`, and not longer than the process.
    _bound: PhantomData<(*mut (), &'process Process)>,
}

unsafe extern "C" fn detach(thread: *mut Object) {
    // SAFETY: the thread is ours; NULL is no error.
    unsafe { wasi_threads_error_delete(wasi_threads_thread_detach(thread)) }
}

impl<'process> Thread<'process> {
    pub(crate) fn attach(process: &'process Process) -> Result<Thread<'process>> {
        // SAFETY: the process lives.
        let owned = Owned::new(detach, |out| unsafe { wasi_threads_process_attach(process.0.get(), out) })?;
        Ok(Thread { owned, _bound: PhantomData })
    }

    pub(crate) fn raw(&self) -> *mut Object {
        self.owned.get()
    }

    /// The TID.
    pub fn id(&self) -> Result<u32> {
        let mut id = 0;
        // SAFETY: the thread lives.
        check(unsafe { wasi_threads_thread_id(self.owned.get(), &mut id) })?;
        Ok(id)
    }

    /// Calls an export of this thread's instance.
    pub fn call<A: WasmValues, R: WasmValues>(&self, name: &str, arguments: A) -> Result<R> {
        let name = c_text(name)?;
        call_with(arguments, |first, count, results, result_count| {
            // SAFETY: the arrays have as many values as is said.
            unsafe { wasi_threads_thread_call(self.owned.get(), name.as_ptr(), first, count, results, result_count) }
        })
    }
}
