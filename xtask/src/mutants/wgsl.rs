//! Wrong changes of the printer of WGSL, as data.

use super::list::{Mutant, mutant};

macro_rules! file {
    ($name:literal) => {
        concat!("crates/ringkernel-codegen/src/wgsl/", $name)
    };
}

/// All of them.
pub(super) const MUTANTS: [Mutant; 23] = [
    mutant(
        "unsigned subtraction faults the wrong way round",
        file!("text/checked_unsigned.wgsl"),
        "if b > a {",
        "if b < a {",
        "sub_u32",
    ),
    mutant(
        "signed addition overflows by any changed sign",
        file!("text/checked_signed.wgsl"),
        "return ((a ^ sum) & (b ^ sum)) < $0;",
        "return ((a ^ sum) | (b ^ sum)) < $0;",
        "add_i32",
    ),
    mutant(
        "the smallest number divided by 1 overflows",
        file!("text/checked_signed.wgsl"),
        "if a == $MIN && b == -$1 {",
        "if a == $MIN && b == $1 {",
        "div_i64",
    ),
    mutant(
        "narrow arithmetic has too large a range",
        file!("text/checked_narrow.wgsl"),
        "value < $MIN || value > $MAX",
        "value < $MIN || value > $MAX + $T(1)",
        "add_i8",
    ),
    mutant(
        "the distance of a shift is not cut",
        file!("operators.rs"),
        "BinaryOp::ShiftRight => format!(\"({left} >> ({right} & {width}u))\")",
        "BinaryOp::ShiftRight => format!(\"({left} >> ({right} & 31u))\")",
        "distances_u8",
    ),
    mutant(
        "an i8 keeps its upper bits",
        file!("types.rs"),
        "Scalar::I8 => format!(\"(({text} << 24u) >> 24u)\")",
        "Scalar::I8 => text",
        "wrapping_i8",
    ),
    mutant(
        "a u16 loses its highest bit",
        file!("types.rs"),
        "Scalar::U16 => format!(\"({text} & 65535u)\")",
        "Scalar::U16 => format!(\"({text} & 32767u)\")",
        "wrapping_u16",
    ),
    mutant(
        "true is less than false",
        file!("operators.rs"),
        "BinaryOp::Less => format!(\"(!{left} && {right})\")",
        "BinaryOp::Less => format!(\"({left} && !{right})\")",
        "compare_bool",
    ),
    mutant(
        "less or equal forgets equal",
        file!("operators.rs"),
        "BinaryOp::LessEqual => \"<=\"",
        "BinaryOp::LessEqual => \"<\"",
        "compare_u64",
    ),
    mutant(
        "the wrong branch",
        file!("statements.rs"),
        "self.open(format!(\"if {condition} {{\"));\n                self.block(accept)?;",
        "self.open(format!(\"if !({condition}) {{\"));\n                self.block(accept)?;",
        "if_statement_i32",
    ),
    mutant(
        "breaking an outer loop continues it",
        file!("statements.rs"),
        "self.leave(*label, \"1u\", \"break;\");",
        "self.leave(*label, \"2u\", \"break;\");",
        "labels_u32,nested_u32",
    ),
    mutant(
        "an i8 in memory has no sign",
        file!("memory.rs"),
        "Scalar::I8 => wrap(scalar, format!(\"bitcast<i32>({})\", part(\"byte\", 255)))",
        "Scalar::I8 => format!(\"bitcast<i32>({})\", part(\"byte\", 255))",
        "in_memory_i8",
    ),
    mutant(
        "fields are read where others lie",
        file!("memory.rs"),
        "Type::Struct(layout) => layout.fields.iter().map(|field| field.offset).collect()",
        "Type::Struct(layout) => layout.fields.iter().map(|field| field.offset & !1).collect()",
        "in_memory_i8",
    ),
    mutant(
        "a float that is too large becomes a number that is too small",
        file!("text/casts.wgsl"),
        "    if x >= 2147483648.0f {\n        return 2147483647i;",
        "    if x >= 2147483648.0f {\n        return 2147483646i;",
        "cast_f32",
    ),
    mutant(
        "a NaN becomes the largest number",
        file!("text/casts.wgsl"),
        "fn rk_u32_from_f32(x: f32) -> u32 {\n    if (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u || x <= 0.0f {\n        return 0u;",
        "fn rk_u32_from_f32(x: f32) -> u32 {\n    if (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u || x <= 0.0f {\n        return 4294967295u;",
        "cast_f32",
    ),
    mutant(
        "narrow floats saturate one too early",
        file!("text/casts.wgsl"),
        "fn rk_i8_from_f32(x: f32) -> i32 {\n    return clamp(rk_i32_from_f32(x), -128i, 127i);",
        "fn rk_i8_from_f32(x: f32) -> i32 {\n    return clamp(rk_i32_from_f32(x), -128i, 126i);",
        "cast_f32",
    ),
    mutant(
        "leading zeros of a u8 are those of a u32",
        file!("math.rs"),
        "format!(\"(countLeadingZeros({own}) - {spare}u)\")",
        "format!(\"(countLeadingZeros({own}) - {spare}u * 0u)\")",
        "counts_u8",
    ),
    mutant(
        "a selection takes the other value",
        file!("expressions.rs"),
        "texts[2], texts[1], texts[0]",
        "texts[1], texts[2], texts[0]",
        "if_value,options,match_,lazy,clamp",
    ),
    mutant(
        "an absent value is there",
        file!("expressions.rs"),
        "ExpressionKind::IsSome(value) => self.member_of(scope, *value, \"some\")",
        "ExpressionKind::IsSome(_) => Ok(Text::of(\"true\"))",
        "options_i32",
    ),
    mutant(
        "a shift by the whole width does not fault",
        file!("text/checked_unsigned.wgsl"),
        "fn rk_shift_left_$S(a: $S, b: u32, file: u32, line: u32) -> $S {\n    if b >= $BITS {",
        "fn rk_shift_left_$S(a: $S, b: u32, file: u32, line: u32) -> $S {\n    if b > $BITS {",
        "shl_u32",
    ),
    mutant(
        "a fault is reported one line late",
        file!("statements.rs"),
        "&right, self.scope.function.file, line))",
        "&right, self.scope.function.file, line + 1))",
        "faults_in_order",
    ),
    mutant(
        "negation of a number keeps its sign",
        file!("operators.rs"),
        "UnaryOp::Negate if scalar.is_float() => format!(\"(-{text})\")",
        "UnaryOp::Negate if scalar.is_float() => text",
        "neg_f32",
    ),
    mutant(
        "checked negation keeps the sign",
        file!("text/checked_signed.wgsl"),
        "    return $0 - a;\n}\n\nfn rk_divide_$S",
        "    return a;\n}\n\nfn rk_divide_$S",
        "neg_i32",
    ),
];
