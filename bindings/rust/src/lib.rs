//! Runs threaded WebAssembly programs inside a Rust program: modules that import `wasi.thread-spawn`, as C, Zig and
//! Rust programs for `wasm32-wasip1-threads` do. When a program ends, by return, `proc_exit`, a trap or your word, all
//! its threads are gone within milliseconds, and your process lives on.
//!
//! ```
//! use wasi_threads::{Engine, Linker, Module, Process, WasiConfig};
//!
//! # fn main() -> wasi_threads::Result<()> {
//! let engine = Engine::new()?;
//! // (module (import "env" "square" …) (func (export "twice") …)): any module in the binary format.
//! # let bytes = wasi_threads::doc_module();
//! let module = Module::new(&engine, &bytes)?;
//! let linker = Linker::new(&engine)?;
//! linker.define("env", "square", |number: i32| number * number)?;
//! let process = Process::new(&engine, &module, Some(&linker), &WasiConfig::new())?;
//! assert_eq!(process.call::<(i32,), i32>("twice", (3,))?, 81);
//! # Ok(())
//! # }
//! ```
//!
//! The crate is a safe face of the C ABI, whose header `wasi_threads.h` is the reference for what each function means.
//! It needs the library, `libwasi-threads.so`, found by pkg-config or in `WASI_THREADS_LIB_DIR`.
//!
//! Always true: an object owns one of the library's and frees it when dropped, in any order; any thread may use any
//! object, but a [`Thread`], which belongs to one. No panic of a host function reaches the library: it becomes a trap.

mod engine;
mod error;
mod exception;
mod ffi;
mod linker;
mod memory;
mod module;
mod owned;
mod process;
mod state;
mod thread;
mod value;
mod wasi;

pub use engine::{Engine, EngineConfig, Limit, Tier};
pub use error::{Error, ErrorKind, Frame, Result, TrapCode};
pub use exception::{Exception, Tag};
pub use linker::{Caller, HostFunction, HostResult, Linker};
pub use memory::Memory;
pub use module::{External, ExternalKind, Module};
pub use process::{Outcome, Process, Snapshot};
pub use state::Element;
pub use thread::Thread;
pub use value::{Kind, Value, WasmType, WasmValues};
pub use wasi::{Permissions, Stream, WasiConfig};

/// The version of the library that runs.
pub fn version() -> &'static str {
    // SAFETY: the library's text lives for ever.
    unsafe { std::ffi::CStr::from_ptr(ffi::wasi_threads_version()) }.to_str().unwrap_or("?")
}

/// A module for the examples of this documentation: its export `twice` calls the import `env.square` twice.
#[doc(hidden)]
pub fn doc_module() -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend([1, 6, 1, 0x60, 1, 0x7F, 1, 0x7F]);
    bytes.extend(b"\x02\x0E\x01\x03env\x06square\x00\x00");
    bytes.extend([3, 2, 1, 0]);
    bytes.extend(b"\x07\x09\x01\x05twice\x00\x01");
    bytes.extend([10, 10, 1, 8, 0, 0x20, 0, 0x10, 0, 0x10, 0, 0x0B]);
    bytes
}
