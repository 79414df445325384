//! Wrong changes of the printer of CUDA C++ and of the texts that it prints, as data.

use super::list::{Mutant, mutant};

macro_rules! file {
    ($name:literal) => {
        concat!("crates/ringkernel-codegen/src/cuda/", $name)
    };
}

/// All of them.
pub(super) const MUTANTS: [Mutant; 19] = [
    mutant(
        "signed addition overflows where the signs differ",
        file!("prelude/integers.cuh"),
        "return (a < T(0)) == (b < T(0)) && (sum < T(0)) != (a < T(0));",
        "return (a < T(0)) != (b < T(0)) && (sum < T(0)) != (a < T(0));",
        "add_i32",
    ),
    mutant(
        "unsigned subtraction faults the wrong way round",
        file!("prelude/integers.cuh"),
        "(difference < T(0)) != (a < T(0));\n    }\n    return a < b;",
        "(difference < T(0)) != (a < T(0));\n    }\n    return b < a;",
        "sub_u32",
    ),
    mutant(
        "the distance of a shift is not cut",
        file!("prelude/integers.cuh"),
        "return (T)((rk_u64)a << (distance & (rk_of<T>::bits - 1u)));",
        "return (T)((rk_u64)a << (distance & 63u));",
        "distances_u8",
    ),
    mutant(
        "a shift to the right loses the sign",
        file!("prelude/integers.cuh"),
        "return (T)(a >> (distance",
        "return (T)((typename rk_of<T>::Unsigned)a >> (distance",
        "shr_i16",
    ),
    mutant(
        "the smallest number divided by minus one does not fault",
        file!("prelude/integers.cuh"),
        "rk_checked_divide(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {\n    if (rk_is_minus_one<T>(b) && a == rk_of<T>::min) {",
        "rk_checked_divide(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {\n    if (rk_is_minus_one<T>(b) && a == rk_of<T>::max) {",
        "div_i64",
    ),
    mutant(
        "leading zeros of a u8 are those of a u64",
        file!("prelude/integers.cuh"),
        "return rk_leading_zeros_64(rk_bits<T>(a)) - (64u - rk_of<T>::bits);",
        "return rk_leading_zeros_64(rk_bits<T>(a));",
        "counts_u8",
    ),
    mutant(
        "bits rotate the wrong way",
        file!("prelude/integers.cuh"),
        "(rk_bits<T>(a) << left) | (rk_bits<T>(a) >> right)",
        "(rk_bits<T>(a) << right) | (rk_bits<T>(a) >> left)",
        "distances_u16",
    ),
    mutant(
        "a NaN becomes the smallest number",
        file!("prelude/floats.cuh"),
        "if (a != a) {\n        return To(0);",
        "if (a != a) {\n        return rk_of<To>::min;",
        "cast_f32",
    ),
    mutant(
        "a float that is too large is not cut",
        file!("prelude/floats.cuh"),
        "if (a >= above) {\n        return rk_of<To>::max;",
        "if (a >= above) {\n        return (To)(rk_of<To>::max - To(1));",
        "cast_f64",
    ),
    mutant(
        "the smaller of a NaN and a number is the NaN",
        file!("prelude/floats.cuh"),
        "{ return b < a || a != a ? b : a; }",
        "{ return b < a ? b : a; }",
        "order_f32",
    ),
    mutant(
        "less means less or equal",
        file!("expressions.rs"),
        "BinaryOp::Less => \"<\",",
        "BinaryOp::Less => \"<=\",",
        "compare_u64",
    ),
    mutant(
        "a cast between integers is lost",
        file!("expressions.rs"),
        "false => format!(\"({name})({text})\"),",
        "false => text,",
        "cast_chained,cast_i",
    ),
    mutant(
        "a selection takes the other value",
        file!("expressions.rs"),
        "self.expr(function, *accept)?,\n                self.expr(function, *reject)?",
        "self.expr(function, *reject)?,\n                self.expr(function, *accept)?",
        "if_value",
    ),
    mutant(
        "a value is there when it is absent",
        file!("expressions.rs"),
        "({}.some != 0u)",
        "({}.some == 0u)",
        "options_i32",
    ),
    mutant(
        "the wrong branch",
        file!("functions.rs"),
        "vec![format!(\"if ({condition}) {{\")]",
        "vec![format!(\"if (!({condition})) {{\")]",
        "if_statement_i32",
    ),
    mutant(
        "breaking an outer loop continues it",
        file!("functions.rs"),
        "loops.left.insert(*label);\n                vec![format!(\"goto left_{label};\")]",
        "loops.continued.insert(*label);\n                vec![format!(\"goto next_{label};\")]",
        "labels_u32,nested_u32",
    ),
    mutant(
        "an index just outside of an array is inside",
        file!("places.rs"),
        "format!(\"{text} < {len}ull\")",
        "format!(\"{text} <= {len}ull\")",
        "arrays_i32",
    ),
    mutant(
        "a fault is reported one line late",
        file!("places.rs"),
        "format!(\"{}u, {line}u\", self.function.file)",
        "format!(\"{}u, {}u\", self.function.file, line + 1)",
        "faults_in_order",
    ),
    mutant(
        "parts that differ are equal",
        file!("equality.rs"),
        "Some(_) => Ok(format!(\"{a} != {b}\"))",
        "Some(_) => Ok(format!(\"{a} == {b}\"))",
        "structs_i32,tuples_i32",
    ),
];
