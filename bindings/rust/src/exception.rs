//! Exceptions of guests: their tags, and what they carry.

use crate::engine::Engine;
use crate::error::{check, Error, ErrorKind, Result};
use crate::ffi::*;
use crate::owned::{c_text, Owned};
use crate::value::{Value, WasmValues};
use std::sync::Arc;

/// What an exception is, and which values it carries. Copies are the same tag.
#[derive(Clone)]
pub struct Tag(pub(crate) Arc<Owned>);

impl Tag {
    /// A tag whose exceptions carry these types: `Tag::new::<(i32, f64)>(&engine, "failed")`. The name is for messages.
    pub fn new<T: WasmValues>(engine: &Engine, name: &str) -> Result<Tag> {
        let (name, kinds) = (c_text(name)?, T::kinds());
        // SAFETY: the engine lives; name and array are copied.
        Tag::made(|out| unsafe {
            wasi_threads_tag_new(engine.0.get(), name.as_ptr(), kinds.as_ptr(), kinds.len(), out)
        })
    }

    pub(crate) fn made(make: impl FnOnce(*mut *mut Object) -> RawError) -> Result<Tag> {
        Owned::new(wasi_threads_tag_delete, make).map(|owned| Tag(Arc::new(owned)))
    }
}

impl std::fmt::Debug for Tag {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tag")
    }
}

/// An exception of a guest: a tag and its values, which do not change. The error of a host function that is one, or an
/// [`Error`] that has one, is thrown in the guest that called.
#[derive(Clone)]
pub struct Exception(Arc<Owned>);

impl Exception {
    /// One with the values that the tag says: `Exception::new(&tag, (7, 0.5))`.
    pub fn new<T: WasmValues>(tag: &Tag, values: T) -> Result<Exception> {
        let values = values.to_raw_values();
        // SAFETY: the tag lives; the array is copied.
        let owned = Owned::new(wasi_threads_exception_delete, |out| unsafe {
            wasi_threads_exception_new(tag.0.get(), values.as_ptr(), values.len(), out)
        })?;
        Ok(Exception(Arc::new(owned)))
    }

    /// That which an error is of.
    ///
    /// # Safety
    /// `error` is an error of the library's.
    pub(crate) unsafe fn of(error: RawError) -> Option<Exception> {
        let mut found = std::ptr::null_mut();
        // SAFETY: as said above.
        check(unsafe { wasi_threads_error_exception(error, &mut found) }).ok()?;
        (!found.is_null()).then(|| Exception(Arc::new(Owned::from_raw(found, wasi_threads_exception_delete))))
    }

    /// An error that throws it, which the library takes.
    pub(crate) fn to_error(&self) -> RawError {
        // SAFETY: the exception lives.
        unsafe { wasi_threads_error_from_exception(self.0.get()) }
    }

    /// Whether it has this tag.
    pub fn is(&self, tag: &Tag) -> bool {
        // SAFETY: both live.
        unsafe { wasi_threads_exception_is(self.0.get(), tag.0.get()) }
    }

    /// What it carries, of these types: `exception.values::<(i32, f64)>()`.
    pub fn values<T: WasmValues>(&self) -> Result<T> {
        let kinds = T::kinds();
        let mut values = vec![Value::EMPTY; kinds.len()];
        // SAFETY: there is room for as many values as is said.
        check(unsafe { wasi_threads_exception_values(self.0.get(), values.as_mut_ptr(), values.len()) })?;
        if values.iter().map(|raw| raw.kind).ne(kinds) {
            return Err(Error::new(ErrorKind::Type, "The exception carries values of other types.".into()));
        }
        Ok(T::from_raw_values(&values))
    }
}

impl std::fmt::Debug for Exception {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Exception")
    }
}

impl std::fmt::Display for Exception {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an exception of a guest")
    }
}

impl std::error::Error for Exception {}

impl From<Exception> for Error {
    /// The error that a host function returns to throw it.
    fn from(exception: Exception) -> Error {
        let mut error = Error::new(ErrorKind::Host, exception.to_string());
        error.exception = Some(exception);
        error
    }
}
