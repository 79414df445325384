//! What the actors of these rows do. Each message has 64 bytes, but for those that only begin or end something.

use ringkernel::prelude::*;

/// A request of 64 bytes.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Packet {
    pub(crate) words: [u64; 8],
}

/// What comes of a packet: another 64 bytes.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mixed {
    pub(crate) words: [u64; 8],
}

/// What comes of a word; `ringkernel_bench::cuda::serve::answer` and its kernel compute the same.
#[device_fn]
fn mix(word: u64, index: u64) -> u64 {
    word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407 + index)
}

/// Answers each packet.
#[ring_kernel(id = "bench.mixer")]
fn mixer(_ctx: &mut RingContext, packet: Packet) -> Mixed {
    let mut words = packet.words;
    for (index, word) in words.iter_mut().enumerate() {
        *word = mix(*word, index as u64);
    }
    Mixed { words }
}

/// Says who is next.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Connect {
    pub(crate) target: ActorRef,
}

/// Says that this is known.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Connected;

/// Goes from actor to actor: 64 bytes.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Traveller {
    pub(crate) number: u64,
    pub(crate) hops_left: u64,
    pub(crate) words: [u64; 6],
}

/// A traveller at the end of its way.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arrived {
    pub(crate) number: u64,
    pub(crate) words: [u64; 6],
}

/// One place on the way of travellers.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Station {
    next: ActorRef,
}

impl Station {
    /// One that knows who is next.
    pub(crate) fn towards(next: ActorRef) -> Self {
        Self { next }
    }
}

#[ring_kernel(id = "bench.station")]
impl Station {
    #[handler]
    fn connect(&mut self, _ctx: &mut RingContext, message: Connect) -> Connected {
        self.next = message.target;
        Connected
    }

    #[handler]
    fn travel(&mut self, ctx: &mut RingContext, message: Traveller) -> Option<Arrived> {
        if message.hops_left == 0 {
            return Some(Arrived { number: message.number, words: message.words });
        }
        let mut next = message;
        next.hops_left -= 1;
        for index in 0..next.words.len() {
            next.words[index] = next.words[index].wrapping_add(index as u64 + 1);
        }
        if !ctx.send_to_kernel(self.next, next) {
            ctx.fail(message.number as u32);
        }
        None
    }
}

/// Asks a sink what it has been sent.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ask {
    pub(crate) round: u64,
}

/// How many packets there were, and the sum of each of their words.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) sums: [u64; 8],
}

/// Takes packets and adds them up.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Sink {
    count: u64,
    sums: [u64; 8],
}

#[ring_kernel(id = "bench.sink")]
impl Sink {
    #[handler]
    fn take(&mut self, _ctx: &mut RingContext, packet: Packet) {
        self.count += 1;
        for index in 0..self.sums.len() {
            self.sums[index] = self.sums[index].wrapping_add(packet.words[index]);
        }
    }

    #[handler]
    fn total(&mut self, _ctx: &mut RingContext, _ask: Ask) -> Total {
        Total { count: self.count, sums: self.sums }
    }
}

/// Asks for as many packets.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Emit {
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// Sends the host as many packets as it asks for.
#[ring_kernel(id = "bench.source")]
fn source(ctx: &mut RingContext, emit: Emit) {
    for number in 0..emit.count {
        let mut words = [0; 8];
        for (index, word) in words.iter_mut().enumerate() {
            *word = mix(emit.first + number, index as u64);
        }
        if !ctx.enqueue_output(Mixed { words }) {
            ctx.fail(number as u32);
        }
    }
}
