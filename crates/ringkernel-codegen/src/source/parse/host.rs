//! Names that only a CPU knows, and what to write instead.
//!
//! A macro sees names, not what they stand for. So only names that everybody reads as the standard library's are looked
//! for, and only where they stand alone or behind `std`, `core` or `alloc`: a type of the user's own that happens to be
//! called `Arc` can be written `shapes::Arc`.

/// What to do instead of waiting.
pub(super) const LATER: &str =
    "return, and go on when the next message comes (`ctx.defer()` keeps the right to answer)";

/// What to write instead of this type, if it is one that only a CPU has.
pub(super) fn instead_of_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "u128" | "i128" => "use 64 bits, or two numbers of 64 bits",
        "isize" => "use `i32` or `i64`, or `usize` for indices",
        "char" => "keep its code in a `u32`, or a byte in a `u8`",
        "str" | "String" | "OsString" | "CString" | "PathBuf" | "Cow" => {
            "keep a number that the host translates, or bytes in an array"
        }
        "Box" | "Rc" | "Arc" => "keep the value itself",
        "RefCell" | "Mutex" | "RwLock" | "OnceCell" | "OnceLock" => {
            "keep the value in the state, which the handler has for itself"
        }
        "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" | "VecDeque" | "BinaryHeap" | "LinkedList" => {
            "keep an array in the state and search it or compute the index"
        }
        "AtomicBool" | "AtomicU8" | "AtomicU16" | "AtomicU32" | "AtomicU64" | "AtomicUsize" | "AtomicI8"
        | "AtomicI16" | "AtomicI32" | "AtomicI64" | "AtomicIsize" => {
            "use the `AtomicCell`s and `AtomicArray`s of a cooperative kernel's state"
        }
        "Instant" | "SystemTime" => "use `ctx.now()` or `ctx.message_timestamp()`",
        _ => return None,
    })
}

/// Paths of the standard library that devices know, or that are plain constants. `core` stands for `std` here.
pub(super) fn is_known(path: &str) -> bool {
    const EXACT: [&str; 5] =
        ["core::mem::swap", "core::mem::replace", "core::mem::take", "core::cmp::min", "core::cmp::max"];
    const BELOW: [&str; 2] = ["core::f32::", "core::f64::"];
    let of_integer = || {
        let rest = path.strip_prefix("core::")?;
        let (ty, name) = rest.split_once("::")?;
        Some(SCALARS.contains(&ty) && matches!(name, "MAX" | "MIN"))
    };
    EXACT.contains(&path)
        || BELOW.iter().any(|prefix| path.starts_with(prefix))
        || of_integer().unwrap_or(false)
}

/// What to write instead of something in this module of the standard library.
pub(super) fn instead_of_standard(module: &str) -> &'static str {
    match module {
        "thread" | "future" | "task" | "sync" | "net" | "fs" | "io" => LATER,
        "time" => "use `ctx.now()` or `ctx.message_timestamp()`, and plain numbers for durations",
        "cmp" => "compare with `<` and `==`",
        _ => "write a `#[device_fn]` of your own",
    }
}

/// The scalar types of devices.
pub(crate) const SCALARS: [&str; 12] =
    ["bool", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "f32", "f64"];

/// What to write instead of this macro, if it is one that only a CPU has.
pub(super) fn instead_of_macro(name: &str) -> &'static str {
    match name {
        "println" | "print" | "eprintln" | "eprint" | "dbg" | "trace" | "debug" | "info" | "warn"
        | "error" => "put what is to be seen into an answer or an output (`ctx.enqueue_output`)",
        "format" | "format_args" | "write" | "writeln" | "concat" | "stringify" => {
            "send the numbers and let the host write the text"
        }
        "asm" | "global_asm" | "naked_asm" => "write Rust",
        "cfg" | "env" | "option_env" | "include_bytes" | "include_str" | "include" | "column" | "file"
        | "module_path" => "put what is needed of it into a constant outside of the function",
        "join" | "select" | "ready" | "try_join" | "pin" => LATER,
        _ => "write out what it stands for, or put it into a `#[device_fn]`",
    }
}

/// What to write instead of a method of this name with so many arguments, if everybody reads it as one of the standard
/// library that makes or takes an iterator or text.
pub(super) fn instead_of_method(name: &str, arguments: usize) -> Option<&'static str> {
    Some(match (name, arguments) {
        ("to_string" | "as_str" | "chars", 0) => {
            "keep a number that the host translates, or bytes in an array"
        }
        ("collect" | "into_boxed_slice", 0) => "push onto a `Vec::new()` in a `for` loop",
        ("iter", 0) => "write `for element in array.iter()`, or a `for` loop over indices",
        ("iter_mut", 0) => "write `for element in array.iter_mut()`, or a `for` loop over indices",
        ("into_iter", 0) => "write `for element in array`, or a `for` loop over indices",
        ("cmp" | "partial_cmp" | "total_cmp", 1) => "compare with `<` and `==`",
        ("chunks" | "chunks_exact" | "chunks_mut" | "chunks_exact_mut" | "windows", 1) => {
            "write a `for` loop over indices"
        }
        _ => return None,
    })
}
