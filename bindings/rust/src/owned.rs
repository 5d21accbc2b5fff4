//! An object of the library's, with what frees it.

use crate::error::{check, Error, ErrorKind, Result};
use crate::ffi::{Object, RawError};
use std::ffi::CString;
use std::ptr::{null_mut, NonNull};

pub(crate) struct Owned {
    object: NonNull<Object>,
    delete: unsafe extern "C" fn(*mut Object),
}

// SAFETY: the header allows every function that the crate calls on any thread, at any time; what belongs to one thread
// is a `Thread`, which takes the property back.
unsafe impl Send for Owned {}
// SAFETY: as above.
unsafe impl Sync for Owned {}

impl Owned {
    /// The object that `make` stores.
    pub(crate) fn new(
        delete: unsafe extern "C" fn(*mut Object),
        make: impl FnOnce(*mut *mut Object) -> RawError,
    ) -> Result<Owned> {
        let mut object = null_mut();
        check(make(&mut object))?;
        Ok(Owned::from_raw(object, delete))
    }

    /// An object that the library never refuses.
    pub(crate) fn from_raw(object: *mut Object, delete: unsafe extern "C" fn(*mut Object)) -> Owned {
        Owned { object: NonNull::new(object).expect("the library gives an object"), delete }
    }

    pub(crate) fn get(&self) -> *mut Object {
        self.object.as_ptr()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: nobody else frees the object, and nobody can use it any more.
        unsafe { (self.delete)(self.get()) }
    }
}

/// A text as C takes it.
pub(crate) fn c_text(text: impl AsRef<[u8]>) -> Result<CString> {
    let bytes = text.as_ref();
    CString::new(bytes).map_err(|_| {
        let shown = String::from_utf8_lossy(bytes).escape_debug().to_string();
        Error::new(ErrorKind::Misuse, format!("“{shown}” holds a NUL byte."))
    })
}
