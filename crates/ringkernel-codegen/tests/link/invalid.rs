//! Modules that keep the rules no more after one change, each of which a mistake of the linker could make.

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::ir::{
    BinaryOp, ExprId, ExpressionKind, FunctionId, LocalId, Module, Scalar, Statement, Type,
};
use ringkernel_codegen::validate::validate;

use super::support::link_text;

/// A valid module is refused once it has been changed.
fn check(change: impl FnOnce(&mut Module), expected: &str) {
    let text = "fn g(a: u32) -> u32 { a * 2 }\nfn f(a: u32, b: u64) -> u32 { let mut x = g(a); while x > 3 { x -= a; } x + b as u32 }";
    let mut module = link_text(text, Overflow::Faults, &|_| None).unwrap();
    validate(&module).unwrap();
    change(&mut module);
    let found = validate(&module).expect_err(expected).to_string();
    assert!(found.contains(expected), "{found}");
}

#[test]
fn a_changed_module_is_refused() {
    check(|module| module.functions[1].body.truncate(1), "a way through it ends without a value");
    check(
        |module| {
            let wide = module.types.intern(Type::Scalar(Scalar::U64));
            module.functions[1].locals[0].ty = wide;
        },
        "expected u64, found u32",
    );
    check(
        |module| {
            let set = module.functions[1].body[0].clone();
            module.functions[1].body.insert(0, set);
        },
        "is set twice",
    );
    check(|module| module.functions[1].body.swap(0, 1), "is read before it is set");
    check(
        |module| {
            let expressions = &mut module.functions[1].expressions;
            let last = ExprId(expressions.len() as u32);
            let ty = expressions[0].ty;
            expressions[0].kind = ExpressionKind::Binary(BinaryOp::Add, last, last);
            expressions[0].ty = ty;
        },
        "does not come before its use",
    );
    check(
        |module| module.functions[0].body.insert(0, Statement::Break { label: 7 }),
        "no loop 7 surrounds it",
    );
    check(
        |module| {
            let call = Statement::Call { function: FunctionId(1), arguments: Vec::new(), result: None };
            module.functions[0].body.insert(0, call);
        },
        "it calls what comes later",
    );
    check(
        |module| {
            let value = ExprId(0);
            module.functions[1].body.insert(0, Statement::Set { local: LocalId(99), value });
        },
        "local 99 does not come before its use",
    );
}
