//! A kernel that is part of several rings at once, answers hosts, and faults when it is told to: what long runs are made of.
//!
//! Every message that a handler takes comes back to the host in the end, changed in a way that can be computed: as an answer, as a
//! token that has landed, or as a dead letter. Each place of a ring numbers what it sends to the next one, which says at once
//! when a number is not the one that follows.

use ringkernel::prelude::*;

/// Rings that an actor is part of.
pub const RINGS: usize = 4;

/// Names the next place of a ring. The answer is a [`Linked`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Link {
    /// Tells the message from others of the same host.
    pub value: u64,
    /// Which of the actor's rings, below [`RINGS`].
    pub ring: u32,
    /// Tells the link from others: later links have larger numbers, and none is 0.
    pub link: u64,
    /// The next place.
    pub next: ActorRef,
}

/// The answer to a [`Link`], which an older link than the present one does not replace.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Linked {
    /// That of the question.
    pub value: u64,
}

/// Goes round in a ring.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Token {
    /// Tells the journey from others.
    pub journey: u64,
    /// What the places on its way have made of it, see [`passed`].
    pub sum: u64,
    /// The link that it came over; 0 from a host.
    pub link: u64,
    /// Its number on that link, from 0.
    pub sequence: u64,
    /// Which ring of its places, below [`RINGS`].
    pub ring: u32,
    /// How often it is still passed on.
    pub hops_left: u32,
}

/// A token at the end of its way.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Landed {
    /// That of the token.
    pub journey: u64,
    /// That of the token, with this place.
    pub sum: u64,
    /// How often it was still to be passed on, where there was no next place that takes it.
    pub hops_left: u32,
}

/// A token that did not follow the one before it on its link.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Misplaced {
    /// The link.
    pub link: u64,
    /// The token's number.
    pub sequence: u64,
    /// The link of the token before.
    pub expected_link: u64,
    /// The number that was to come.
    pub expected_sequence: u64,
}

/// Asks for an [`Answered`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Question {
    /// Tells the message from others of the same host.
    pub value: u64,
}

/// The answer to a [`Question`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    /// That of the question.
    pub value: u64,
    /// What the kernel makes of it, see [`passed`].
    pub result: u64,
}

/// Makes the handler fault.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Break {
    /// Tells the message from others of the same host.
    pub value: u64,
    /// How: 0 fails with a code, 1 reads beyond an array, 2 divides by zero.
    pub kind: u32,
}

/// The code of a [`Break`] of kind 0.
pub const BROKEN: u32 = 0x50A2;

/// What the place with this salt makes of a number.
#[device_fn]
pub fn passed(number: u64, salt: u64) -> u64 {
    (number ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
}

/// One place in each of its rings.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Places {
    /// Makes the results differ from those of others.
    pub salt: u64,
    links: [u64; RINGS],
    sent: [u64; RINGS],
    heard: [u64; RINGS],
    expected: [u64; RINGS],
    next: [ActorRef; RINGS],
}

impl Places {
    /// A place that nothing follows yet.
    pub fn of(salt: u64) -> Self {
        Self { salt, ..Self::default() }
    }
}

#[ring_kernel(id = "testkit.soak")]
impl Places {
    #[handler]
    fn link(&mut self, _ctx: &mut RingContext, message: Link) -> Linked {
        let ring = message.ring as usize;
        if message.link > self.links[ring] {
            self.links[ring] = message.link;
            self.sent[ring] = 0;
            self.next[ring] = message.next;
        }
        Linked { value: message.value }
    }

    #[handler]
    fn token(&mut self, ctx: &mut RingContext, token: Token) -> Option<Landed> {
        let ring = token.ring as usize;
        if token.link != 0 {
            let (heard, expected) = (self.heard[ring], self.expected[ring]);
            let follows = if token.link == heard {
                token.sequence == expected
            } else {
                token.link > heard && token.sequence == 0
            };
            // Nothing is known of what came before a restart.
            if !follows && heard != 0 {
                let misplaced = Misplaced {
                    link: token.link,
                    sequence: token.sequence,
                    expected_link: heard,
                    expected_sequence: expected,
                };
                if !ctx.enqueue_output(misplaced) {
                    ctx.fail(1);
                }
            }
            self.heard[ring] = token.link;
            self.expected[ring] = token.sequence + 1;
        }
        let sum = passed(token.sum, self.salt);
        if token.hops_left > 0 && self.links[ring] != 0 {
            let next = Token {
                journey: token.journey,
                sum,
                link: self.links[ring],
                sequence: self.sent[ring],
                ring: token.ring,
                hops_left: token.hops_left - 1,
            };
            if ctx.try_send_to_kernel(self.next[ring], next).is_ok() {
                self.sent[ring] += 1;
                return None;
            }
        }
        Some(Landed { journey: token.journey, sum, hops_left: token.hops_left })
    }

    #[handler]
    fn question(&mut self, _ctx: &mut RingContext, message: Question) -> Answered {
        Answered { value: message.value, result: passed(message.value, self.salt) }
    }

    #[handler]
    fn break_off(&mut self, ctx: &mut RingContext, message: Break) -> Answered {
        if message.kind == 0 {
            ctx.fail(BROKEN);
        }
        let numbers = [3u32, 5, 7, 11];
        let kind = message.kind;
        let result = if kind == 1 { numbers[kind as usize + 3] } else { numbers[0] / (kind - 2) };
        Answered { value: message.value, result: result as u64 }
    }
}
