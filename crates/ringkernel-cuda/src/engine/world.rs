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
use super::messages::Messages;
use super::runtime::GridFigures;
use super::slots::Slots;
use super::status::Status;
use super::turns::TurnCounts;
use crate::device::{Parameters, layout as at};
use crate::driver::{Context, DeviceBuffer, MappedBuffer, Stream};

/// Bytes of device memory at first; it doubles when it does not suffice.
const ARENA_BYTES: usize = 32 << 20;

/// Places for actors at first; they double.
const PLACES: u32 = 256;

/// Rows of places that the host writes; the device copies them as often as it takes.
const ROWS_WRITTEN: u32 = 256;

/// Everything begins at multiples of 16 bytes, so that all it holds is aligned as in C.
pub(super) const UNIT: u32 = 4;

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
    pub(super) messages: Messages,
    pub(super) slots: Slots,
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
    pub(super) hints: Region,
    pub(super) rates: Region,
    pub(super) untold: Region,
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
            messages: Messages::default(),
            slots: Slots::default(),
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
        // Where there is no room for twice as much beside what there is, there may be for some.
        let larger = DeviceBuffer::zeroed(&self.context, needed.next_power_of_two())
            .or_else(|_| DeviceBuffer::zeroed(&self.context, needed + needed / 8))?;
        larger.copy_from(&self.stream, &self.arena, self.arena.size())?;
        self.arena = larger;
        Ok(())
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
        self.repeat_still(self.regions.shared.at + before * at::S_WORDS, &vacant, places - before)?;
        self.status.grow(&self.context, places)?;
        self.regions.untold = self.larger("untold sums", self.regions.untold, places / 32, 1)?;
        self.reserve_messages(places)?;
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

    /// A table with more rows, which has the old one's. The others are zero. The grid is still.
    pub(super) fn larger(
        &mut self,
        what: &'static str,
        old: Region,
        rows: u32,
        words: u32,
    ) -> Result<Region, WorldError> {
        let words = rows.checked_mul(words).ok_or(WorldError::TooMuch { what, words: u64::MAX })?;
        let new = self.table(what, words)?;
        self.arena.copy_within(&self.stream, bytes(old.at), bytes(new.at), bytes(old.words))?;
        self.zero_still(new.at + old.words, new.words - old.words)?;
        self.heap.release(old.at, old.words);
        Ok(new)
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
        Ok(self.arena.write(&self.stream, bytes(address), words.as_bytes())?)
    }

    pub(super) fn zero_still(&self, address: u32, words: u32) -> Result<(), WorldError> {
        Ok(self.arena.zero(&self.stream, bytes(address), bytes(words))?)
    }

    /// Writes a row as often as it says: some from the host, and the others are copies of those.
    fn repeat_still(&self, address: u32, row: &[u32], times: u32) -> Result<(), WorldError> {
        let row_words = row.len() as u32;
        let mut written = times.min(ROWS_WRITTEN);
        self.write_still(address, &row.repeat(written as usize))?;
        while written < times {
            let copied = written.min(times - written);
            let to = bytes(address) + bytes(written * row_words);
            self.arena.copy_within(&self.stream, bytes(address), to, bytes(copied * row_words))?;
            written += copied;
        }
        Ok(())
    }
}

/// As many words, in bytes.
fn bytes(words: u32) -> usize {
    words as usize * 4
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
