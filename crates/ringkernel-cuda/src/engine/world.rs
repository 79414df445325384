//! Device memory: what lies where, and how it grows. `grid` has the grid that works on it.
//!
//! The grid runs while there are actors. What cannot be done beside it (more memory, another program) is done while it is still: it
//! stops between two messages, everything stays where it is, and it starts again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ringkernel_core::backend::driven::{ALLOWANCES, Heap};
use ringkernel_core::hlc::DEFAULT_MAX_DRIFT;
use ringkernel_core::runtime::RuntimeConfig;
use ringkernel_core::sync::atomic::Ordering;
use zerocopy::IntoBytes;

use super::clock::DeviceClock;
use super::egress::Egress;
use super::error::WorldError;
use super::ingress::Ingress;
use super::runtime::GridFigures;
use super::status::Status;
use super::turns::TurnCounts;
use crate::device::{Parameters, layout as at};
use crate::driver::{Context, DeviceBuffer, MappedBuffer, Stream};

/// Bytes of device memory at first; it doubles when it does not suffice.
const ARENA_BYTES: usize = 32 << 20;

/// Places for actors at first; they double.
const PLACES: u32 = 256;

/// Words of messages from hosts that all actors share, but for one message of each that finds no room there.
const MESSAGE_WORDS: u32 = 1 << 20;

/// Messages between kernels that are under way or wait, in all mailboxes together.
pub(super) const POOL_SLOTS: u32 = 8192;

/// Everything begins at multiples of 16 bytes, so that all it holds is aligned as in C.
const UNIT: u32 = 4;

/// A piece of the arena, in words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) at: u32,
    pub(crate) words: u32,
}

pub(crate) struct World {
    pub(crate) context: Context,
    pub(super) stream: Stream,
    pub(super) arena: DeviceBuffer,
    pub(super) heap: Heap,
    pub(super) parameters: Parameters,
    pub(super) given: DeviceBuffer,
    pub(crate) ingress: Ingress,
    pub(crate) egress: Egress,
    pub(super) board: MappedBuffer,
    pub(crate) status: Arc<Status>,
    messages: Heap,
    message_region: Region,
    /// Words of it that messages have.
    message_words: u64,
    pub(super) regions: Regions,
    /// Words that actors have been given.
    in_use: u64,
    pub(super) running: bool,
    pub(super) workers: u32,
    /// What the grid has told while it was stopped.
    pub(super) arrived: VecDeque<Vec<u32>>,
    pub(super) clock: DeviceClock,
    /// How long the grid may take to stop.
    pub(super) patience: Duration,
    pub(super) figures: Arc<GridFigures>,
    pub(super) turns: TurnCounts,
}

/// Tables of the arena that grow.
#[derive(Default)]
pub(super) struct Regions {
    pub(super) records: Region,
    pub(super) shared: Region,
    pub(super) ready: Region,
    pub(super) jobs: Region,
    pub(super) busy: Region,
    pub(super) staging: Region,
    pub(super) names: Region,
    pub(super) routes: Region,
    pub(super) pool: Region,
    pub(super) pool_bits: Region,
    pub(super) rates: Region,
}

impl World {
    pub(crate) fn new(
        context: &Context,
        config: &RuntimeConfig,
        figures: Arc<GridFigures>,
    ) -> Result<Self, WorldError> {
        let mut world = Self {
            stream: context.stream()?,
            arena: DeviceBuffer::zeroed(context, ARENA_BYTES)?,
            given: DeviceBuffer::zeroed(context, size_of::<Parameters>())?,
            ingress: Ingress::new(context)?,
            egress: Egress::new(context)?,
            board: MappedBuffer::zeroed(context, at::BOARD_BUSY as usize)?,
            status: Arc::new(Status::new(context, PLACES)?),
            context: context.clone(),
            heap: Heap::new(at::G_WORDS, UNIT),
            parameters: Parameters::default(),
            messages: Heap::new(0, UNIT),
            message_region: Region::default(),
            message_words: 0,
            regions: Regions::default(),
            in_use: 0,
            running: false,
            workers: 0,
            arrived: VecDeque::new(),
            clock: DeviceClock::default(),
            patience: config.shutdown_timeout,
            figures,
            turns: TurnCounts::default(),
        };
        world.parameters.k2k_limit = u64::try_from(config.k2k_timeout.as_nanos()).unwrap_or(u64::MAX / 4);
        world.parameters.drift = u64::try_from(DEFAULT_MAX_DRIFT.as_nanos()).unwrap_or(u64::MAX / 4);
        world.message_region = world.table("messages", MESSAGE_WORDS)?;
        world.messages = Heap::new(world.message_region.at, UNIT);
        // The arena is zero where nothing was.
        world.regions.rates = world.table("rates", ALLOWANCES * at::RATE_WORDS)?;
        world.set_places(PLACES)?;
        Ok(world)
    }

    /// Bytes that actors have been given.
    pub(crate) fn bytes_in_use(&self) -> u64 {
        self.in_use * 4
    }

    // ---- memory

    /// Memory for an actor. It is not cleared.
    pub(crate) fn allocate(&mut self, words: u32) -> Result<Region, WorldError> {
        let region = self.table("actors", words)?;
        self.in_use += u64::from(region.words);
        Ok(region)
    }

    /// Several pieces for an actor, or none.
    pub(crate) fn allocate_all<const N: usize>(
        &mut self,
        words: [u32; N],
    ) -> Result<[Region; N], WorldError> {
        let mut regions = [Region::default(); N];
        for (index, words) in words.into_iter().enumerate() {
            match self.allocate(words) {
                Ok(region) => regions[index] = region,
                Err(error) => {
                    regions[..index].iter().for_each(|region| self.release(*region));
                    return Err(error);
                }
            }
        }
        Ok(regions)
    }

    pub(crate) fn release(&mut self, region: Region) {
        self.in_use -= u64::from(region.words);
        self.heap.release(region.at, region.words);
    }

    /// A piece of the arena, which grows if need be, while the grid is still.
    pub(super) fn table(&mut self, what: &'static str, words: u32) -> Result<Region, WorldError> {
        let found = self.heap.allocate(words).ok_or(WorldError::TooMuch { what, words: u64::from(words) })?;
        let needed = self.heap.end() as usize * 4;
        if needed > self.arena.size()
            && let Err(error) = self.grow(needed)
        {
            self.heap.release(found, words);
            return Err(error);
        }
        Ok(Region { at: found, words })
    }

    fn grow(&mut self, needed: usize) -> Result<(), WorldError> {
        self.stop()?;
        let larger = DeviceBuffer::zeroed(&self.context, needed.next_power_of_two())?;
        larger.copy_from(&self.stream, &self.arena, self.arena.size())?;
        self.arena = larger;
        Ok(())
    }

    /// Memory for a message from a host to an actor that has `held` words of messages already; `None` when the grid has to be done
    /// with some first.
    ///
    /// An actor has at most as much of the shared memory as is left for all others, so that one that takes nothing leaves
    /// half of it. And an actor that has nothing is given memory for one message in any case, if need be in a piece of its own: so no
    /// actor waits for what others do not take.
    pub(crate) fn allocate_message(&mut self, words: u32, held: u64) -> Result<Option<Region>, WorldError> {
        let free = u64::from(self.message_region.words) - self.message_words;
        if held == 0 || held + 2 * u64::from(words) <= free {
            let shared = self.messages.allocate(words).map(|at| Region { at, words });
            match shared {
                Some(region) if self.messages.end() <= self.message_region.at + self.message_region.words => {
                    self.message_words += u64::from(words);
                    return Ok(Some(region));
                }
                Some(region) => self.messages.release(region.at, words),
                None => {}
            }
        }
        if held == 0 { self.table("a message", words).map(Some) } else { Ok(None) }
    }

    pub(crate) fn release_message(&mut self, region: Region) {
        let shared = self.message_region.at..self.message_region.at + self.message_region.words;
        if shared.contains(&region.at) {
            self.messages.release(region.at, region.words);
            self.message_words -= u64::from(region.words);
        } else {
            self.heap.release(region.at, region.words);
        }
    }

    // ---- tables

    /// Makes room for actors up to this index.
    pub(crate) fn reserve_place(&mut self, index: u32) -> Result<(), WorldError> {
        if index < self.parameters.places {
            return Ok(());
        }
        self.set_places((index + 1).next_power_of_two())
    }

    fn set_places(&mut self, places: u32) -> Result<(), WorldError> {
        self.stop()?;
        let before = self.parameters.places;
        self.regions.records = self.larger("records", self.regions.records, places, at::A_WORDS)?;
        self.regions.shared = self.larger("actors", self.regions.shared, places, at::S_WORDS)?;
        // A place without an actor stays scheduled and its mailbox closed, so that nobody wakes what is not there.
        let mut vacant = [0; at::S_WORDS as usize];
        vacant[at::S_WAKE as usize] = at::WAKE_SCHEDULED;
        vacant[at::S_USED as usize] = at::CLOSED_MAILBOX;
        vacant[at::S_POLLED_USED as usize] = at::CLOSED_MAILBOX;
        let vacant = vacant.repeat((places - before) as usize);
        self.write_still(self.regions.shared.at + before * at::S_WORDS, &vacant)?;
        self.status.grow(&self.context, places)?;
        let slots = places * 2;
        self.regions.ready = self.retake(self.regions.ready, "ready actors", queue_words(slots))?;
        self.parameters.places = places;
        self.parameters.ready_slots = slots;
        Ok(())
    }

    /// A table in the place of another, whose words are forgotten. When there is no memory for it, the other stays, and will do if it
    /// is large enough.
    pub(super) fn retake(
        &mut self,
        old: Region,
        what: &'static str,
        words: u32,
    ) -> Result<Region, WorldError> {
        if old.words == words {
            return Ok(old);
        }
        match self.table(what, words) {
            Ok(new) => {
                self.heap.release(old.at, old.words);
                Ok(new)
            }
            Err(error) if !error.is_fatal() && old.words >= words => Ok(old),
            Err(error) => Err(error),
        }
    }

    /// A table with more rows, which has the old one's.
    fn larger(
        &mut self,
        what: &'static str,
        old: Region,
        rows: u32,
        words: u32,
    ) -> Result<Region, WorldError> {
        let words = rows.checked_mul(words).ok_or(WorldError::TooMuch { what, words: u64::MAX })?;
        let new = self.table(what, words)?;
        let mut rows = vec![0; words as usize];
        self.read_still(old.at, &mut rows[..old.words as usize])?;
        self.write_still(new.at, &rows)?;
        self.heap.release(old.at, old.words);
        Ok(new)
    }

    /// Makes the slots of messages between kernels, once.
    pub(crate) fn reserve_pool(&mut self) -> Result<(), WorldError> {
        if self.regions.pool.words == 0 {
            self.stop()?;
            self.regions.pool_bits = self.retake(self.regions.pool_bits, "slots", POOL_SLOTS / 32)?;
            self.regions.pool = self.table("slots", POOL_SLOTS * at::SLOT_WORDS)?;
            self.write_still(self.regions.pool_bits.at, &[0; POOL_SLOTS as usize / 32])?;
        }
        Ok(())
    }

    /// Sets how many messages a row of [`Allowances`](ringkernel_core::backend::driven::Allowances) was ever given.
    pub(crate) fn grant(&mut self, row: u32, given: u32) {
        self.ingress.write(self.regions.rates.at + row * at::RATE_WORDS + at::RATE_GIVEN, &[given]);
    }

    /// Sets the addresses of the kernels that handlers name, as
    /// [`Shared::addresses_of`](ringkernel_core::backend::driven::Shared::addresses_of) has them. More than before come with
    /// another program or another tenant, and stop the grid.
    pub(crate) fn set_names(&mut self, words: &[u32]) -> Result<(), WorldError> {
        if words.len() as u32 > self.regions.names.words {
            self.stop()?;
            self.regions.names = self.retake(self.regions.names, "names", words.len() as u32)?;
        }
        if self.running {
            self.ingress.write(self.regions.names.at, words);
            return Ok(());
        }
        // Actors that were scheduled run before anything is read from the ingress. All of that was read when the grid stopped.
        self.write_still(self.regions.names.at, words)
    }

    /// Sets what becomes of each message type at each kernel, while the grid is still.
    pub(crate) fn set_routes(&mut self, words: &[u32], types: u32) -> Result<(), WorldError> {
        self.stop()?;
        if words.len() as u32 > self.regions.routes.words {
            self.regions.routes = self.retake(self.regions.routes, "routes", words.len() as u32)?;
        }
        self.parameters.types = types;
        self.write_still(self.regions.routes.at, words)
    }

    /// Where the record of an actor lies.
    pub(crate) fn record(&self, index: u32) -> u32 {
        self.regions.records.at + index * at::A_WORDS
    }

    // ---- while the grid is still

    pub(super) fn write_still(&self, address: u32, words: &[u32]) -> Result<(), WorldError> {
        Ok(self.arena.write(&self.stream, address as usize * 4, words.as_bytes())?)
    }

    fn read_still(&self, address: u32, words: &mut [u32]) -> Result<(), WorldError> {
        Ok(self.arena.read(&self.stream, address as usize * 4, words.as_mut_bytes())?)
    }
}

/// Words that host and device share, at least as many, with those of the old ones.
pub(super) fn grown(context: &Context, old: &MappedBuffer, words: usize) -> Result<MappedBuffer, WorldError> {
    let new = MappedBuffer::zeroed(context, words)?;
    for (word, old) in new.words().iter().zip(old.words()) {
        word.store(old.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    Ok(new)
}

pub(super) fn queue_words(slots: u32) -> u32 {
    at::READY_SLOTS + slots * at::READY_SLOT_WORDS
}
