//! Text stays on the host, but for the names of kernels, topics and barriers.

use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Ask {
    value: u32,
    values: Vec<u32>,
}

#[derive(RingMessage)]
struct Answer {
    value: u32,
}

#[ring_kernel(id = "string")]
fn string(_ctx: &mut RingContext, ask: Ask) -> Answer {
    let text: String = ask.value.to_string();
    Answer { value: text.len() as u32 }
}

#[ring_kernel(id = "prints")]
fn prints(_ctx: &mut RingContext, ask: Ask) -> Answer {
    println!("{}", ask.value);
    Answer { value: format!("{}", ask.value).len() as u32 }
}

#[ring_kernel(id = "chosen")]
fn chosen(ctx: &mut RingContext, ask: Ask) -> Answer {
    let target = if ask.value > 3 { "many" } else { "few" };
    ctx.send_to_kernel(target, Answer { value: 1 });
    Answer { value: 'a' as u32 }
}

#[ring_kernel(id = "names_itself")]
fn names_itself(ctx: &mut RingContext, _ask: Ask) -> Answer {
    Answer { value: ctx.kernel_id().as_str().len() as u32 }
}

fn main() {}
