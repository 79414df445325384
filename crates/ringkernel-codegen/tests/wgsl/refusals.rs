//! What WGSL or an adapter lacks is an error that names it, and nothing is printed instead.

use ringkernel_abi::CellKind;
use ringkernel_codegen::ir::{
    Answer, CellOp, ContextOp, ExpressionKind, MathFunction, Module, Projection, Root, Scalar, Statement,
    Type,
};
use ringkernel_codegen::wgsl::{self, Capabilities, Dialect, Kernels, Options};

use super::build::{Builder, FunctionBuilder, place};

/// A kernel whose handler is what `write` writes; its state has one atomic cell of 64 bits.
fn kernel(cooperative: bool, write: impl FnOnce(&mut Builder, &mut FunctionBuilder)) -> Module {
    let mut b = Builder::new();
    let (unit, wide) = (b.ty(Type::Unit), b.scalar(Scalar::U64));
    let cell = b.ty(Type::Cell { kind: CellKind::Atomic, element: wide, len: None });
    let state = b.structure("Wide", &[("cell", cell)]);
    let message = b.structure("Go", &[]);
    let message = b.message(message);
    let mut f = FunctionBuilder::new("go", unit);
    write(&mut b, &mut f);
    let function = b.function(f);
    b.kernel("go", state, message, function, Answer::None);
    b.module.kernels[0].cooperative = cooperative;
    b.module.names.push("thirds".to_owned());
    b.module
}

fn blocks(block_size: u32, grid_size: u32) -> Kernels {
    Kernels::Cooperative { kernel: 0, block_size, grid_size, shared_memory: 0 }
}

fn refusal(
    module: &Module,
    capabilities: Capabilities,
    dialect: Dialect,
    kernels: Kernels,
) -> Option<String> {
    wgsl::print(module, &Options { capabilities, dialect, kernels }).err().map(|error| error.feature)
}

fn function_of(scalar: Scalar, function: MathFunction) -> Module {
    kernel(false, |b, f| {
        let ty = b.scalar(scalar);
        let local = f.local("value", ty);
        let zero = f.expression(ExpressionKind::Zero, ty);
        let value = f.expression(ExpressionKind::Math(function, vec![zero]), ty);
        f.push(Statement::Set { local, value });
    })
}

#[test]
fn numbers_that_an_adapter_or_a_browser_lacks_are_named() {
    let (none, all) = (Capabilities::default(), Capabilities::ALL);
    for (scalar, capabilities, dialect, expected) in [
        (Scalar::I64, none, Dialect::Naga, Some("64-bit integers")),
        (Scalar::I64, all, Dialect::Standard, Some("64-bit integers")),
        (Scalar::I64, all, Dialect::Naga, None),
        (Scalar::F64, none, Dialect::Naga, Some("f64")),
        (Scalar::F64, Capabilities { int64: false, ..all }, Dialect::Naga, Some("f64")),
        (Scalar::F64, all, Dialect::Standard, Some("f64")),
        (Scalar::F64, all, Dialect::Naga, None),
        (Scalar::F32, none, Dialect::Standard, None),
    ] {
        let module = function_of(scalar, MathFunction::Abs);
        let refused = refusal(&module, capabilities, dialect, Kernels::Scalar);
        let named = |feature: &str| refused.as_ref().is_some_and(|refused| refused.starts_with(feature));
        assert!(expected.map_or(refused.is_none(), named), "{scalar:?}, {dialect:?}: {refused:?}");
    }
    let sine = function_of(Scalar::F64, MathFunction::Sin);
    let refused = refusal(&sine, all, Dialect::Naga, Kernels::Scalar);
    assert_eq!(refused.as_deref(), Some("f64::sin, which no shading language has"));
}

#[test]
fn what_lanes_cannot_do_is_named() {
    for (op, kernels, expected) in [
        (ContextOp::SyncGrid, blocks(64, 2), Some("sync_grid")),
        (ContextOp::SyncGrid, blocks(64, 1), None),
        (ContextOp::NamedBarrier(0), blocks(64, 1), Some("the named barrier \"thirds\"")),
        (ContextOp::FenceDevice, blocks(64, 1), Some("thread_fence,")),
        (ContextOp::FenceSystem, blocks(64, 1), Some("thread_fence_system")),
        (ContextOp::FenceBlock, blocks(64, 1), None),
        (ContextOp::SyncThreads, blocks(0, 1), Some("blocks of 0 lanes")),
        (ContextOp::SyncThreads, blocks(2000, 1), Some("blocks of 2000 lanes")),
    ] {
        let module =
            kernel(true, |_, f| f.push(Statement::Context { op: op.clone(), result: None, line: 1 }));
        let refused = refusal(&module, Capabilities::ALL, Dialect::Naga, kernels);
        let named = |feature: &str| refused.as_ref().is_some_and(|refused| refused.starts_with(feature));
        assert!(expected.map_or(refused.is_none(), named), "{op:?}: {refused:?}");
    }
}

#[test]
fn atomic_cells_of_64_bits_are_named() {
    let module = kernel(true, |b, f| {
        let wide = b.scalar(Scalar::U64);
        let one = f.int(1, wide);
        let place = place(Root::State, &[Projection::Part(0)], wide, 1);
        f.push(Statement::Cell { op: CellOp::FetchAdd, place, arguments: vec![one], result: None, line: 1 });
    });
    let refused = refusal(&module, Capabilities::ALL, Dialect::Naga, blocks(32, 1));
    assert_eq!(refused.as_deref(), Some("atomic cells of u64, because atomics of WebGPU have 32 bits"));
}

#[test]
fn a_cooperative_kernel_that_is_not_there_is_an_error() {
    let module = kernel(false, |_, _| {});
    assert!(refusal(&module, Capabilities::ALL, Dialect::Naga, blocks(32, 1)).is_some());
}
