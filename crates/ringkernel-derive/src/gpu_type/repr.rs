//! Reads `#[repr(..)]`, in as many attributes as it is spread over.

use proc_macro2::Ident;
use syn::Attribute;

/// Integer types that an enum of a device may have.
const INTEGERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

/// The representation of a type.
#[derive(Default)]
pub(crate) struct Repr {
    /// Where it says `C`.
    pub(crate) c: Option<Ident>,
    /// An integer type that a device has.
    pub(crate) integer: Option<Ident>,
}

impl Repr {
    /// The representation that `attributes` give, empty where there is none.
    pub(crate) fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut repr = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
            attribute.parse_nested_meta(|meta| {
                let refuse = |why: &str| Err(meta.error(why));
                let Some(name) = meta.path.get_ident() else { return Ok(()) };
                match name.to_string().as_str() {
                    "C" => repr.c = Some(name.clone()),
                    integer if INTEGERS.contains(&integer) => repr.integer = Some(name.clone()),
                    "align" | "packed" => {
                        return refuse("a device type has the alignment that its fields give it: write `#[repr(C)]` alone");
                    }
                    "transparent" => return refuse("write `#[repr(C)]`, which lays one field out in the same way"),
                    "usize" | "isize" => return refuse("this has another size on the device: write `u32` or `u64`"),
                    "u128" | "i128" => return refuse("devices have no such integer: write `u64` or smaller"),
                    // The compiler reports what it does not know itself.
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(repr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Result<(bool, Option<String>), String> {
        let input: syn::DeriveInput = syn::parse_str(source).expect("a type");
        let repr = Repr::of(&input.attrs).map_err(|error| error.to_string())?;
        Ok((repr.c.is_some(), repr.integer.map(|integer| integer.to_string())))
    }

    #[test]
    fn representations_are_read_from_every_attribute() {
        assert_eq!(of("struct A;"), Ok((false, None)));
        assert_eq!(of("#[repr(C)] struct A;"), Ok((true, None)));
        assert_eq!(of("#[doc = \"x\"] #[repr(C)] #[repr(i16)] enum A {}"), Ok((true, Some("i16".into()))));
        assert_eq!(of("#[repr(C, u8)] enum A {}"), Ok((true, Some("u8".into()))));
    }

    #[test]
    fn representations_without_a_fixed_device_layout_are_refused() {
        for source in [
            "#[repr(C, align(16))] struct A;",
            "#[repr(C, packed(2))] struct A;",
            "#[repr(packed)] struct A;",
            "#[repr(transparent)] struct A;",
            "#[repr(usize)] enum A {}",
            "#[repr(i128)] enum A {}",
        ] {
            assert!(of(source).is_err(), "{source}");
        }
    }
}
