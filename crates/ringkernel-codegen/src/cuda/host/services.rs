//! What handlers ask of the context, answered from a script and recorded.

use std::collections::VecDeque;
use std::ffi::c_void;

/// A message that a handler has opened, with its payload as it was when the handler returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What it is: see README.md beside the printer.
    pub op: u32,
    /// The words of its target.
    pub target: [u32; 2],
    /// Index of its type.
    pub message: u32,
    /// Its priority.
    pub priority: u32,
    /// The words of its id.
    pub id: [u64; 2],
    /// The words of its correlation.
    pub correlation: [u64; 2],
    /// Its payload.
    pub payload: Vec<u8>,
}

/// A message that waits to be polled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// 1 when `source` is the number of a name.
    pub by_name: u32,
    /// Who has sent it: the words of an actor reference, or a name's number and 0.
    pub source: [u32; 2],
    /// Index of its type.
    pub message: u32,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// What handlers ask of the context: what they are told, and what they have said.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// The words of the actor's own address.
    pub actor: u64,
    /// The words of the sender's address.
    pub sender: u64,
    /// Id, correlation and timestamp of the message in hand.
    pub origin: [[u64; 2]; 3],
    /// The clock: each tick adds one to its second word. What is further ahead than 1,000 in its first word is refused.
    pub clock: [u64; 2],
    /// Room in the output queue.
    pub output_free_slots: u64,
    /// Why messages to other actors are refused; 0 where they are not.
    pub refusal: u32,
    /// Messages that wait to be polled.
    pub polled: VecDeque<Polled>,
    /// What has been sent, in order.
    pub sent: Vec<Sent>,
    /// Fresh ids, and rights to answer, that have been given out.
    pub given_out: u64,
    /// Whether the handler has asked to be terminated.
    pub termination: bool,
    /// Errors, and messages given up, that have been counted.
    pub counted: [u64; 2],
    /// Payloads of what has been opened and polled; they do not move until the handler has returned.
    payloads: Vec<Vec<u128>>,
    polled_now: Vec<Vec<u128>>,
}

/// Bytes as words whose address is a multiple of 16.
pub(super) fn aligned(bytes: &[u8]) -> Vec<u128> {
    let chunk = |chunk: &[u8]| {
        let mut word = [0; 16];
        word[..chunk.len()].copy_from_slice(chunk);
        u128::from_le_bytes(word)
    };
    bytes.chunks(16).map(chunk).collect()
}

pub(super) fn bytes_of(words: &[u128], len: usize) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).take(len).collect()
}

impl Services {
    pub(super) fn begin(&mut self) {
        self.payloads.clear();
        self.polled_now.clear();
        self.sent.clear();
    }

    /// Takes over the payloads of what has been sent.
    pub(super) fn finish(&mut self) {
        for (sent, words) in self.sent.iter_mut().zip(&self.payloads) {
            sent.payload = bytes_of(words, sent.payload.len());
        }
    }

    fn word_of(&mut self, what: u32) -> u64 {
        match what {
            0 => self.actor,
            1 => self.sender,
            2 => self.output_free_slots,
            3 => self.fresh(),
            4 => {
                self.termination = true;
                0
            }
            5 => self.termination.into(),
            counter => {
                self.counted[usize::from(counter == 7)] += 1;
                0
            }
        }
    }

    fn words_of(&mut self, what: u32, given: [u64; 2]) -> [u64; 2] {
        match what {
            0..=2 => self.origin[what as usize],
            3 => self.clock,
            4 => {
                self.clock[1] += 1;
                self.clock
            }
            5 => [0xF0F0, self.fresh()],
            _ if given[0] > self.clock[0] + 1_000 => [0, 0],
            _ => {
                self.clock = self.clock.max(given);
                self.clock[1] += 1;
                self.clock
            }
        }
    }

    fn fresh(&mut self) -> u64 {
        self.given_out += 1;
        self.given_out
    }

    /// Whether a message is taken: outputs while there is room, others unless they are to be refused.
    fn take(&mut self, sent: Sent) -> Result<*mut u8, u32> {
        match sent.op {
            1 if self.output_free_slots == 0 => return Err(3),
            1 => self.output_free_slots -= 1,
            2..=5 if self.refusal != 0 => return Err(self.refusal),
            _ => {}
        }
        // At least one word, so that a payload without bytes has an address.
        let mut words = vec![u128::MAX; sent.payload.len() / 16 + 1];
        let address = words.as_mut_ptr().cast();
        self.payloads.push(words);
        self.sent.push(sent);
        Ok(address)
    }

    fn next_polled(&mut self, by_name: u32, source: [u32; 2], message: u32) -> Option<*mut u8> {
        let wanted =
            |polled: &Polled| (polled.by_name, polled.source, polled.message) == (by_name, source, message);
        let index = self.polled.iter().position(wanted)?;
        let polled = self.polled.remove(index)?;
        let mut words = aligned(&polled.payload);
        words.push(0);
        let address = words.as_mut_ptr().cast();
        self.polled_now.push(words);
        Some(address)
    }
}

/// The services behind the pointer that the program passes on.
///
/// # Safety
/// The pointer is the one in `Call::services`, which the caller of the program has made of a reference that nothing else
/// uses while the program runs.
unsafe fn services<'a>(pointer: *mut c_void) -> &'a mut Services {
    // SAFETY: See above.
    unsafe { &mut *pointer.cast::<Services>() }
}

pub(super) extern "C" fn word(pointer: *mut c_void, what: u32, _lane: u32) -> u64 {
    // SAFETY: The program passes `Call::services`.
    unsafe { services(pointer) }.word_of(what)
}

pub(super) extern "C" fn words(pointer: *mut c_void, what: u32, _lane: u32, words: *mut [u64; 2]) {
    // SAFETY: The program passes the address of a local `rk_words`, which is two such words.
    let given = unsafe { words.read() };
    // SAFETY: The program passes `Call::services`.
    let answer = unsafe { services(pointer) }.words_of(what, given);
    // SAFETY: As the read above.
    unsafe { words.write(answer) };
}

pub(super) extern "C" fn open(
    pointer: *mut c_void,
    op: u32,
    a: u32,
    b: u32,
    message: u32,
    bytes: u32,
    priority: u32,
    id: *const [u64; 2],
    correlation: *const [u64; 2],
    refusal: *mut u32,
) -> *mut u8 {
    // SAFETY: The program passes the addresses of locals of type `rk_words`.
    let id = unsafe { id.read() };
    // SAFETY: As above.
    let correlation = unsafe { correlation.read() };
    let payload = vec![0; bytes as usize];
    let sent = Sent { op, target: [a, b], message, priority, id, correlation, payload };
    // SAFETY: The program passes `Call::services`.
    let (address, reason) = match unsafe { services(pointer) }.take(sent) {
        Ok(address) => (address, 0),
        Err(reason) => (std::ptr::null_mut(), reason),
    };
    // SAFETY: The program passes the address of the lane's `refusal`.
    unsafe { refusal.write(reason) };
    address
}

pub(super) extern "C" fn poll(pointer: *mut c_void, by_name: u32, a: u32, b: u32, message: u32) -> *mut u8 {
    // SAFETY: The program passes `Call::services`.
    let services = unsafe { services(pointer) };
    services.next_polled(by_name, [a, b], message).unwrap_or(std::ptr::null_mut())
}
