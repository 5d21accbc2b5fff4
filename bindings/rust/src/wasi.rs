//! What a guest is given: arguments, environment, streams, directories.

use crate::error::{check, Result};
use crate::ffi::*;
use crate::owned::{c_text, Owned};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard input.
    Stdin = 0,
    /// Standard output.
    Stdout = 1,
    /// Standard error.
    Stderr = 2,
}

/// What a guest may do in a directory beside looking and reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// Nothing.
    ReadOnly = 0,
    /// Change what files hold, their sizes and their times.
    WriteFiles = 1,
    /// Create, remove, rename and link, too.
    ReadWrite = 3,
}

/// What a guest is given. As it is made, nothing: its input is at its end, and what it writes is discarded.
pub struct WasiConfig(pub(crate) Owned);

impl WasiConfig {
    /// One that gives nothing.
    pub fn new() -> WasiConfig {
        // SAFETY: never NULL, and ours.
        WasiConfig(Owned::from_raw(unsafe { wasi_threads_wasi_config_new() }, wasi_threads_wasi_config_delete))
    }

    fn with(self, set: impl FnOnce(*mut Object) -> RawError) -> Result<WasiConfig> {
        check(set(self.0.get()))?;
        Ok(self)
    }

    /// Adds an argument; the first is by custom the program's name.
    pub fn argument(self, argument: impl AsRef<[u8]>) -> Result<WasiConfig> {
        let bytes = argument.as_ref();
        // SAFETY: the bytes are copied.
        self.with(|config| unsafe {
            wasi_threads_wasi_config_add_argument(config, bytes.as_ptr().cast(), bytes.len())
        })
    }

    /// Sets a variable of the guest's environment.
    pub fn environment(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<WasiConfig> {
        let (name, value) = (c_text(name)?, c_text(value)?);
        // SAFETY: the texts are copied.
        self.with(|config| unsafe {
            wasi_threads_wasi_config_set_environment(config, name.as_ptr(), value.as_ptr())
        })
    }

    /// Gives the guest this program's environment, as it is now.
    ///
    /// # Safety
    /// No other thread changes the environment meanwhile.
    pub unsafe fn inherit_environment(self) -> Result<WasiConfig> {
        // SAFETY: as said above.
        self.with(|config| unsafe { wasi_threads_wasi_config_inherit_environment(config) })
    }

    /// Connects a stream to this program's.
    pub fn inherit(self, stream: Stream) -> Result<WasiConfig> {
        // SAFETY: the configuration lives.
        self.with(|config| unsafe { wasi_threads_wasi_config_inherit_stream(config, stream as u32) })
    }

    /// Connects a stream to a descriptor, which each process duplicates when it is made: it must be open until then.
    pub fn descriptor(self, stream: Stream, descriptor: &impl AsFd) -> Result<WasiConfig> {
        let number = descriptor.as_fd().as_raw_fd();
        // SAFETY: the configuration lives; a number that is not open is an error.
        self.with(|config| unsafe {
            wasi_threads_wasi_config_set_stream_descriptor(config, stream as u32, number)
        })
    }

    /// Has the guest read these bytes as its standard input.
    pub fn input(self, bytes: impl AsRef<[u8]>) -> Result<WasiConfig> {
        let bytes = bytes.as_ref();
        // SAFETY: the bytes are copied.
        self.with(|config| unsafe { wasi_threads_wasi_config_set_input(config, bytes.as_ptr(), bytes.len()) })
    }

    /// Keeps what the guest writes, for [`Process::read_output`](crate::Process::read_output).
    pub fn capture(self, stream: Stream) -> Result<WasiConfig> {
        // SAFETY: the configuration lives.
        self.with(|config| unsafe { wasi_threads_wasi_config_capture_output(config, stream as u32) })
    }

    /// Gives the guest a directory under another name.
    pub fn directory(
        self,
        host_path: impl AsRef<Path>,
        guest_path: impl AsRef<[u8]>,
        permissions: Permissions,
    ) -> Result<WasiConfig> {
        let (host, guest) = (c_text(host_path.as_ref().as_os_str().as_bytes())?, c_text(guest_path)?);
        // SAFETY: the texts are copied.
        self.with(|config| unsafe {
            wasi_threads_wasi_config_preopen_directory(config, host.as_ptr(), guest.as_ptr(), permissions as u32)
        })
    }
}

impl Default for WasiConfig {
    fn default() -> WasiConfig {
        WasiConfig::new()
    }
}
