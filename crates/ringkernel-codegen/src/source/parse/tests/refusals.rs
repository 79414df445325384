//! Constructs outside of the subset, the place that is shown, and what is said.

use crate::source::{method, parse_function};

/// The mistakes of a function: the text that each points at, and what it says.
fn mistakes(text: &str) -> Vec<(String, String)> {
    let error = parse_function(text).expect_err(text);
    let found = error.into_iter().map(|error| {
        let pointed = error.span().source_text().unwrap_or_default();
        (pointed, error.to_string())
    });
    found.collect()
}

/// Checks that a body has one mistake, which points at `at`, begins with the construct's name, and says what to write
/// instead.
#[track_caller]
fn check(body: &str, at: &str, name: &str, instead: &str) {
    let text =
        format!("fn f(ctx: &mut RingContext, a: u32, b: u32, o: Option<u32>, values: &[u32]) {{ {body} }}");
    check_function(&text, at, name, instead);
}

#[track_caller]
fn check_function(text: &str, at: &str, name: &str, instead: &str) {
    let found = mistakes(text);
    let [(pointed, message)] = found.as_slice() else { panic!("{text}: {found:?}") };
    assert_eq!(pointed, at, "{text}: {message}");
    assert!(message.starts_with(&format!("{name} cannot run on a device: ")), "{text}: {message}");
    assert!(message.contains(instead), "{text}: {message}");
    assert!(message.ends_with(", or restrict the kernel with `backends(cpu)`"), "{text}: {message}");
}

#[test]
fn waiting_is_refused() {
    check("let x = async { 1 };", "async { 1 }", "an `async` block", "next message");
    check("a.wait().await;", "a.wait().await", "an `.await`", "ctx.defer()");
    check("tokio::spawn(a);", "tokio::spawn", "`tokio::spawn`", "next message");
    check(
        "std::thread::yield_now();",
        "std::thread::yield_now",
        "`std::thread::yield_now` of the standard library",
        "next message",
    );
    check("yield a;", "yield a", "a `yield`", "keep what is to go on in the state");
    check_function("async fn f() {}", "async", "an `async` function", "next message");
}

#[test]
fn what_is_unsafe_is_refused() {
    check("unsafe { g(a) };", "unsafe { g(a) }", "an `unsafe` block", "use indices");
    check("let p = &raw const a;", "&raw const a", "a raw pointer", "use an index");
    check("let p: *const u32 = g();", "*const u32", "a raw pointer", "use an index");
    check("static mut X: u32 = 0;", "static mut X: u32 = 0;", "a `static mut`", "the kernel's state");
    check("std::arch::asm!(\"nop\");", "std::arch::asm!(\"nop\")", "`asm!`", "write Rust");
    check_function("unsafe fn f() {}", "unsafe", "an `unsafe` function", "safe code");
    check_function("extern \"C\" fn f() {}", "extern \"C\"", "an `extern` function", "a Rust function");
}

#[test]
fn closures_are_refused_where_they_are_values() {
    let name = "a closure here";
    check("let g = |x| x + 1;", "|x|", name, "#[device_fn]");
    check("g(|x| x + 1);", "|x|", name, "#[device_fn]");
    check("values.sort_by(|x, y| x > y);", "|x, y|", name, "a loop");
    check("o.map(move |x| x);", "move", "a `move` closure", "remove `move`");
    check("o.map(async |x| x);", "async", "an `async` closure", "only computes");
    check("o.map(|x| { return x; });", "return x", "a `return` in a closure", "the value of the closure");
    check("o.map(|x| x?);", "x?", "a `?` in a closure", "write `match`");
    check("let g = double;", "double", "`double` as a value", "call it");
    check("g(load::first);", "load::first", "`load::first` as a value", "a closure that calls it");
    check("(a.b)(3);", "(a.b)", "a call of a value", "name the function");
}

#[test]
fn iterators_are_refused_outside_of_loop_heads() {
    let loops = "write a `for` loop";
    check(
        "let s: u32 = values.iter().map(|x| x + 1).sum();",
        "values.iter().map(|x| x + 1).sum()",
        "an iterator, as in `.sum(..)`,",
        loops,
    );
    check(
        "(0..a).for_each(|x| g(x));",
        "(0..a).for_each(|x| g(x))",
        "an iterator, as in `.for_each(..)`,",
        loops,
    );
    check(
        "for x in values.iter().skip(1) {}",
        "values.iter().skip(1)",
        "an iterator, as in `.skip(..)`,",
        loops,
    );
    for chain in [
        "(0..a).enumerate()",
        "values.iter().rev().enumerate()",
        "(0..a).step_by(2).rev()",
        "(0..a).rev().rev()",
    ] {
        let (_, last) = chain.rsplit_once('.').unwrap();
        let name = format!("an iterator, as in `.{}(..)`,", last.trim_end_matches("()"));
        check(&format!("for x in {chain} {{}}"), chain, &name, "once, in this order");
    }
    check("let x = values.iter();", "iter", "`.iter()`", "for element in array.iter()");
    check("g(values.iter_mut());", "iter_mut", "`.iter_mut()`", "array.iter_mut()");
    check("let v = g(a).collect();", "collect", "`.collect()`", "Vec::new()");
    check("match a.cmp(&b) { _ => 1 };", "cmp", "`.cmp()`", "`<` and `==`");
}

#[test]
fn text_is_refused() {
    check("let s = \"text\";", "\"text\"", "a text", "a number that says which");
    check("let s = String::new();", "String::new", "`String`", "a number that the host translates");
    check("let s: &str = g();", "str", "`str`", "a number that the host translates");
    check("let s = a.to_string();", "to_string", "`.to_string()`", "a number that the host translates");
    check("let c = 'c';", "'c'", "a `char`", "b'a'");
    check("let b = b\"ab\";", "b\"ab\"", "a text", "[b'a', b'b']");
    check("match a { \"x\" => 1, _ => 2 };", "\"x\"", "a pattern of text", "a number that says which");
    check("let s = format!(\"{a}\");", "format!(\"{a}\")", "`format!`", "let the host write the text");
    check("println!(\"{a}\");", "println!(\"{a}\")", "`println!`", "an output");
    check("ctx.kernel_id().as_str();", "ctx.kernel_id()", "`kernel_id`, which is a text,", "ctx.actor_ref()");
    check("ctx.kernel_id();", "ctx.kernel_id()", "`kernel_id`, which is a text,", "ctx.actor_ref()");
}

#[test]
fn types_of_the_host_are_refused() {
    check("let x = 1u128;", "1u128", "`u128`", "64 bits");
    check("let x: i128 = g();", "i128", "`i128`", "64 bits");
    check("let x = a as isize;", "isize", "`isize`", "`i32` or `i64`");
    check(
        "let x = 18446744073709551616;",
        "18446744073709551616",
        "an integer of more than 64 bits",
        "two numbers",
    );
    check("let x = Box::new(a);", "Box::new", "`Box`", "the value itself");
    check("let x: Rc<u32> = g();", "Rc<u32>", "`Rc`", "the value itself");
    check("let x = std::sync::Arc::new(a);", "std::sync::Arc::new", "`Arc`", "the value itself");
    check("let m: HashMap<u32, u32> = g();", "HashMap<u32, u32>", "`HashMap`", "an array in the state");
    check(
        "let m = std::collections::HashMap::new();",
        "std::collections::HashMap::new",
        "`HashMap`",
        "an array",
    );
    check("let t = std::time::Instant::now();", "std::time::Instant::now", "`Instant`", "ctx.now()");
    check(
        "std::process::exit(1);",
        "std::process::exit",
        "`std::process::exit` of the standard library",
        "#[device_fn]",
    );
    check("let x: &dyn Shape = g();", "dyn Shape", "a `dyn` type", "match on a number");
    check("let x = &a as &dyn Shape;", "dyn Shape", "a `dyn` type", "match on a number");
    check("let x: Pair<u32> = g();", "Pair<u32>", "`Pair` with generic arguments", "type Name");
    check(
        "let x = <u32 as Shape>::SIZE;",
        "<u32 as Shape>::SIZE",
        "a path through a trait, `<u32 as ..>`,",
        "Type::name",
    );
    check_function(
        "fn f(g: impl Fn(u32) -> u32) {}",
        "impl Fn(u32) -> u32",
        "an `impl` type",
        "write a loop",
    );
    check_function("fn f(g: fn(u32)) {}", "fn(u32)", "a function pointer", "name the function");
}

#[test]
fn items_and_parameters_that_need_the_whole_program_are_refused() {
    check("fn g() {}", "fn g() {}", "a function inside of a function", "#[device_fn]");
    check("struct S;", "struct S;", "a type inside of a function", "outside of the function");
    check("use std::mem;", "use std::mem;", "a `use` inside of a function", "outside of the function");
    check("static X: u32 = 0;", "static X: u32 = 0;", "a `static`", "write `const`");
    check(
        "macro_rules! m { () => {} }",
        "macro_rules! m { () => {} }",
        "a macro inside of a function",
        "write out",
    );
    check(
        "#[cfg(debug_assertions)] let x = 1;",
        "#[cfg(debug_assertions)]",
        "a part that `cfg` may remove",
        "whole function",
    );
    check("f(ctx, a, values);", "f", "a call of `f` in itself", "write a loop");
    check_function("fn f<T>(x: u32) {}", "T", "a generic parameter", "one function for each type");
    check_function(
        "fn f<const N: usize>(x: u32) {}",
        "const N: usize",
        "a generic parameter",
        "one function",
    );
}

#[test]
fn other_forms_are_refused() {
    check("let [x, y] = g(); x + y", "[x, y]", "a slice pattern", "array[index]");
    check("let x = const { 1 };", "const { 1 }", "a `const` block", "`const` with a name");
    check("match g() { Some(ref mut x) => {} None => {} }", "ref", "a `ref mut` pattern", "`&mut`");
    check("custom!(a);", "custom!(a)", "`custom!`", "write out what it stands for");
    check("[x, y] = [1, 2];", "[x, y]", "an assignment to a pattern other than a tuple", "each place");
}

#[test]
fn a_method_that_calls_itself_is_refused() {
    let ty: syn::Type = syn::parse_str("Load").unwrap();
    for call in ["self.work(a - 1)", "Self::work(self, a - 1)", "Load::work(self, a - 1)"] {
        let item = syn::parse_str(&format!("fn work(&self, a: u32) -> u32 {{ {call} }}")).unwrap();
        let error = method(&item, &ty).unwrap_err().to_string();
        assert!(error.starts_with("a call of `work` in itself cannot run on a device"), "{error}");
    }
    let item =
        syn::parse_str("fn work(&self, a: u32) -> u32 { self.inner.work(a) + work(a) + self.collect() }")
            .unwrap();
    method(&item, &ty).expect("others have methods of this name, too");
}

#[test]
fn all_mistakes_of_a_function_are_reported_at_once() {
    let found = mistakes(
        "async fn f(values: &str) -> Box<u32> {
            let m = HashMap::new();
            if let Some(x) = m.get(1).await { println!(\"{x}\"); } else { unsafe { g('c') } }
            values.iter().filter(|x| { dbg!(x); true }).count()
        }",
    );
    let at: Vec<&str> = found.iter().map(|(at, _)| at.as_str()).collect();
    let expected = [
        "async",
        "str",
        "Box<u32>",
        "HashMap::new",
        "m.get(1).await",
        "println!(\"{x}\")",
        "unsafe { g('c') }",
        "'c'",
        "values.iter().filter(|x| { dbg!(x); true }).count()",
        "dbg!(x)",
    ];
    assert_eq!(at, expected);
}
