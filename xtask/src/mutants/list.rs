//! The changes, as data.

/// One wrong change of the code generator.
#[derive(Debug)]
pub(super) struct Mutant {
    /// What is wrong.
    pub(super) name: &'static str,
    /// The file, from the root of the repository.
    pub(super) file: &'static str,
    /// A text that occurs once in it.
    pub(super) from: &'static str,
    /// What takes its place.
    pub(super) to: &'static str,
    /// How the names of the programs start that matter, separated by commas.
    pub(super) programs: &'static str,
}

const fn mutant(
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    programs: &'static str,
) -> Mutant {
    Mutant { name, file, from, to, programs }
}

macro_rules! file {
    ($folder:literal / $name:literal) => {
        concat!("crates/ringkernel-codegen/src/", $folder, "/", $name)
    };
}

/// All mutants.
pub(super) const MUTANTS: [Mutant; 23] = [
    mutant(
        "wgsl: unsigned subtraction faults the wrong way round",
        file!("wgsl" / "text/checked_unsigned.wgsl"),
        "if b > a {",
        "if b < a {",
        "sub_u32",
    ),
    mutant(
        "wgsl: signed addition overflows by any changed sign",
        file!("wgsl" / "text/checked_signed.wgsl"),
        "return ((a ^ sum) & (b ^ sum)) < $0;",
        "return ((a ^ sum) | (b ^ sum)) < $0;",
        "add_i32",
    ),
    mutant(
        "wgsl: the smallest number divided by 1 overflows",
        file!("wgsl" / "text/checked_signed.wgsl"),
        "if a == $MIN && b == -$1 {",
        "if a == $MIN && b == $1 {",
        "div_i64",
    ),
    mutant(
        "wgsl: narrow arithmetic has too large a range",
        file!("wgsl" / "text/checked_narrow.wgsl"),
        "value < $MIN || value > $MAX",
        "value < $MIN || value > $MAX + $T(1)",
        "add_i8",
    ),
    mutant(
        "wgsl: the distance of a shift is not cut",
        file!("wgsl" / "operators.rs"),
        "BinaryOp::ShiftRight => format!(\"({left} >> ({right} & {width}u))\")",
        "BinaryOp::ShiftRight => format!(\"({left} >> ({right} & 31u))\")",
        "distances_u8",
    ),
    mutant(
        "wgsl: an i8 keeps its upper bits",
        file!("wgsl" / "types.rs"),
        "Scalar::I8 => format!(\"(({text} << 24u) >> 24u)\")",
        "Scalar::I8 => text",
        "wrapping_i8",
    ),
    mutant(
        "wgsl: a u16 loses its highest bit",
        file!("wgsl" / "types.rs"),
        "Scalar::U16 => format!(\"({text} & 65535u)\")",
        "Scalar::U16 => format!(\"({text} & 32767u)\")",
        "wrapping_u16",
    ),
    mutant(
        "wgsl: true is less than false",
        file!("wgsl" / "operators.rs"),
        "BinaryOp::Less => format!(\"(!{left} && {right})\")",
        "BinaryOp::Less => format!(\"({left} && !{right})\")",
        "compare_bool",
    ),
    mutant(
        "wgsl: less or equal forgets equal",
        file!("wgsl" / "operators.rs"),
        "BinaryOp::LessEqual => \"<=\"",
        "BinaryOp::LessEqual => \"<\"",
        "compare_u64",
    ),
    mutant(
        "wgsl: the wrong branch",
        file!("wgsl" / "statements.rs"),
        "self.open(format!(\"if {condition} {{\"));\n                self.block(accept)?;",
        "self.open(format!(\"if !({condition}) {{\"));\n                self.block(accept)?;",
        "if_statement_i32",
    ),
    mutant(
        "wgsl: breaking an outer loop continues it",
        file!("wgsl" / "statements.rs"),
        "self.leave(*label, \"1u\", \"break;\");",
        "self.leave(*label, \"2u\", \"break;\");",
        "labels_u32,nested_u32",
    ),
    mutant(
        "wgsl: an i8 in memory has no sign",
        file!("wgsl" / "memory.rs"),
        "Scalar::I8 => wrap(scalar, format!(\"bitcast<i32>({})\", part(\"byte\", 255)))",
        "Scalar::I8 => format!(\"bitcast<i32>({})\", part(\"byte\", 255))",
        "in_memory_i8",
    ),
    mutant(
        "wgsl: fields are read where others lie",
        file!("wgsl" / "memory.rs"),
        "Type::Struct(layout) => layout.fields.iter().map(|field| field.offset).collect()",
        "Type::Struct(layout) => layout.fields.iter().map(|field| field.offset & !1).collect()",
        "in_memory_i8",
    ),
    mutant(
        "wgsl: a float that is too large becomes a number that is too small",
        file!("wgsl" / "text/casts.wgsl"),
        "    if x >= 2147483648.0f {\n        return 2147483647i;",
        "    if x >= 2147483648.0f {\n        return 2147483646i;",
        "cast_f32",
    ),
    mutant(
        "wgsl: a NaN becomes the largest number",
        file!("wgsl" / "text/casts.wgsl"),
        "fn rk_u32_from_f32(x: f32) -> u32 {\n    if (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u || x <= 0.0f {\n        return 0u;",
        "fn rk_u32_from_f32(x: f32) -> u32 {\n    if (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u || x <= 0.0f {\n        return 4294967295u;",
        "cast_f32",
    ),
    mutant(
        "wgsl: narrow floats saturate one too early",
        file!("wgsl" / "text/casts.wgsl"),
        "fn rk_i8_from_f32(x: f32) -> i32 {\n    return clamp(rk_i32_from_f32(x), -128i, 127i);",
        "fn rk_i8_from_f32(x: f32) -> i32 {\n    return clamp(rk_i32_from_f32(x), -128i, 126i);",
        "cast_f32",
    ),
    mutant(
        "wgsl: leading zeros of a u8 are those of a u32",
        file!("wgsl" / "math.rs"),
        "format!(\"(countLeadingZeros({own}) - {spare}u)\")",
        "format!(\"(countLeadingZeros({own}) - {spare}u * 0u)\")",
        "counts_u8",
    ),
    mutant(
        "wgsl: a selection takes the other value",
        file!("wgsl" / "expressions.rs"),
        "texts[2], texts[1], texts[0]",
        "texts[1], texts[2], texts[0]",
        "if_value,options,match_,lazy,clamp",
    ),
    mutant(
        "wgsl: an absent value is there",
        file!("wgsl" / "expressions.rs"),
        "ExpressionKind::IsSome(value) => self.member_of(scope, *value, \"some\")",
        "ExpressionKind::IsSome(_) => Ok(Text::of(\"true\"))",
        "options_i32",
    ),
    mutant(
        "wgsl: a shift by the whole width does not fault",
        file!("wgsl" / "text/checked_unsigned.wgsl"),
        "fn rk_shift_left_$S(a: $S, b: u32, file: u32, line: u32) -> $S {\n    if b >= $BITS {",
        "fn rk_shift_left_$S(a: $S, b: u32, file: u32, line: u32) -> $S {\n    if b > $BITS {",
        "shl_u32",
    ),
    mutant(
        "wgsl: a fault is reported one line late",
        file!("wgsl" / "statements.rs"),
        "&right, self.scope.function.file, line))",
        "&right, self.scope.function.file, line + 1))",
        "faults_in_order",
    ),
    mutant(
        "wgsl: negation of a number keeps its sign",
        file!("wgsl" / "operators.rs"),
        "UnaryOp::Negate if scalar.is_float() => format!(\"(-{text})\")",
        "UnaryOp::Negate if scalar.is_float() => text",
        "neg_f32",
    ),
    mutant(
        "wgsl: signs are lost when numbers widen",
        file!("wgsl" / "text/checked_signed.wgsl"),
        "    return $0 - a;\n}\n\nfn rk_divide_$S",
        "    return a;\n}\n\nfn rk_divide_$S",
        "neg_i32",
    ),
];
