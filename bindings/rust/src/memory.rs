//! Linear memories.

use crate::engine::Engine;
use crate::error::{check, Result};
use crate::ffi::*;
use crate::owned::Owned;
use std::ptr::null_mut;

/// A memory, which outlives its process. Guests read and write it at any time, so no reference into it is given:
/// bytes are copied, within its bounds.
pub struct Memory(pub(crate) Owned);

impl Memory {
    /// A shared memory of the host's, for [`Linker::define_memory`](crate::Linker::define_memory), in pages of 65,536
    /// bytes.
    pub fn new(engine: &Engine, minimum_pages: u64, maximum_pages: u64) -> Result<Memory> {
        Owned::new(wasi_threads_memory_delete, |out| {
            // SAFETY: the engine lives.
            unsafe { wasi_threads_memory_new(engine.0.get(), minimum_pages, maximum_pages, out) }
        })
        .map(Memory)
    }

    /// How many bytes it has; never fewer than before.
    pub fn byte_length(&self) -> Result<u64> {
        let (mut base, mut length) = (null_mut(), 0);
        // SAFETY: the memory lives.
        check(unsafe { wasi_threads_memory_data(self.0.get(), &mut base, &mut length) })?;
        Ok(length)
    }

    /// Copies bytes out.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        // SAFETY: the buffer has room for the bytes.
        check(unsafe {
            wasi_threads_memory_read(self.0.get(), offset, buffer.as_mut_ptr().cast(), buffer.len())
        })
    }

    /// Copies a number of bytes out: `u32::from_le_bytes(memory.read_array(16)?)`.
    pub fn read_array<const N: usize>(&self, offset: u64) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies bytes in.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        // SAFETY: the bytes are read only.
        check(unsafe { wasi_threads_memory_write(self.0.get(), offset, bytes.as_ptr().cast(), bytes.len()) })
    }

    /// Grows it; returns the pages it had before.
    pub fn grow(&self, pages: u64) -> Result<u64> {
        let mut previous = 0;
        // SAFETY: the memory lives.
        check(unsafe { wasi_threads_memory_grow(self.0.get(), pages, &mut previous) })?;
        Ok(previous)
    }

    /// Wakes up to `count` threads that wait at `offset`; returns how many.
    pub fn notify(&self, offset: u64, count: u32) -> Result<u32> {
        let mut woken = 0;
        // SAFETY: the memory lives.
        check(unsafe { wasi_threads_memory_notify(self.0.get(), offset, count, &mut woken) })?;
        Ok(woken)
    }
}
