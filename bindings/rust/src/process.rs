//! One running program.

use crate::engine::Engine;
use crate::error::{check, Error, Result};
use crate::exception::Tag;
use crate::ffi::*;
use crate::linker::Linker;
use crate::memory::Memory;
use crate::module::Module;
use crate::owned::{c_text, Owned};
use crate::thread::Thread;
use crate::value::{call_with, Value, WasmValues};
use crate::wasi::{Stream, WasiConfig};
use std::ptr::null_mut;
use std::time::Duration;

/// How a process ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It can run, or runs.
    Alive,
    /// `_start` returned.
    Returned,
    /// A thread called `proc_exit` with this status.
    Exited(u32),
    /// A thread trapped.
    Trapped(Error),
    /// The embedder or a limit of time ended it.
    Ended(Error),
}

/// One running program: its memories, descriptors and threads. Dropping it ends it, and waits until all its threads
/// are gone; inside a host function that it called it is left running instead.
pub struct Process(pub(crate) Owned);

unsafe extern "C" fn delete(process: *mut Object) {
    // SAFETY: the process is ours; NULL is no error.
    unsafe { wasi_threads_error_delete(wasi_threads_process_delete(process)) }
}

/// What the main instance of a process has between two calls: its memories, globals and tables, for other processes to
/// begin with. It outlives the process.
pub struct Snapshot(Owned);

impl Snapshot {
    /// A process of the same module with what the snapshot has: what had begun there has begun here.
    pub fn process(&self, linker: Option<&Linker>, config: &WasiConfig) -> Result<Process> {
        let linker = linker.map_or(null_mut(), |linker| linker.0.get());
        // SAFETY: the objects live.
        Owned::new(delete, |out| unsafe { wasi_threads_snapshot_process(self.0.get(), linker, config.0.get(), out) })
            .map(Process)
    }
}

impl Process {
    /// A snapshot of the main instance. Between two calls, while no other thread lives or is attached.
    pub fn snapshot(&self) -> Result<Snapshot> {
        // SAFETY: the process lives.
        Owned::new(wasi_threads_snapshot_delete, |out| unsafe { wasi_threads_process_snapshot(self.0.get(), out) })
            .map(Snapshot)
    }

    /// Instantiates a module: its imports are satisfied from the linker, then from WASI. No code of the guest runs yet.
    pub fn new(engine: &Engine, module: &Module, linker: Option<&Linker>, config: &WasiConfig) -> Result<Process> {
        let linker = linker.map_or(null_mut(), |linker| linker.0.get());
        Owned::new(delete, |out| {
            // SAFETY: the objects live.
            unsafe { wasi_threads_process_new(engine.0.get(), module.0.get(), linker, config.0.get(), out) }
        })
        .map(Process)
    }

    /// Runs `_start` on this thread; returns the exit status when all threads of the guest are gone.
    pub fn run(&self) -> Result<u32> {
        let mut status = 0;
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_run(self.0.get(), &mut status) })?;
        Ok(status)
    }

    /// Runs the `_start` of a command that is used as a library. Where that returns, or exits with 0, and no other
    /// thread lives, the process lives on, for [`Process::call`], and the result is `None`; otherwise it is the exit
    /// status.
    pub fn run_as_library(&self) -> Result<Option<u32>> {
        let (mut is_alive, mut status) = (false, 0);
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_run_as_library(self.0.get(), &mut is_alive, &mut status) })?;
        Ok((!is_alive).then_some(status))
    }

    /// Readies a module that is no command, for [`Process::call`].
    pub fn initialize(&self) -> Result<()> {
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_initialize(self.0.get()) })
    }

    /// Calls an export: `process.call::<(i32, i32), i32>("add", (1, 2))`.
    pub fn call<A: WasmValues, R: WasmValues>(&self, name: &str, arguments: A) -> Result<R> {
        let name = c_text(name)?;
        call_with(arguments, |first, count, results, result_count| {
            // SAFETY: the arrays have as many values as is said.
            unsafe { wasi_threads_process_call(self.0.get(), name.as_ptr(), first, count, results, result_count) }
        })
    }

    /// The same where the types are known only when the program runs.
    pub fn call_values(&self, name: &str, arguments: &[Value], result_count: usize) -> Result<Vec<Value>> {
        let name = c_text(name)?;
        let arguments: Vec<RawValue> = arguments.iter().map(|value| value.to_raw()).collect();
        let mut results = vec![Value::EMPTY; result_count];
        // SAFETY: the arrays have as many values as is said.
        check(unsafe {
            let (first, count) = (arguments.as_ptr(), arguments.len());
            wasi_threads_process_call(self.0.get(), name.as_ptr(), first, count, results.as_mut_ptr(), result_count)
        })?;
        results.iter().map(Value::from_raw).collect()
    }

    /// Spawns a thread as the guest's `thread-spawn` does; returns its TID.
    pub fn spawn(&self, start_argument: u32) -> Result<u32> {
        let mut thread = 0;
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_spawn(self.0.get(), start_argument, &mut thread) })?;
        Ok(thread)
    }

    /// Waits until a thread is gone.
    pub fn join(&self, thread: u32) -> Result<()> {
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_join(self.0.get(), thread) })
    }

    /// Waits until no spawned thread lives.
    pub fn wait(&self) -> Result<()> {
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_wait(self.0.get()) })
    }

    /// Makes this host thread a thread of the process, until the object is dropped.
    pub fn attach(&self) -> Result<Thread<'_>> {
        Thread::attach(self)
    }

    /// Ends the process, from any thread: its threads leave guest code within milliseconds. Does not wait.
    pub fn end(&self, reason: &str) -> Result<()> {
        let reason = c_text(reason)?;
        // SAFETY: the process lives, and the text is copied.
        check(unsafe { wasi_threads_process_end(self.0.get(), reason.as_ptr()) })
    }

    /// Ends the process when this time has passed; zero takes the limit away.
    pub fn set_time_limit(&self, time: Duration) -> Result<()> {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_set_time_limit(self.0.get(), nanoseconds) })
    }

    /// Stops all threads; returns when none runs guest code. Pauses count.
    pub fn pause(&self) -> Result<()> {
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_pause(self.0.get()) })
    }

    /// Takes one pause back.
    pub fn resume(&self) -> Result<()> {
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_resume(self.0.get()) })
    }

    /// Whether and how it ended. Threads may still be on their way out.
    pub fn outcome(&self) -> Result<Outcome> {
        let (mut outcome, mut status, mut reason) = (0, 0, null_mut());
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_outcome(self.0.get(), &mut outcome, &mut status, &mut reason) })?;
        Ok(match (outcome, check(reason)) {
            (1, _) => Outcome::Returned,
            (2, _) => Outcome::Exited(status),
            (3, Err(error)) => Outcome::Trapped(error),
            (4, Err(error)) => Outcome::Ended(error),
            _ => Outcome::Alive,
        })
    }

    /// All that is unread of a captured stream.
    pub fn read_output(&self, stream: Stream) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the process lives.
        check(unsafe { wasi_threads_process_output_length(self.0.get(), stream as u32, &mut length) })?;
        let mut bytes = vec![0; length];
        // SAFETY: there is room for as many bytes as is said.
        check(unsafe {
            let (first, capacity) = (bytes.as_mut_ptr(), bytes.len());
            wasi_threads_process_read_output(self.0.get(), stream as u32, first, capacity, &mut length)
        })?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// The memory that is exported under this name, or the module's first for `None`.
    pub fn memory(&self, name: Option<&str>) -> Result<Memory> {
        let name = name.map(c_text).transpose()?;
        let pointer = name.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
        // SAFETY: the process lives, and the name is copied.
        Owned::new(wasi_threads_memory_delete, |out| unsafe {
            wasi_threads_process_memory(self.0.get(), pointer, out)
        })
        .map(Memory)
    }

    /// The tag that the process exports under this name; it outlives the process.
    pub fn tag(&self, name: &str) -> Result<Tag> {
        let name = c_text(name)?;
        // SAFETY: the process lives, and the name is copied.
        Tag::made(|out| unsafe { wasi_threads_process_tag(self.0.get(), name.as_ptr(), out) })
    }

    pub(crate) fn raw(&self) -> *mut Object {
        self.0.get()
    }

    /// The memory with this number among those of the module, imported ones first.
    pub fn memory_at(&self, index: u32) -> Result<Memory> {
        // SAFETY: the process lives.
        Owned::new(wasi_threads_memory_delete, |out| unsafe {
            wasi_threads_process_memory_at(self.0.get(), index, out)
        })
        .map(Memory)
    }
}
