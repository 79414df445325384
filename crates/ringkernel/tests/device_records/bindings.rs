//! What names stand for.

use ringkernel::context::K2KRefusal;
use ringkernel::device::{Binding, DeviceFunction, Item, registered_methods};
use ringkernel::message::{MessageField, Scalar, TypeLayout};
use ringkernel::prelude::*;

use crate::handlers::function;
use crate::helpers::{self, STEPS, scaled as doubled};
use crate::messages::{Distance, Kind, Place, Point, Seen, Tick};

const LIMIT: u32 = 7;
const TABLE: [i16; 3] = [1, -2, 3];
const PEER: &str = "bindings.peer";
const NOBODY: Option<ActorRef> = None;

#[ring_kernel(id = "bindings", backends(cpu, wgpu))]
fn everything(ctx: &mut RingContext, seen: &mut Seen, place: Place) -> Option<Distance> {
    if place.number > LIMIT && NOBODY.is_none() {
        return None;
    }
    let kind = if place.at == Point::ORIGIN { Kind::Small } else { Kind::Large };
    let refused = match ctx.try_send_to_kernel(PEER, Tick) {
        Ok(()) => false,
        Err(error) => error.reason == K2KRefusal::OutboxFull,
    };
    let known = match kind {
        Kind::Small => helpers::inner::half(1.0),
        Kind::Large => doubled(std::f32::consts::PI),
    };
    let mut steps = 0;
    while steps < STEPS {
        seen.places += 1;
        steps += 1;
    }
    if !place.is_origin() && ctx.correlation_id() == CorrelationId::NIL && refused {
        ctx.send_to_kernel(PEER, Place { number: 3, ..Place::default() });
    }
    let first = TABLE[0];
    Some(Distance { squared: known + Point::new(1.0, f32::from(first)).squared() })
}

/// What each binding of this path gives, by kind, and constants by their bytes.
fn shown(item: Item) -> String {
    match item {
        Item::Type(layout) => format!("type of {} bytes", layout.size()),
        Item::Message(message) => format!("message {}", message.head.name),
        Item::Constant(constant) => {
            let mut bytes = vec![0xaa; constant.layout.size()];
            (constant.write)(&mut bytes);
            format!("constant {bytes:?}")
        }
        Item::Size(size) => format!("size {size}"),
        Item::Text(text) => format!("text {text}"),
        Item::Function(function) => format!("function {}", function.name),
        Item::Methods(methods) => {
            let names: Vec<_> = methods.iter().map(|method| method.name).collect();
            format!("methods {names:?}")
        }
        Item::Unknown(name) => format!("unknown {name}"),
    }
}

fn bindings(function: &DeviceFunction, path: &str) -> Vec<String> {
    let found = function.bindings.iter().filter(|binding| binding.path == path);
    found.map(|binding: &Binding| shown((binding.item)())).collect()
}

#[test]
fn every_name_stands_for_what_the_compiler_says() {
    let function = function("bindings");
    let check = |path: &str, expected: &[&str]| assert_eq!(bindings(function, path), expected, "{path}");
    check("LIMIT", &["constant [7, 0, 0, 0]"]);
    check("TABLE", &["constant [1, 0, 254, 255, 3, 0]"]);
    check("NOBODY", &["constant [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"]);
    check("STEPS", &["size 3"]);
    check("PEER", &["text bindings.peer"]);
    check("Point::ORIGIN", &["constant [0, 0, 0, 0, 0, 0, 0, 63]"]);
    check("Kind::Small", &["constant [3, 0]"]);
    check("Kind::Large", &["constant [188, 2]"]);
    check("K2KRefusal::OutboxFull", &["constant [3, 0, 0, 0]"]);
    check("CorrelationId::NIL", &[&format!("constant {:?}", [0; 16])]);
    check("core::f32::consts::PI", &["constant [219, 15, 73, 64]"]);
    check("Place::default", &[&format!("constant {:?}", [0; 12])]);
    check("Seen", &["type of 4 bytes", "methods [\"count\"]"]);
    check("Place", &["message Place", "methods [\"is_origin\"]"]);
    check("Tick", &["message Tick", "methods []"]);
    check("Distance", &["message Distance", "methods []"]);
    check("Point", &["type of 8 bytes", "methods [\"new\", \"squared\"]"]);
    check("doubled", &["function scaled"]);
    check("helpers::inner::half", &["function half"]);
    for unbound in ["Point::new", "u32", "ctx", "None", "Some", "f32::from"] {
        check(unbound, &[]);
    }
}

#[test]
fn functions_carry_bindings_of_their_own() {
    let function = function("bindings");
    let callee = |function: &DeviceFunction, path: &str| {
        let binding = function.bindings.iter().find(|binding| binding.path == path).expect(path);
        match (binding.item)() {
            Item::Function(function) => function,
            other => panic!("{other:?}"),
        }
    };
    let scaled = callee(function, "doubled");
    assert_eq!(bindings(scaled, "SCALE"), ["constant [0, 0, 0, 64]"]);
    assert!(scaled.file.ends_with("helpers.rs"), "{}", scaled.file);
    let of_point = <helpers::of_point as ringkernel::device::DeviceFn>::FUNCTION;
    assert_eq!(bindings(of_point, "STEPS"), ["size 3"]);
    assert_eq!(callee(of_point, "inner::half").name, "half");
}

#[test]
fn marked_functions_are_found_by_the_layout_of_their_type() {
    let all = registered_methods();
    let names = |layout: TypeLayout| -> Vec<&str> {
        let found = all.iter().filter(|of| of.layout == layout);
        found.flat_map(|of| of.methods).map(|method| method.name).collect()
    };
    assert_eq!(names(Point::LAYOUT), ["new", "squared"]);
    assert_eq!(names(Seen::LAYOUT), ["count"]);
    assert_eq!(names(TypeLayout::Struct(<Place as RingMessage>::LAYOUT.head)), ["is_origin"]);
}

#[test]
fn layouts_in_bindings_are_those_of_the_types() {
    let function = function("bindings");
    let kind = function.bindings.iter().find(|binding| binding.path == "Kind::Small").expect("bound");
    let Item::Constant(constant) = (kind.item)() else { panic!("a constant") };
    assert_eq!(constant.layout, Kind::LAYOUT);
    let limit = function.bindings.iter().find(|binding| binding.path == "LIMIT").expect("bound");
    let Item::Constant(constant) = (limit.item)() else { panic!("a constant") };
    assert_eq!(constant.layout, TypeLayout::Scalar(Scalar::U32));
    assert!(helpers::of_point(Point { x: 1.0, y: 0.0 }) > 1.0);
}
