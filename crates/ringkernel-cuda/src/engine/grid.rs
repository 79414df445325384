//! The grid: its launch, its end in good order, and what goes to and fro while it runs.

use std::time::{Duration, Instant};

use ringkernel_core::sync::atomic::Ordering;
use zerocopy::IntoBytes;

use super::error::WorldError;
use super::world::{World, grown, queue_words};
use crate::device::{Parameters, layout as at};
use crate::driver::{Function, MappedBuffer};

/// How long a grid may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Words of all workers together for what they tell the host: 1 GiB, or this part of the device's memory where that is more.
const STAGING_WORDS_MAX: u64 = 1 << 28;
const STAGING_PART: u64 = 16;

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

impl World {
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
        let staging_words = staging_words(shape);
        let words = workers.checked_mul(staging_words);
        let words = words.ok_or(WorldError::TooMuch { what: "staging memory", words: u64::MAX })?;
        let jobs_slots = (shape.jobs.max(1) * 2).next_power_of_two();
        self.regions.busy = self.retake(self.regions.busy, "workers", workers * at::BUSY_WORDS)?;
        self.regions.hints = self.retake(self.regions.hints, "workers", workers)?;
        self.regions.staging = self.retake(self.regions.staging, "staging memory", words)?;
        self.regions.jobs = self.retake(self.regions.jobs, "ready actors", queue_words(jobs_slots))?;
        self.parameters.jobs_slots = jobs_slots;
        self.parameters.staging_words = staging_words;
        let board_words = (at::BOARD_BUSY + workers * at::BUSY_WORDS) as usize;
        if self.board.words().len() < board_words {
            self.board = grown(&self.context, &self.board, board_words)?;
        }
        self.board.words()[at::BOARD_BUSY as usize..]
            .iter()
            .for_each(|word| word.store(0, Ordering::Relaxed));
        self.zero_still(self.regions.busy.at, self.regions.busy.words)?;
        // Workers look for free slots in different rows.
        let row = |worker| u64::from(self.slots.rows) * u64::from(worker) / u64::from(workers);
        self.write_still(
            self.regions.hints.at,
            &(0..workers).map(|worker| row(worker) as u32).collect::<Vec<_>>(),
        )?;
        for (queue, slots) in
            [(self.regions.ready.at, self.parameters.ready_slots), (self.regions.jobs.at, jobs_slots)]
        {
            let mut words = vec![0; queue_words(slots) as usize];
            for slot in 0..slots {
                words[(at::READY_SLOTS + slot * at::READY_SLOT_WORDS + at::READY_NUMBER) as usize] = slot;
            }
            self.write_still(queue, &words)?;
        }
        for word in [at::BOARD_STARTED, at::BOARD_PONGS] {
            self.board.words()[word as usize].store(0, Ordering::Relaxed);
        }
        self.write_still(at::G_STOP, &[0; (at::STOP_COPIES * at::STOP_WORDS) as usize])?;
        self.write_still(at::G_LEFT, &[0])?;
        let offset = self.clock.offset();
        self.write_still(at::G_CLOCK_OFFSET, &[offset as u32, (offset >> 32) as u32])
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
            egress_units: self.egress.units(),
            records: regions.records.at,
            shared: regions.shared.at,
            ready: regions.ready.at,
            jobs: regions.jobs.at,
            first_job_block,
            workers: self.workers,
            busy: regions.busy.at,
            staging: regions.staging.at,
            names: regions.names.at,
            routes: regions.routes.at,
            pool: self.slots.table.at,
            pool_rows: self.slots.rows,
            pool_hints: regions.hints.at,
            rates: regions.rates.at,
            untold: regions.untold.at,
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
        self.count_turns();
        self.turns.reset();
        self.running = false;
        self.figures.ended();
        Ok(())
    }

    /// Notices when the grid has ended without being asked to.
    pub(crate) fn check(&mut self) -> Result<(), WorldError> {
        if self.running && self.stream.is_done()? {
            return Err(WorldError::EndsByItself);
        }
        Ok(())
    }

    /// Ends the context, whatever the grid does: the last resort.
    pub(crate) fn tear_down(&mut self) {
        self.board.words()[at::BOARD_TRAP as usize].store(1, Ordering::Release);
        if let Err(error) = self.context.destroy(Duration::from_secs(1)) {
            tracing::error!(%error, "the device's context could not be ended; its memory is lost to the process");
        }
        self.running = false;
        self.figures.ended();
    }

    // ---- traffic

    /// Whether something that the grid has told waits to be heard.
    pub(crate) fn has_arrived(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// What the grid has told, in order.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u32>> {
        let packet = self.arrived.pop_front().or_else(|| self.egress.next_packet())?;
        self.figures.heard();
        Some(packet)
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

    /// Takes note of how workers have come to their turns, as of the last beat.
    pub(crate) fn count_turns(&mut self) {
        let shown = (0..self.workers).map(|worker| {
            let at = at::BOARD_BUSY + worker * at::BUSY_WORDS;
            [at + at::BUSY_KEPT, at + at::BUSY_DRAWN].map(|word| board_word(&self.board, word))
        });
        self.turns.look(shown, &self.figures.turns);
    }

    pub(super) fn board_word(&self, word: u32) -> u32 {
        board_word(&self.board, word)
    }
}

fn board_word(board: &MappedBuffer, word: u32) -> u32 {
    board.words().get(word as usize).map_or(0, |word| word.load(Ordering::Acquire))
}

/// Words that a worker has for what it tells the host.
fn staging_words(shape: &Shape) -> u32 {
    shape.event_words.saturating_add(8).max(1024).next_multiple_of(4)
}

/// Whether all workers can have memory for the largest event.
///
/// # Errors
/// [`WorldError::TooMuch`].
pub(crate) fn check_staging(shape: &Shape, blocks: u32) -> Result<(), WorldError> {
    let words = u64::from(blocks) * u64::from(shape.threads / 32) * u64::from(staging_words(shape));
    let memory = shape.function.context().description().total_memory as u64;
    if words > STAGING_WORDS_MAX.max(memory / 4 / STAGING_PART) {
        return Err(WorldError::TooMuch { what: "answers of that size, one for each worker,", words });
    }
    Ok(())
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
