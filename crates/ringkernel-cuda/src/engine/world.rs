//! Device memory and the grid: what lies where, the launch of the grid, and its end in good order.
//!
//! The grid runs while there are actors. What cannot be done beside it (more memory, another program) is done while it is still: it
//! stops between two messages, everything stays where it is, and it starts again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::RingKernelError;
use ringkernel_core::backend::driven::Heap;
use ringkernel_core::clock;
use ringkernel_core::hlc::DEFAULT_MAX_DRIFT;
use ringkernel_core::runtime::{Backend, RuntimeConfig};
use ringkernel_core::sync::atomic::Ordering;
use zerocopy::IntoBytes;

use super::egress::Egress;
use super::ingress::Ingress;
use super::runtime::GridFigures;
use crate::device::{Parameters, layout as at};
use crate::driver::{Context, DeviceBuffer, DriverError, Function, MappedBuffer, Stream};

/// Bytes of device memory at first; it doubles when it does not suffice.
const ARENA_BYTES: usize = 32 << 20;

/// Places for actors at first; they double.
const PLACES: u32 = 256;

/// Words of messages from hosts that the grid has at a time, but for one message that is larger.
const MESSAGE_WORDS: u32 = 1 << 20;

/// Messages between kernels that are under way or wait, in all mailboxes together.
const POOL_SLOTS: u32 = 8192;

/// Everything begins at multiples of 16 bytes, so that all it holds is aligned as in C.
const UNIT: u32 = 4;

/// How long a grid may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How often the way there and back is measured; the shortest counts.
const CLOCK_ROUNDS: u32 = 4;

/// A piece of the arena, in words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) at: u32,
    pub(crate) words: u32,
}

/// What a grid is launched with.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) function: Function,
    /// Lanes of a block.
    pub(crate) threads: u32,
    /// Bytes of block memory: that of printed programs, and that of handlers behind it.
    pub(crate) program_bytes: u32,
    pub(crate) handler_bytes: u32,
    /// Blocks that the largest cooperative actor needs.
    pub(crate) grid_size: u32,
    /// Blocks of all cooperative actors together.
    pub(crate) jobs: u32,
    /// Words of the largest event.
    pub(crate) event_words: u32,
}

/// Why the device does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WorldError {
    #[error(transparent)]
    Driver(#[from] DriverError),
    #[error("{what} take {words} words, and places in device memory are counted with 32 bits")]
    TooMuch { what: &'static str, words: u64 },
    #[error(
        "a cooperative kernel of {blocks} blocks, with {threads} lanes each, needs them all at a time, and the device holds {resident}; \
         launch it with fewer or smaller blocks"
    )]
    TooManyBlocks { blocks: u32, threads: u32, resident: u32 },
    #[error("the grid does not stop within {waited:?}: a handler does not return")]
    DoesNotStop { waited: Duration },
    #[error("the grid has not started within {waited:?}; does other work fill the device?")]
    DoesNotStart { waited: Duration },
}

impl WorldError {
    /// Whether the device does not go on after this.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Self::Driver(error) => {
                !matches!(error, DriverError::OutOfMemory { .. } | DriverError::TooManyBlocks { .. })
            }
            Self::TooMuch { .. } | Self::TooManyBlocks { .. } => false,
            Self::DoesNotStop { .. } | Self::DoesNotStart { .. } => true,
        }
    }
}

impl From<WorldError> for RingKernelError {
    fn from(error: WorldError) -> Self {
        let reason = error.to_string();
        match error {
            WorldError::Driver(error) => error.into(),
            WorldError::TooMuch { what, words } => {
                Self::ResourceExhausted { what: format!("{words} words of device memory for {what}"), reason }
            }
            WorldError::TooManyBlocks { blocks, .. } => {
                Self::ResourceExhausted { what: format!("a grid of {blocks} blocks"), reason }
            }
            WorldError::DoesNotStop { .. } | WorldError::DoesNotStart { .. } => {
                Self::DeviceLost { backend: Backend::Cuda, reason }
            }
        }
    }
}

pub(crate) struct World {
    pub(crate) context: Context,
    stream: Stream,
    arena: DeviceBuffer,
    heap: Heap,
    parameters: Parameters,
    given: DeviceBuffer,
    pub(crate) ingress: Ingress,
    pub(crate) egress: Egress,
    board: MappedBuffer,
    status: MappedBuffer,
    messages: Heap,
    message_region: Region,
    regions: Regions,
    /// Words that actors have been given.
    in_use: u64,
    running: bool,
    workers: u32,
    /// What the grid has told while it was stopped.
    arrived: VecDeque<Vec<u32>>,
    clock_offset: u64,
    /// How long the grid may take to stop.
    patience: Duration,
    figures: Arc<GridFigures>,
}

/// Tables of the arena that grow.
#[derive(Default)]
struct Regions {
    records: Region,
    shared: Region,
    ready: Region,
    jobs: Region,
    busy: Region,
    staging: Region,
    names: Region,
    routes: Region,
    pool: Region,
    pool_bits: Region,
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
            status: MappedBuffer::zeroed(context, (PLACES * at::STATUS_WORDS) as usize)?,
            context: context.clone(),
            heap: Heap::new(at::G_WORDS, UNIT),
            parameters: Parameters::default(),
            messages: Heap::new(0, UNIT),
            message_region: Region::default(),
            regions: Regions::default(),
            in_use: 0,
            running: false,
            workers: 0,
            arrived: VecDeque::new(),
            clock_offset: 0,
            patience: config.shutdown_timeout,
            figures,
        };
        world.parameters.k2k_limit = u64::try_from(config.k2k_timeout.as_nanos()).unwrap_or(u64::MAX / 4);
        world.parameters.drift = u64::try_from(DEFAULT_MAX_DRIFT.as_nanos()).unwrap_or(u64::MAX / 4);
        world.message_region = world.table("messages", MESSAGE_WORDS)?;
        world.messages = Heap::new(world.message_region.at, UNIT);
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

    pub(crate) fn release(&mut self, region: Region) {
        self.in_use -= u64::from(region.words);
        self.heap.release(region.at, region.words);
    }

    /// A piece of the arena, which grows if need be, while the grid is still.
    fn table(&mut self, what: &'static str, words: u32) -> Result<Region, WorldError> {
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

    /// Memory for a message from a host; `None` when the grid has to be done with others first.
    pub(crate) fn allocate_message(&mut self, words: u32) -> Result<Option<Region>, WorldError> {
        if words > self.message_region.words {
            // Larger than all of it: a piece of its own.
            return self.table("a message", words).map(Some);
        }
        let Some(found) = self.messages.allocate(words) else { return Ok(None) };
        if self.messages.end() > self.message_region.at + self.message_region.words {
            self.messages.release(found, words);
            return Ok(None);
        }
        Ok(Some(Region { at: found, words }))
    }

    pub(crate) fn release_message(&mut self, region: Region) {
        if region.words > self.message_region.words {
            self.heap.release(region.at, region.words);
        } else {
            self.messages.release(region.at, region.words);
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
        let records = self.larger("records", self.regions.records, places, at::A_WORDS)?;
        let shared = self.larger("actors", self.regions.shared, places, at::S_WORDS)?;
        (self.regions.records, self.regions.shared) = (records, shared);
        // A place without an actor stays scheduled and its mailbox closed, so that nobody wakes what is not there.
        let mut vacant = [0; at::S_WORDS as usize];
        vacant[at::S_WAKE as usize] = at::WAKE_SCHEDULED;
        vacant[at::S_USED as usize] = at::CLOSED_MAILBOX;
        vacant[at::S_POLLED_USED as usize] = at::CLOSED_MAILBOX;
        let vacant = vacant.repeat((places - before) as usize);
        self.write_still(shared.at + before * at::S_WORDS, &vacant)?;
        let status = MappedBuffer::zeroed(&self.context, (places * at::STATUS_WORDS) as usize)?;
        for (word, old) in status.words().iter().zip(self.status.words()) {
            word.store(old.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        self.status = status;
        let slots = places * 2;
        self.heap.release(self.regions.ready.at, self.regions.ready.words);
        self.regions.ready = Region::default();
        self.regions.ready = self.table("ready actors", queue_words(slots))?;
        self.parameters.places = places;
        self.parameters.ready_slots = slots;
        Ok(())
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
            self.regions.pool_bits = self.table("slots", POOL_SLOTS / 32)?;
            self.regions.pool = self.table("slots", POOL_SLOTS * at::SLOT_WORDS)?;
            self.write_still(self.regions.pool_bits.at, &[0; POOL_SLOTS as usize / 32])?;
        }
        Ok(())
    }

    /// Sets the addresses of the kernels that handlers name. More than before need another program, and so come while the grid is
    /// still.
    pub(crate) fn set_names(&mut self, words: &[u32]) -> Result<(), WorldError> {
        if words.len() as u32 > self.regions.names.words {
            self.stop()?;
            self.heap.release(self.regions.names.at, self.regions.names.words);
            self.regions.names = Region::default();
            self.regions.names = self.table("names", words.len() as u32)?;
        }
        self.ingress.write(self.regions.names.at, words);
        Ok(())
    }

    /// Sets what becomes of each message type at each kernel, while the grid is still.
    pub(crate) fn set_routes(&mut self, words: &[u32], types: u32) -> Result<(), WorldError> {
        self.stop()?;
        self.heap.release(self.regions.routes.at, self.regions.routes.words);
        self.regions.routes = Region::default();
        self.regions.routes = self.table("routes", words.len().max(1) as u32)?;
        self.parameters.types = types;
        self.write_still(self.regions.routes.at, words)
    }

    /// Where the record of an actor lies.
    pub(crate) fn record(&self, index: u32) -> u32 {
        self.regions.records.at + index * at::A_WORDS
    }

    /// A word that the grid tells about an actor.
    pub(crate) fn status(&self, index: u32, word: u32) -> u32 {
        let word = (index * at::STATUS_WORDS + word) as usize;
        self.status.words().get(word).map_or(0, |word| word.load(Ordering::Acquire))
    }

    // ---- the grid

    pub(crate) fn is_running(&self) -> bool {
        self.running
    }

    /// Starts the grid, with everything where it was.
    pub(crate) fn start(&mut self, shape: &Shape) -> Result<(), WorldError> {
        let (blocks, shared_bytes) = blocks_of(shape)?;
        let job_blocks =
            if shape.grid_size == 0 { 0 } else { shape.grid_size.max(blocks / 2).min(blocks - 1) };
        let first_job_block = blocks - job_blocks;
        self.workers = (first_job_block - 1) * (shape.threads / 32) + job_blocks;
        self.lay_out(shape)?;
        self.publish(shape, first_job_block)?;
        // SAFETY: The program is the one of this crate, whose entry takes a pointer to `Parameters`; they name memory that this
        // keeps until the grid has ended.
        unsafe {
            self.stream.launch_cooperative(
                &shape.function,
                blocks,
                shape.threads,
                shared_bytes,
                self.given.address(),
            )?;
        }
        self.running = true;
        self.figures.launched();
        self.await_start()
    }

    /// Tables whose size depends on the shape, and the queues, which start empty.
    fn lay_out(&mut self, shape: &Shape) -> Result<(), WorldError> {
        let workers = self.workers;
        let staging_words = (shape.event_words + 8).max(1024).next_multiple_of(4);
        let words = workers.checked_mul(staging_words);
        let words = words.ok_or(WorldError::TooMuch { what: "staging memory", words: u64::MAX })?;
        let jobs_slots = (shape.jobs.max(1) * 2).next_power_of_two();
        self.parameters.jobs_slots = jobs_slots;
        self.parameters.staging_words = staging_words;
        for (region, words) in [(0, workers * at::BUSY_WORDS), (1, words), (2, queue_words(jobs_slots))] {
            let old = match region {
                0 => std::mem::take(&mut self.regions.busy),
                1 => std::mem::take(&mut self.regions.staging),
                _ => std::mem::take(&mut self.regions.jobs),
            };
            self.heap.release(old.at, old.words);
            let new = self.table("workers", words)?;
            match region {
                0 => self.regions.busy = new,
                1 => self.regions.staging = new,
                _ => self.regions.jobs = new,
            }
        }
        let board_words = (at::BOARD_BUSY + workers * at::BUSY_WORDS) as usize;
        if self.board.words().len() < board_words {
            let board = MappedBuffer::zeroed(&self.context, board_words)?;
            for (word, old) in board.words().iter().zip(self.board.words()) {
                word.store(old.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            self.board = board;
        }
        self.write_still(self.regions.busy.at, &vec![0; self.regions.busy.words as usize])?;
        for (queue, slots) in
            [(self.regions.ready.at, self.parameters.ready_slots), (self.regions.jobs.at, jobs_slots)]
        {
            let mut words = vec![0; queue_words(slots) as usize];
            for slot in 0..slots {
                words[(at::READY_SLOTS + slot * at::READY_SLOT_WORDS) as usize] = slot;
            }
            self.write_still(queue, &words)?;
        }
        for word in [at::BOARD_STARTED, at::BOARD_PONGS] {
            self.board.words()[word as usize].store(0, Ordering::Relaxed);
        }
        self.write_still(at::G_STOP, &[0])?;
        self.write_still(at::G_CLOCK_OFFSET, &[self.clock_offset as u32, (self.clock_offset >> 32) as u32])
    }

    fn publish(&mut self, shape: &Shape, first_job_block: u32) -> Result<(), WorldError> {
        let regions = &self.regions;
        self.parameters = Parameters {
            arena: self.arena.address(),
            ingress: self.ingress.device_address(),
            egress: self.egress.device_address(),
            board: self.board.device_address(),
            status: self.status.device_address(),
            epoch: self.parameters.epoch.wrapping_add(1).max(1),
            ingress_units: self.ingress.units(),
            egress_lines: self.egress.lines(),
            records: regions.records.at,
            shared: regions.shared.at,
            ready: regions.ready.at,
            jobs: regions.jobs.at,
            first_job_block,
            busy: regions.busy.at,
            staging: regions.staging.at,
            names: regions.names.at,
            routes: regions.routes.at,
            pool: regions.pool.at,
            pool_slots: if regions.pool.words == 0 { 0 } else { POOL_SLOTS },
            pool_bits: regions.pool_bits.at,
            shared_bytes: shape.program_bytes,
            ..self.parameters
        };
        self.given.write(&self.stream, 0, self.parameters.as_bytes())?;
        Ok(())
    }

    fn await_start(&mut self) -> Result<(), WorldError> {
        let began = Instant::now();
        while self.board_word(at::BOARD_STARTED) != self.parameters.epoch {
            // Asking makes some drivers go on with what they were given.
            self.stream.is_done()?;
            if began.elapsed() > START_LIMIT {
                return Err(WorldError::DoesNotStart { waited: began.elapsed() });
            }
            std::thread::yield_now();
        }
        self.set_clock()
    }

    /// Stops the grid between two messages. What it tells the host meanwhile is kept for [`next_packet`](Self::next_packet).
    ///
    /// # Errors
    /// [`WorldError::DoesNotStop`] when a handler does not return.
    pub(crate) fn stop(&mut self) -> Result<(), WorldError> {
        if !self.running {
            return Ok(());
        }
        self.ingress.stop();
        let began = Instant::now();
        loop {
            self.flush();
            while let Some(packet) = self.egress.next_packet() {
                self.arrived.push_back(packet);
            }
            if self.ingress.is_flushed() && self.stream.is_done()? {
                break;
            }
            if began.elapsed() > self.patience {
                return Err(WorldError::DoesNotStop { waited: began.elapsed() });
            }
            std::thread::yield_now();
        }
        while let Some(packet) = self.egress.next_packet() {
            self.arrived.push_back(packet);
        }
        self.running = false;
        Ok(())
    }

    /// Notices when the grid has ended without being asked to.
    pub(crate) fn check(&mut self) -> Result<(), WorldError> {
        if self.running {
            self.stream.is_done()?;
        }
        Ok(())
    }

    /// Ends the context, whatever the grid does: the last resort.
    pub(crate) fn tear_down(&mut self) {
        self.ingress.trap();
        self.flush();
        if let Err(error) = self.context.destroy(Duration::from_secs(1)) {
            tracing::error!(%error, "the device's context could not be ended; its memory is lost to the process");
        }
        self.running = false;
    }

    // ---- traffic

    /// Whether something that the grid has told waits to be heard.
    pub(crate) fn has_arrived(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// What the grid has told, in order.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u32>> {
        self.arrived.pop_front().or_else(|| self.egress.next_packet())
    }

    /// Sends what there is room for, and tells the grid how far the host has read. True when something was sent.
    pub(crate) fn flush(&mut self) -> bool {
        self.board.words()[at::BOARD_EGRESS_READ as usize].store(self.egress.read(), Ordering::Release);
        let read = self.board.words()[at::BOARD_INGRESS_READ as usize].load(Ordering::Acquire);
        self.ingress.flush(read)
    }

    /// For each worker at the last beat: the actor whose message it has, and a count that changes with each message.
    pub(crate) fn busy(&self) -> impl Iterator<Item = (Option<u32>, u32)> {
        (0..self.workers).map(|worker| {
            let at = at::BOARD_BUSY + worker * at::BUSY_WORDS;
            (self.board_word(at).checked_sub(1), self.board_word(at + 1))
        })
    }

    /// Measures what the device's timer lacks to the host's clock, and tells the grid: half of the way there and back is how wrong
    /// that can be.
    fn set_clock(&mut self) -> Result<(), WorldError> {
        let mut best = (u64::MAX, self.clock_offset);
        for round in 1..=CLOCK_ROUNDS {
            self.ingress.set_clock(best.1);
            let sent = clock::now_ns();
            while self.board_word(at::BOARD_PONGS) != round {
                self.flush();
                self.stream.is_done()?;
                std::thread::yield_now();
            }
            let way = clock::now_ns().saturating_sub(sent);
            let word = |at| u64::from(self.board_word(at));
            let device = word(at::BOARD_TIME) | word(at::BOARD_TIME + 1) << 32;
            if way < best.0 {
                best = (way, (sent + way / 2).wrapping_sub(device));
            }
        }
        self.clock_offset = best.1;
        self.ingress.set_clock(best.1);
        Ok(())
    }

    fn board_word(&self, word: u32) -> u32 {
        self.board.words().get(word as usize).map_or(0, |word| word.load(Ordering::Acquire))
    }

    // ---- while the grid is still

    fn write_still(&self, address: u32, words: &[u32]) -> Result<(), WorldError> {
        Ok(self.arena.write(&self.stream, address as usize * 4, words.as_bytes())?)
    }

    fn read_still(&self, address: u32, words: &mut [u32]) -> Result<(), WorldError> {
        Ok(self.arena.read(&self.stream, address as usize * 4, words.as_mut_bytes())?)
    }
}

/// How many blocks the device holds at a time, and the bytes of block memory that each has.
pub(crate) fn blocks_of(shape: &Shape) -> Result<(u32, u32), WorldError> {
    let shared_bytes = shape.program_bytes + shape.handler_bytes;
    shape.function.allow_shared_memory(shared_bytes)?;
    let blocks = shape.function.max_resident_blocks(shape.threads, shared_bytes)?;
    // The first block reads what the host sends, and another serves actors with one lane.
    if blocks < shape.grid_size + 2 {
        let (threads, resident) = (shape.threads, blocks.saturating_sub(2));
        return Err(WorldError::TooManyBlocks { blocks: shape.grid_size, threads, resident });
    }
    Ok((blocks, shared_bytes))
}

fn queue_words(slots: u32) -> u32 {
    at::READY_SLOTS + slots * at::READY_SLOT_WORDS
}
