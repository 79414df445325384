//! The inputs of programs: edges of each type, crossed, and random numbers.

use ringkernel_codegen::ir::Scalar;

use crate::program::{Domain, Parameter, Program};
use crate::rng::Rng;
use crate::types::Ty;

/// Rows that a program with one parameter gets beside the edges, and the number of rows of one with more.
const RANDOM_ROWS: usize = 40;
const CROSSED_ROWS: usize = 320;

/// The inputs of one program.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// For each run the leaves of its parameters.
    pub rows: Vec<Vec<u64>>,
}

impl Inputs {
    /// The inputs of this program: always the same.
    pub fn of(program: &Program) -> Self {
        let mut rng = Rng::new(crate::fingerprint(program.name.as_bytes()));
        let leaves: Vec<(Scalar, Domain)> = program.parameters.iter().flat_map(leaves).collect();
        let edges: Vec<Vec<u64>> = leaves.iter().map(|(scalar, domain)| edges(*scalar, *domain)).collect();
        let all: usize = edges.iter().map(Vec::len).product();
        let mut rows = Vec::new();
        if all <= CROSSED_ROWS {
            rows = crossed(&edges);
        } else {
            for _ in 0..CROSSED_ROWS - RANDOM_ROWS {
                rows.push(edges.iter().map(|edges| *rng.pick(edges)).collect());
            }
        }
        for _ in 0..RANDOM_ROWS {
            let row = leaves.iter().zip(&edges).map(|((scalar, domain), edges)| {
                if rng.one_in(3) { *rng.pick(edges) } else { random(*scalar, *domain, &mut rng) }
            });
            rows.push(row.collect());
        }
        Self { rows }
    }

    /// The same inputs with zeros, of their sign, in the place of subnormal numbers.
    pub fn flushed(&self, program: &Program) -> Self {
        let scalars: Vec<Scalar> =
            program.parameters.iter().flat_map(leaves).map(|(scalar, _)| scalar).collect();
        let flush = |(scalar, bits): (&Scalar, &u64)| match scalar {
            Scalar::F32 if f32::from_bits(*bits as u32).is_subnormal() => bits & 0x8000_0000,
            Scalar::F64 if f64::from_bits(*bits).is_subnormal() => bits & 0x8000_0000_0000_0000,
            _ => *bits,
        };
        Self { rows: self.rows.iter().map(|row| scalars.iter().zip(row).map(flush).collect()).collect() }
    }

    /// Leaves of a row.
    pub fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }
}

/// The scalars of a parameter. The tag of an option is 0 or 1.
fn leaves(parameter: &Parameter) -> Vec<(Scalar, Domain)> {
    fn collect(ty: &Ty, domain: Domain, leaves: &mut Vec<(Scalar, Domain)>) {
        match ty {
            Ty::Scalar(scalar) => leaves.push((*scalar, domain)),
            Ty::Tuple(parts) => parts.iter().for_each(|part| collect(part, domain, leaves)),
            Ty::Array(element, len) => (0..*len).for_each(|_| collect(element, domain, leaves)),
            Ty::Pair(scalar) => {
                crate::types::pair_fields(*scalar).iter().for_each(|(_, ty)| collect(ty, domain, leaves));
            }
            Ty::Option(value) => {
                leaves.push((Scalar::Bool, Domain::Any));
                collect(value, domain, leaves);
            }
        }
    }
    let mut all = Vec::new();
    collect(&parameter.ty, parameter.domain, &mut all);
    all
}

fn crossed(edges: &[Vec<u64>]) -> Vec<Vec<u64>> {
    edges.iter().fold(vec![Vec::new()], |rows, edges| {
        rows.iter()
            .flat_map(|row| edges.iter().map(move |edge| row.iter().copied().chain([*edge]).collect()))
            .collect()
    })
}

/// The bits of a scalar that its type has.
fn truncate(scalar: Scalar, value: u64) -> u64 {
    match scalar.size() {
        8 => value,
        size => value & ((1 << (size * 8)) - 1),
    }
}

fn edges(scalar: Scalar, domain: Domain) -> Vec<u64> {
    match domain {
        Domain::Any => edges_of_type(scalar),
        Domain::Distance(bits) => {
            let bits = u64::from(bits);
            [0, 1, 2, bits / 2, bits - 1, bits, bits + 1, 2 * bits, u64::MAX]
                .map(|value| truncate(scalar, value))
                .to_vec()
        }
        Domain::Below(end) if end <= 24 => (0..end).collect(),
        Domain::Below(end) => vec![0, 1, 2, 7, end / 2, end - 2, end - 1],
        Domain::Moderate => {
            [0.0, 1.0, -1.0, 0.5, -2.75, 3.125, 100.1, -0.001].map(|value| float(scalar, value)).to_vec()
        }
        Domain::Quarters => {
            [0.0, 1.0, -1.0, 0.5, -2.75, 3.25, 100.0, -99.25].map(|value| float(scalar, value)).to_vec()
        }
        Domain::Normal => {
            let subnormal = |bits: &u64| match scalar {
                Scalar::F32 => f32::from_bits(*bits as u32).is_subnormal(),
                _ => f64::from_bits(*bits).is_subnormal(),
            };
            edges_of_type(scalar).into_iter().filter(|bits| !subnormal(bits)).collect()
        }
        Domain::Within(limit) => {
            let limit = f64::from(limit);
            [0.0, 0.25, -0.5, 0.9 * limit, limit, -limit, -0.3 * limit]
                .map(|value| float(scalar, value))
                .to_vec()
        }
    }
}

fn edges_of_type(scalar: Scalar) -> Vec<u64> {
    let bits = scalar.size() * 8;
    match scalar {
        Scalar::Bool => vec![0, 1],
        Scalar::F32 => F32_EDGES.iter().map(|bits| u64::from(*bits)).collect(),
        Scalar::F64 => F64_EDGES.to_vec(),
        _ => {
            let top = 1u64 << (bits - 1);
            let edges = [
                0,
                1,
                2,
                3,
                7,
                100,
                u64::MAX,
                u64::MAX - 1,
                u64::MAX - 6,
                top,
                top.wrapping_add(1),
                top.wrapping_sub(1),
                top >> 1,
                1 << (bits / 2),
                (1 << (bits / 2)) - 1,
                0x5555_5555_5555_5555,
                0x8040_2010_f00f_1234,
            ];
            let mut edges = edges.map(|value| truncate(scalar, value)).to_vec();
            edges.sort_unstable();
            edges.dedup();
            edges
        }
    }
}

/// Zeros, ones, halves, the largest, the smallest normal one, subnormal ones, infinities, NaN, and numbers at which
/// conversions to integers change.
const F32_EDGES: [u32; 22] = [
    0x0000_0000,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x3f00_0000,
    0xbf00_0000,
    0x3fc0_0000,
    0x4020_0000,
    0xc060_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x0080_0000,
    0x0000_0001,
    0x807f_ffff,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0x4f00_0000,
    0xcf00_0001,
    0x4b80_0001,
    0x3eff_ffff,
    0x4300_8000,
];
const F64_EDGES: [u64; 22] = [
    0x0000_0000_0000_0000,
    0x8000_0000_0000_0000,
    0x3ff0_0000_0000_0000,
    0xbff0_0000_0000_0000,
    0x3fe0_0000_0000_0000,
    0xbfe0_0000_0000_0000,
    0x3ff8_0000_0000_0000,
    0x4004_0000_0000_0000,
    0xc00c_0000_0000_0000,
    0x7fef_ffff_ffff_ffff,
    0xffef_ffff_ffff_ffff,
    0x0010_0000_0000_0000,
    0x0000_0000_0000_0001,
    0x800f_ffff_ffff_ffff,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x7ff8_0000_0000_0000,
    0x41e0_0000_0000_0000,
    0xc1e0_0000_0020_0001,
    0x43e0_0000_0000_0000,
    0x3fdf_ffff_ffff_ffff,
    0x4060_1000_0000_0000,
];

fn float(scalar: Scalar, value: f64) -> u64 {
    match scalar {
        Scalar::F32 => u64::from((value as f32).to_bits()),
        Scalar::F64 => value.to_bits(),
        _ => value as i64 as u64,
    }
}

fn random(scalar: Scalar, domain: Domain, rng: &mut Rng) -> u64 {
    let unit = (rng.bits() >> 11) as f64 / (1u64 << 53) as f64;
    match domain {
        Domain::Any if scalar == Scalar::Bool => rng.bits() & 1,
        // Half of the random floats are of a size that occurs in programs.
        Domain::Any if scalar.is_float() && rng.one_in(2) => float(scalar, (unit - 0.5) * 1000.0),
        // Integers of all magnitudes.
        Domain::Any if scalar.is_integer() && rng.one_in(2) => {
            truncate(scalar, rng.bits() >> rng.below(64) as u32)
        }
        Domain::Any => truncate(scalar, rng.bits()),
        Domain::Distance(bits) => rng.bits() % u64::from(bits + 2),
        Domain::Below(end) => rng.bits() % end,
        Domain::Moderate => {
            let size = 2f64.powi(rng.below(17) as i32 - 8);
            float(scalar, (unit - 0.5) * size)
        }
        Domain::Quarters => float(scalar, (unit * 801.0).floor() / 4.0 - 100.0),
        Domain::Normal => float(scalar, (unit - 0.5) * 2f64.powi(rng.below(61) as i32 - 30)),
        Domain::Within(limit) => float(scalar, (unit * 2.0 - 1.0) * f64::from(limit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parameters_meet_each_other_s_edges() {
        let int = Ty::Scalar(Scalar::I8);
        let parameters = vec![Parameter::any("a", int.clone()), Parameter::any("b", int.clone())];
        let inputs = Inputs::of(&Program::new("both", parameters, int, "a"));
        assert!(inputs.rows.contains(&vec![0x80, 0xff]));
        assert!(inputs.rows.contains(&vec![0x7f, 0x01]));
        assert!(inputs.rows.contains(&vec![0, 0]));
    }
}
