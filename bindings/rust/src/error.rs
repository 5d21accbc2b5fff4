//! What the library reports, copied out of its error objects.

use crate::exception::Exception;
use crate::ffi::*;
use std::ffi::{c_char, CStr};
use std::fmt;

/// The result of what the library may refuse.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! numbered {
    ($(#[$text:meta])* $name:ident { $($(#[$case_text:meta])* $case:ident = $number:literal,)* }) => {
        $(#[$text])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$case_text])* $case,)*
            /// One that this version of the crate does not know, by its number in the header.
            Other(u32),
        }
        impl $name {
            pub(crate) fn from_number(number: u32) -> $name {
                match number {
                    $($number => $name::$case,)*
                    other => $name::Other(other),
                }
            }
        }
    };
}

numbered! {
    /// What kind of failure an error is.
    ErrorKind {
        /// The call itself is wrong, or not allowed at this time or on this thread.
        Misuse = 1,
        /// Another thread is inside a call that excludes this one.
        Busy = 2,
        /// A file cannot be read.
        File = 3,
        /// The bytes do not follow the binary format.
        Malformed = 4,
        /// The module breaks a rule of validation.
        Invalid = 5,
        /// The module uses a feature that the library does not have.
        Unsupported = 6,
        /// A limit is reached.
        Limit = 7,
        /// An import that nobody defines, or one of another type.
        Link = 8,
        /// No export has the name, or none of the kind.
        Export = 9,
        /// Arguments or results differ from the function's type.
        Type = 10,
        /// The operating system refuses memory, a thread or a descriptor.
        System = 11,
        /// A guest thread trapped, or a host function failed.
        Trap = 12,
        /// The guest called `proc_exit`, and the call had results to give.
        Exited = 13,
        /// The embedder or a limit of time ended the process.
        Ended = 14,
        /// An error that a host function made.
        Host = 15,
        /// Compiled code cannot be made.
        Compiler = 16,
        /// A compiled module is of another version or processor.
        Incompatible = 17,
        /// All threads of a process waited for each other.
        Deadlock = 18,
    }
}

numbered! {
    /// Why a thread trapped.
    TrapCode {
        /// `unreachable` was executed.
        Unreachable = 1,
        /// An access outside of a memory.
        MemoryOutOfBounds = 2,
        /// An access outside of a table.
        TableOutOfBounds = 3,
        /// A call of a table's element that is null.
        UninitializedElement = 4,
        /// A call of a table's element of another type.
        IndirectCallTypeMismatch = 5,
        /// A division by zero.
        IntegerDivideByZero = 6,
        /// A division or conversion whose result is too large.
        IntegerOverflow = 7,
        /// A conversion of a number that is no integer.
        InvalidConversionToInteger = 8,
        /// Calls are too deep.
        CallStackExhausted = 9,
        /// An atomic access at an address that is not aligned.
        UnalignedAtomic = 10,
        /// A wait on a memory that is not shared.
        ExpectedSharedMemory = 11,
        /// A function is too large to run, or memory to translate it is refused.
        TranslationFailed = 12,
        /// A host function failed; the message is its message.
        HostError = 13,
        /// `throw_ref` of null.
        NullExceptionReference = 16,
        /// An exception that nobody caught; the message has its tag and values.
        UncaughtException = 17,
        /// `ref.as_non_null` of null.
        NullReference = 18,
        /// `call_ref` or `return_call_ref` of null.
        NullFunctionReference = 19,
    }
}

/// A function that was active when a thread trapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// From the module's name section.
    pub function_name: Option<String>,
    /// In the module's function index space: imported functions first.
    pub function_index: u32,
    /// Of the instruction, in bytes from the start of the module.
    pub module_offset: u64,
}

/// What went wrong: a sentence for a user, and what a program reacts to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Error {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What is wrong, where, and which names are involved.
    pub message: String,
    /// Why the thread trapped, of a trap.
    pub trap: Option<TrapCode>,
    /// The TID of the thread that trapped; 0 for the one that runs `_start` or a call.
    pub thread: u32,
    /// What the guest gave `proc_exit`, for [`ErrorKind::Exited`].
    pub exit_status: u32,
    /// Where in the binary a module is refused.
    pub module_offset: u64,
    /// The functions that were active at a trap, the innermost first.
    pub frames: Vec<Frame>,
    /// That of the guest's which nobody caught, of [`TrapCode::UncaughtException`].
    pub exception: Option<Exception>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: String) -> Error {
        let (thread, exit_status, module_offset) = (0, 0, 0);
        Error { kind, message, trap: None, thread, exit_status, module_offset, frames: vec![], exception: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.message)?;
        for frame in &self.frames {
            let name = frame.function_name.as_deref().unwrap_or("?");
            write!(formatter, "\n  at {name} (function {}, offset {:#x})", frame.function_index, frame.module_offset)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Copies what a call returned, and frees it.
pub(crate) fn check(error: RawError) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is ours until it is deleted, and what it lends lives as long.
    unsafe {
        let trap = wasi_threads_error_trap_code(error);
        let frames = (0..wasi_threads_error_frame_count(error)).map(|index| {
            let frame = &*wasi_threads_error_frame(error, index);
            Frame {
                function_name: (!frame.function_name.is_null()).then(|| text(frame.function_name)),
                function_index: frame.function_index,
                module_offset: frame.module_offset,
            }
        });
        let copy = Error {
            kind: ErrorKind::from_number(wasi_threads_error_kind(error)),
            message: text(wasi_threads_error_message(error)),
            trap: (trap != 0).then(|| TrapCode::from_number(trap)),
            thread: wasi_threads_error_thread(error),
            exit_status: wasi_threads_error_exit_status(error),
            module_offset: wasi_threads_error_module_offset(error),
            frames: frames.collect(),
            exception: Exception::of(error),
        };
        wasi_threads_error_delete(error);
        Err(copy)
    }
}

/// # Safety
/// `pointer` is a text that ends with a NUL byte.
pub(crate) unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: as said above.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
