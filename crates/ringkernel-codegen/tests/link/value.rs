//! Values of the interpreter, and Rust values as such.

use std::cell::RefCell;
use std::rc::Rc;

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Bool(bool),
    Int(i128),
    F32(f32),
    F64(f64),
    /// The parts of a tuple or an array.
    Parts(Vec<Value>, char),
    Option(Option<Box<Value>>),
    Result(Result<Box<Value>, Box<Value>>),
    Vec(Rc<RefCell<Vec<Value>>>),
    Unit,
}

impl Value {
    /// As `{:?}` prints it.
    pub(crate) fn show(&self) -> String {
        let inner = |value: &Value| value.show();
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::F32(value) => format!("{value:?}"),
            Self::F64(value) => format!("{value:?}"),
            Self::Parts(parts, '(') => match parts.as_slice() {
                [one] => format!("({},)", one.show()),
                parts => format!("({})", parts.iter().map(inner).collect::<Vec<_>>().join(", ")),
            },
            Self::Parts(parts, _) => format!("[{}]", parts.iter().map(inner).collect::<Vec<_>>().join(", ")),
            Self::Option(None) => "None".to_owned(),
            Self::Option(Some(value)) => format!("Some({})", value.show()),
            Self::Result(Ok(value)) => format!("Ok({})", value.show()),
            Self::Result(Err(value)) => format!("Err({})", value.show()),
            Self::Vec(values) => {
                format!("[{}]", values.borrow().iter().map(inner).collect::<Vec<_>>().join(", "))
            }
            Self::Unit => "()".to_owned(),
        }
    }

    pub(crate) fn int(&self) -> i128 {
        match self {
            Self::Int(value) => *value,
            Self::Bool(value) => i128::from(*value),
            other => panic!("{other:?} is no integer"),
        }
    }

    pub(crate) fn bool(&self) -> bool {
        matches!(self, Self::Bool(true))
    }
}

/// A Rust value as an argument.
pub(crate) trait Argument {
    fn value(self) -> Value;
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        impl Argument for $ty {
            fn value(self) -> Value { Value::Int(self as i128) }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

impl Argument for bool {
    fn value(self) -> Value {
        Value::Bool(self)
    }
}

impl Argument for f32 {
    fn value(self) -> Value {
        Value::F32(self)
    }
}

impl Argument for f64 {
    fn value(self) -> Value {
        Value::F64(self)
    }
}

impl<T: Argument, const N: usize> Argument for [T; N] {
    fn value(self) -> Value {
        Value::Parts(self.into_iter().map(T::value).collect(), '[')
    }
}

impl<A: Argument, B: Argument> Argument for (A, B) {
    fn value(self) -> Value {
        Value::Parts(vec![self.0.value(), self.1.value()], '(')
    }
}

impl<T: Argument> Argument for Option<T> {
    fn value(self) -> Value {
        Value::Option(self.map(|value| Box::new(value.value())))
    }
}

impl<T: Argument, E: Argument> Argument for Result<T, E> {
    fn value(self) -> Value {
        Value::Result(match self {
            Ok(value) => Ok(Box::new(value.value())),
            Err(error) => Err(Box::new(error.value())),
        })
    }
}
