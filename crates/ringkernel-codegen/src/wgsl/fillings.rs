//! What the templates among the fixed functions are filled with, for each scalar.

/// What a template is filled with: names and texts.
pub(super) type Filling<'a> = &'a [(&'a str, &'a str)];

/// Integers that are kept in 32 bits.
pub(super) const NARROW: [Filling<'static>; 4] = [
    &[("$S", "i8"), ("$T", "i32"), ("$MIN", "-128i"), ("$MAX", "127i"), ("$BITS", "8u")],
    &[("$S", "i16"), ("$T", "i32"), ("$MIN", "-32768i"), ("$MAX", "32767i"), ("$BITS", "16u")],
    &[("$S", "u8"), ("$T", "u32"), ("$MIN", "0u"), ("$MAX", "255u"), ("$BITS", "8u")],
    &[("$S", "u16"), ("$T", "u32"), ("$MIN", "0u"), ("$MAX", "65535u"), ("$BITS", "16u")],
];

pub(super) const UNSIGNED: [Filling<'static>; 2] = [
    &[
        ("$S", "u32"),
        ("$LOWER", "0xffffu"),
        ("$HALF", "16u"),
        ("$BITS", "32u"),
        ("$MAX", "4294967295u"),
        ("$0", "0u"),
    ],
    &[
        ("$S", "u64"),
        ("$LOWER", "0xfffffffflu"),
        ("$HALF", "32u"),
        ("$BITS", "64u"),
        ("$MAX", "18446744073709551615lu"),
        ("$0", "0lu"),
    ],
];

pub(super) const SIGNED: [Filling<'static>; 2] = [
    &[
        ("$S", "i32"),
        ("$U", "u32"),
        ("$TOP", "31u"),
        ("$BITS", "32u"),
        ("$MIN", "(-2147483647i - 1i)"),
        ("$MAX", "2147483647i"),
        ("$0", "0i"),
        ("$1", "1i"),
    ],
    &[
        ("$S", "i64"),
        ("$U", "u64"),
        ("$TOP", "63u"),
        ("$BITS", "64u"),
        ("$MIN", "(-9223372036854775807li - 1li)"),
        ("$MAX", "9223372036854775807li"),
        ("$0", "0li"),
        ("$1", "1li"),
    ],
];

pub(super) const FLOAT: [Filling<'static>; 2] = [
    &[
        ("$SIGN", "0x80000000u"),
        ("$S", "f32"),
        ("$BIAS", "127u"),
        ("$B", "u32"),
        ("$REST", "0x7fffffffu"),
        ("$INFINITY", "0x7f800000u"),
        ("$FRACTION", "0x7fffffu"),
        ("$HIDDEN", "0x800000u"),
        ("$POINT", "23u"),
        ("$ONE", "0x3f800000u"),
        ("$NAN", "0x7fc00000u"),
        ("$DEGREES", "0x42652ee1u"),
        ("$RADIANS", "0x3c8efa35u"),
        ("$0", "0u"),
    ],
    &[
        ("$SIGN", "0x8000000000000000lu"),
        ("$S", "f64"),
        ("$BIAS", "1023u"),
        ("$B", "u64"),
        ("$REST", "0x7ffffffffffffffflu"),
        ("$INFINITY", "0x7ff0000000000000lu"),
        ("$FRACTION", "0xffffffffffffflu"),
        ("$HIDDEN", "0x10000000000000lu"),
        ("$POINT", "52u"),
        ("$ONE", "0x3ff0000000000000lu"),
        ("$NAN", "0x7ff8000000000000lu"),
        ("$DEGREES", "0x404ca5dc1a63c1f8lu"),
        ("$RADIANS", "0x3f91df46a2529d39lu"),
        ("$0", "0lu"),
    ],
];

/// Scalars that blocks reduce. `bits` and `value` are names in the template.
pub(super) const REDUCED: [Filling<'static>; 6] = [
    &[("$S", "u32"), ("$TO", "vec2<u32>(value, 0u)"), ("$FROM", "bits.x")],
    &[("$S", "i32"), ("$TO", "vec2<u32>(bitcast<u32>(value), 0u)"), ("$FROM", "bitcast<i32>(bits.x)")],
    &[("$S", "f32"), ("$TO", "vec2<u32>(bitcast<u32>(value), 0u)"), ("$FROM", "bitcast<f32>(bits.x)")],
    &[("$S", "u64"), ("$TO", "rk_pair_of(value)"), ("$FROM", "rk_of_pair(bits)")],
    &[("$S", "i64"), ("$TO", "rk_pair_of(bitcast<u64>(value))"), ("$FROM", "bitcast<i64>(rk_of_pair(bits))")],
    &[("$S", "f64"), ("$TO", "rk_pair_of(bitcast<u64>(value))"), ("$FROM", "bitcast<f64>(rk_of_pair(bits))")],
];

/// How two values of a scalar are combined.
pub(super) const fn combinations(scalar: &str) -> [Filling<'static>; 3] {
    match scalar.as_bytes() {
        b"f32" => [
            &[("$V", "sum"), ("$COMBINE", "a + b")],
            &[("$V", "min"), ("$COMBINE", "rk_min_f32(a, b)")],
            &[("$V", "max"), ("$COMBINE", "rk_max_f32(a, b)")],
        ],
        b"f64" => [
            &[("$V", "sum"), ("$COMBINE", "a + b")],
            &[("$V", "min"), ("$COMBINE", "rk_min_f64(a, b)")],
            &[("$V", "max"), ("$COMBINE", "rk_max_f64(a, b)")],
        ],
        _ => [
            &[("$V", "sum"), ("$COMBINE", "a + b")],
            &[("$V", "min"), ("$COMBINE", "select(b, a, a < b)")],
            &[("$V", "max"), ("$COMBINE", "select(b, a, a > b)")],
        ],
    }
}

/// Memories, and how a word of them is read. The first is a lane's own.
pub(super) const MEMORIES: [Filling<'static>; 3] = [
    &[("$M", "mem"), ("$READ", "rk_mem[word]")],
    &[("$M", "sync"), ("$READ", "atomicLoad(&rk_sync[word])")],
    &[("$M", "block"), ("$READ", "atomicLoad(&rk_block[word])")],
];
