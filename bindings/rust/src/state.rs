//! Exported globals and tables, of a process's main instance or of an attached thread's.

use crate::error::{check, Error, ErrorKind, Result};
use crate::ffi::*;
use crate::owned::c_text;
use crate::process::Process;
use crate::thread::Thread;
use crate::value::{Value, WasmType};
use std::marker::PhantomData;

/// An element of a table: a reference, to be stored in a table of the same instance, or null.
#[derive(Clone, Copy)]
pub struct Element<'instance> {
    raw: RawValue,
    /// The reference lives as long.
    _instance: PhantomData<&'instance ()>,
}

impl Element<'_> {
    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        // SAFETY: all bits of a reference stand for a pointer.
        unsafe { self.raw.of.pointer.is_null() }
    }
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.is_null() { "Element(null)" } else { "Element(a reference)" })
    }
}

macro_rules! state {
    ($type:ty, $object:ident, $global:ident $set_global:ident $size:ident $element:ident $set_element:ident) => {
        impl $type {
            fn global_raw(&self, name: &str) -> Result<RawValue> {
                let (name, mut value) = (c_text(name)?, Value::EMPTY);
                // SAFETY: the object lives, and the name is copied.
                check(unsafe { $global(self.$object(), name.as_ptr(), &mut value) })?;
                Ok(value)
            }

            /// The value of an exported global: `global::<i32>("count")`.
            pub fn global<T: WasmType>(&self, name: &str) -> Result<T> {
                let value = self.global_raw(name)?;
                if value.kind != T::KIND as u32 {
                    let message = format!("The export {name:?} holds values of another type than was asked for.");
                    return Err(Error::new(ErrorKind::Type, message));
                }
                Ok(T::from_raw(&value))
            }

            /// The same where the type is known only when the program runs.
            pub fn global_value(&self, name: &str) -> Result<Value> {
                Value::from_raw(&self.global_raw(name)?)
            }

            /// Sets an exported global, which must be mutable and of this type.
            pub fn set_global<T: WasmType>(&self, name: &str, value: T) -> Result<()> {
                let (name, value) = (c_text(name)?, value.to_raw());
                // SAFETY: the object lives; name and value are copied.
                check(unsafe { $set_global(self.$object(), name.as_ptr(), &value) })
            }

            /// How many elements an exported table has now.
            pub fn table_size(&self, name: &str) -> Result<u64> {
                let (name, mut size) = (c_text(name)?, 0);
                // SAFETY: the object lives, and the name is copied.
                check(unsafe { $size(self.$object(), name.as_ptr(), &mut size) })?;
                Ok(size)
            }

            /// An element of an exported table.
            pub fn table_element(&self, name: &str, index: u64) -> Result<Element<'_>> {
                let (name, mut raw) = (c_text(name)?, Value::EMPTY);
                // SAFETY: the object lives, and the name is copied.
                check(unsafe { $element(self.$object(), name.as_ptr(), index, &mut raw) })?;
                Ok(Element { raw, _instance: PhantomData })
            }

            /// Sets an element of an exported table to one of the same instance.
            pub fn set_table_element(&self, name: &str, index: u64, element: Element<'_>) -> Result<()> {
                let name = c_text(name)?;
                // SAFETY: the object lives, name and value are copied; the library knows its own functions by address,
                // and looks behind no other.
                check(unsafe { $set_element(self.$object(), name.as_ptr(), index, &element.raw) })
            }
        }
    };
}

state!(
    Process, raw,
    wasi_threads_process_global wasi_threads_process_set_global wasi_threads_process_table_size
    wasi_threads_process_table_element wasi_threads_process_set_table_element
);
state!(
    Thread<'_>, raw,
    wasi_threads_thread_global wasi_threads_thread_set_global wasi_threads_thread_table_size
    wasi_threads_thread_table_element wasi_threads_thread_set_table_element
);
