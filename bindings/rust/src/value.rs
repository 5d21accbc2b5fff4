//! Values as they cross: by their type in Rust, or as a [`Value`] where that is not known.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{Of, RawValue};

/// The type of a value, with the numbers of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A 32-bit integer, `i32` or `u32`.
    I32 = 0,
    /// A 64-bit integer, `i64` or `u64`.
    I64 = 1,
    /// A 32-bit float.
    F32 = 2,
    /// A 64-bit float.
    F64 = 3,
    /// A vector of 128 bits, a `u128` whose lowest bits are lane 0.
    V128 = 6,
}

/// A value of a guest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit float.
    F32(f32),
    /// A 64-bit float.
    F64(f64),
    /// A vector of 128 bits; its lowest bits are lane 0.
    V128(u128),
}

impl Value {
    pub(crate) const EMPTY: RawValue = RawValue { kind: 0, of: Of { v128: [0; 16] } };

    pub(crate) fn to_raw(self) -> RawValue {
        match self {
            Value::I32(value) => value.to_raw(),
            Value::I64(value) => value.to_raw(),
            Value::F32(value) => value.to_raw(),
            Value::F64(value) => value.to_raw(),
            Value::V128(value) => value.to_raw(),
        }
    }

    pub(crate) fn from_raw(raw: &RawValue) -> Result<Value> {
        // SAFETY: `kind` says which member counts.
        unsafe {
            match raw.kind {
                0 => Ok(Value::I32(raw.of.i32)),
                1 => Ok(Value::I64(raw.of.i64)),
                2 => Ok(Value::F32(raw.of.f32)),
                3 => Ok(Value::F64(raw.of.f64)),
                6 => Ok(Value::V128(u128::from_le_bytes(raw.of.v128))),
                kind => Err(Error::new(
                    ErrorKind::Type,
                    format!("A value of the kind {kind} is a reference, which this crate does not carry."),
                )),
            }
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A type of Rust that is one of WebAssembly's numbers or vectors.
pub trait WasmType: sealed::Sealed + Copy + Send + 'static {
    /// Its type there.
    const KIND: Kind;
    #[doc(hidden)]
    fn to_raw(self) -> RawValue;
    #[doc(hidden)]
    fn from_raw(raw: &RawValue) -> Self;
}

macro_rules! number {
    ($type:ty, $kind:ident, $member:ident as $plain:ty) => {
        impl sealed::Sealed for $type {}
        impl WasmType for $type {
            const KIND: Kind = Kind::$kind;
            fn to_raw(self) -> RawValue {
                let mut raw = Value::EMPTY;
                raw.kind = Kind::$kind as u32;
                raw.of.$member = self as $plain;
                raw
            }
            fn from_raw(raw: &RawValue) -> $type {
                // SAFETY: all bits of the member stand for a number, and whoever calls has looked at the kind.
                unsafe { raw.of.$member as $type }
            }
        }
    };
}
number!(i32, I32, i32 as i32);
number!(u32, I32, i32 as i32);
number!(i64, I64, i64 as i64);
number!(u64, I64, i64 as i64);
number!(f32, F32, f32 as f32);
number!(f64, F64, f64 as f64);

impl sealed::Sealed for u128 {}
/// A vector, whose lowest bits are lane 0.
impl WasmType for u128 {
    const KIND: Kind = Kind::V128;
    fn to_raw(self) -> RawValue {
        RawValue { kind: Kind::V128 as u32, of: Of { v128: self.to_le_bytes() } }
    }
    fn from_raw(raw: &RawValue) -> u128 {
        // SAFETY: all bits of the member stand for a vector, and whoever calls has looked at the kind.
        u128::from_le_bytes(unsafe { raw.of.v128 })
    }
}

/// The arguments or results of a function: `()`, one number, or a tuple of them.
pub trait WasmValues: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn kinds() -> Vec<u32>;
    #[doc(hidden)]
    fn to_raw_values(self) -> Vec<RawValue>;
    /// The values at `raw`, which are of these kinds.
    #[doc(hidden)]
    fn from_raw_values(raw: &[RawValue]) -> Self;
}

impl<T: WasmType> WasmValues for T {
    fn kinds() -> Vec<u32> {
        vec![T::KIND as u32]
    }
    fn to_raw_values(self) -> Vec<RawValue> {
        vec![self.to_raw()]
    }
    fn from_raw_values(raw: &[RawValue]) -> T {
        T::from_raw(&raw[0])
    }
}

macro_rules! tuple {
    ($($type:ident $index:tt),*) => {
        impl<$($type: WasmType),*> sealed::Sealed for ($($type,)*) {}
        #[allow(clippy::unused_unit)]
        impl<$($type: WasmType),*> WasmValues for ($($type,)*) {
            fn kinds() -> Vec<u32> { vec![$($type::KIND as u32),*] }
            fn to_raw_values(self) -> Vec<RawValue> { vec![$(self.$index.to_raw()),*] }
            fn from_raw_values(_raw: &[RawValue]) -> Self { ($($type::from_raw(&_raw[$index]),)*) }
        }
    };
}
tuple!();
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// Calls `call(arguments, count, results, count)` and takes its results.
pub(crate) fn call_with<A: WasmValues, R: WasmValues>(
    arguments: A,
    call: impl FnOnce(*const RawValue, usize, *mut RawValue, usize) -> crate::ffi::RawError,
) -> Result<R> {
    let arguments = arguments.to_raw_values();
    let kinds = R::kinds();
    let mut results = vec![Value::EMPTY; kinds.len()];
    crate::error::check(call(arguments.as_ptr(), arguments.len(), results.as_mut_ptr(), results.len()))?;
    if results.iter().map(|raw| raw.kind).ne(kinds) {
        return Err(Error::new(ErrorKind::Type, "The results are of other types than were asked for.".into()));
    }
    Ok(R::from_raw_values(&results))
}
