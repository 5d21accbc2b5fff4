//! Modules: decoded, valid and immutable.

use crate::engine::Engine;
use crate::error::{check, text, Result};
use crate::ffi::*;
use crate::owned::{c_text, Owned};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null;

/// A module, for any number of processes.
pub struct Module(pub(crate) Owned);

/// What is imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// One that this version of the crate does not know.
    Other,
}

/// An import or an export of a module.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct External {
    /// The first part of an import's name.
    pub module: Option<String>,
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: ExternalKind,
    /// Its type, in words close to the text format.
    pub ty: String,
}

impl Module {
    /// Decodes and validates a module in the binary format.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Module> {
        Owned::new(wasi_threads_module_delete, |out| {
            // SAFETY: the library copies the bytes.
            unsafe { wasi_threads_module_new(engine.0.get(), bytes.as_ptr(), bytes.len(), out) }
        })
        .map(Module)
    }

    /// The same for the content of a file.
    pub fn from_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Module> {
        Self::open(wasi_threads_module_new_from_file, engine, path.as_ref())
    }

    /// A module from a file that [`Module::compile_to_file`] or `wasi-threads compile` made.
    ///
    /// # Safety
    /// The file holds machine code that is run as it is: nobody else may have changed it.
    pub unsafe fn from_compiled_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Module> {
        Self::open(wasi_threads_module_new_compiled_from_file, engine, path.as_ref())
    }

    fn open(
        make: unsafe extern "C" fn(*mut Object, *const std::ffi::c_char, *mut *mut Object) -> RawError,
        engine: &Engine,
        path: &Path,
    ) -> Result<Module> {
        let path = c_text(path.as_os_str().as_bytes())?;
        // SAFETY: the engine lives, and the path is copied.
        Owned::new(wasi_threads_module_delete, |out| unsafe { make(engine.0.get(), path.as_ptr(), out) }).map(Module)
    }

    /// Compiles all functions into a file, for [`Module::from_compiled_file`]. Takes seconds for large modules.
    pub fn compile_to_file(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = c_text(path.as_ref().as_os_str().as_bytes())?;
        // SAFETY: the module lives.
        check(unsafe { wasi_threads_module_compile_to_file(self.0.get(), path.as_ptr()) })
    }

    /// What it imports, in the order of the binary.
    pub fn imports(&self) -> Result<Vec<External>> {
        self.externals(wasi_threads_module_imports)
    }

    /// What it exports, in the order of the binary.
    pub fn exports(&self) -> Result<Vec<External>> {
        self.externals(wasi_threads_module_exports)
    }

    fn externals(
        &self,
        list: unsafe extern "C" fn(*const Object, *mut *const *const RawExternal, *mut usize) -> RawError,
    ) -> Result<Vec<External>> {
        let (mut first, mut count) = (null(), 0);
        // SAFETY: the module lives, and lends the list for as long.
        check(unsafe { list(self.0.get(), &mut first, &mut count) })?;
        Ok((0..count).map(|index| external(unsafe { &**first.add(index) })).collect())
    }
}

fn external(raw: &RawExternal) -> External {
    // SAFETY: the lengths are those of the names, and the type ends with a NUL byte.
    let name = |start: *const std::ffi::c_char, length| unsafe {
        String::from_utf8_lossy(std::slice::from_raw_parts(start.cast(), length)).into_owned()
    };
    External {
        module: (!raw.module.is_null()).then(|| name(raw.module, raw.module_length)),
        name: name(raw.name, raw.name_length),
        kind: match raw.kind {
            0 => ExternalKind::Function,
            1 => ExternalKind::Table,
            2 => ExternalKind::Memory,
            3 => ExternalKind::Global,
            _ => ExternalKind::Other,
        },
        // SAFETY: as above.
        ty: unsafe { text(raw.type_text) },
    }
}
