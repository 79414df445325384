//! The messages of the queue rows, and what the receiver checks.

/// A message of `WORDS` times 8 bytes, all of which hold its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Packet<WORDS> {
    #[inline(always)]
    pub(crate) fn numbered(number: u64) -> Self {
        Self([number; WORDS])
    }

    #[inline(always)]
    fn number(&self) -> u64 {
        self.0[0]
    }

    /// Whether every cache line of the message holds its number, so that a receiver cannot pass by reading one.
    #[inline(always)]
    fn is_whole(&self) -> bool {
        let last = self.0[WORDS - 1];
        self.0.iter().step_by(8).all(|word| *word == last)
    }
}

impl<const WORDS: usize> Default for Packet<WORDS> {
    fn default() -> Self {
        Self::numbered(u64::MAX)
    }
}

/// What one receiver has seen from senders that number their messages each for itself: in the upper half who, in the lower
/// how many before.
pub(crate) struct Received<const SENDERS: usize> {
    next: [u64; SENDERS],
    left: u64,
}

impl<const SENDERS: usize> Received<SENDERS> {
    /// Expects `count` messages in all, from each sender in its order.
    pub(crate) fn expecting(count: u64) -> Self {
        Self { next: [0; SENDERS], left: count }
    }

    /// The number of a message: sender and position.
    #[inline(always)]
    pub(crate) fn number(sender: usize, position: u64) -> u64 {
        (sender as u64) << 32 | position
    }

    #[inline(always)]
    pub(crate) fn is_complete(&self) -> bool {
        self.left == 0
    }

    #[inline(always)]
    pub(crate) fn take<const WORDS: usize>(&mut self, packet: &Packet<WORDS>) {
        assert!(packet.is_whole(), "a message was torn: {:?}", packet.0);
        self.take_number(packet.number());
    }

    #[inline(always)]
    pub(crate) fn take_number(&mut self, number: u64) {
        let next = &mut self.next[(number >> 32) as usize];
        assert_eq!(number as u32 as u64, *next, "a message came out of order");
        *next += 1;
        self.left -= 1;
    }
}
