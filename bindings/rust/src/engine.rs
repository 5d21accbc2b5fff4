//! Engines and their limits.

use crate::error::{check, Result};
use crate::ffi::*;
use crate::owned::{c_text, Owned};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null;

/// What an engine bounds; units and ranges stand at `wasi_threads_limit_t` in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Live threads of one process, spawned or attached.
    Threads = 0,
    /// Pages of one memory.
    MemoryPages = 1,
    /// Elements of one table.
    TableElements = 2,
    /// Bytes of a thread's stack of locals and operands.
    ValueStackBytes = 3,
    /// Bytes of a guest thread's stack of the host.
    HostStackBytes = 4,
    /// Bytes that a captured stream holds.
    BufferBytes = 5,
    /// Descriptors that a process has open.
    Descriptors = 6,
    /// Bytes of the stack in the guest's memory that an attached host thread gets.
    GuestStackBytes = 7,
    /// Elements of all tables of a process together, those of its threads too.
    TotalTableElements = 8,
    /// Milliseconds that a call which compiles may take.
    CompilationMilliseconds = 9,
    /// Bytes of memory that a compilation may take.
    CompilationBytes = 10,
}

/// How the functions of modules run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tier {
    /// The interpreter first; what runs often is compiled in the background, with LLVM where that is installed.
    Auto = 0,
    /// The interpreter only.
    Interpreter = 1,
    /// Every function is compiled when its module is made.
    Compiled = 2,
    /// The same in one pass, without LLVM.
    Baseline = 3,
}

/// Limits and tier of an engine.
pub struct EngineConfig(Owned);

impl EngineConfig {
    /// One with the default limits.
    pub fn new() -> EngineConfig {
        // SAFETY: never NULL, and ours.
        EngineConfig(Owned::from_raw(unsafe { wasi_threads_engine_config_new() }, wasi_threads_engine_config_delete))
    }

    /// Sets a limit.
    pub fn limit(self, limit: Limit, value: u64) -> Result<EngineConfig> {
        // SAFETY: the configuration lives.
        check(unsafe { wasi_threads_engine_config_set_limit(self.0.get(), limit as u32, value) })?;
        Ok(self)
    }

    /// Sets how functions run.
    pub fn tier(self, tier: Tier) -> Result<EngineConfig> {
        // SAFETY: the configuration lives.
        check(unsafe { wasi_threads_engine_config_set_tier(self.0.get(), tier as u32) })?;
        Ok(self)
    }

    /// Has compiled code kept in a directory. Whoever can write there can run code in this program.
    pub fn cache(self, directory: impl AsRef<Path>, byte_limit: u64) -> Result<EngineConfig> {
        let directory = c_text(directory.as_ref().as_os_str().as_bytes())?;
        // SAFETY: the configuration lives, and the text is copied.
        check(unsafe { wasi_threads_engine_config_set_cache(self.0.get(), directory.as_ptr(), byte_limit) })?;
        Ok(self)
    }
}

impl Default for EngineConfig {
    fn default() -> EngineConfig {
        EngineConfig::new()
    }
}

/// Limits, and what modules share. One serves a host program.
pub struct Engine(pub(crate) Owned);

impl Engine {
    /// One with the default limits.
    pub fn new() -> Result<Engine> {
        // SAFETY: NULL stands for the default limits.
        Owned::new(wasi_threads_engine_delete, |out| unsafe { wasi_threads_engine_new(null(), out) }).map(Engine)
    }

    /// One with a copy of `config`.
    pub fn with_config(config: &EngineConfig) -> Result<Engine> {
        // SAFETY: the configuration lives.
        Owned::new(wasi_threads_engine_delete, |out| unsafe { wasi_threads_engine_new(config.0.get(), out) })
            .map(Engine)
    }
}
