//! One submission: turns of all actors, the lanes of cooperative kernels in between, and what is read back.

use ringkernel_core::sync::atomic::Ordering;
use std::time::Duration;

use super::driver::Driver;
use super::world::TURNS_MAX;
use crate::device::{DeviceError, Patience, Pipeline, Readback, ReadbackState, Recorder, Waited};
use crate::shader::layout as at;

/// Lanes of a workgroup of the turn of all actors.
const TICK_LANES: u32 = 64;

/// Most messages of one cooperative kernel in a submission.
const COOPERATIVE_TURNS_MAX: u32 = 16;

/// The place of the turn that has no effect; the others follow it.
const COLD_TURN: usize = 0;

/// Words of events that are read back with every submission; more are read when there are more.
const EVENTS_AT_ONCE: u32 = 4096;

/// How long a submission is watched closely, and how often it is asked about after that.
const PATIENCE: Patience = Patience { spin: Duration::from_micros(200), limit: Duration::from_millis(100) };

/// How many turns the next submission has.
///
/// A turn costs even when nothing happens in it, so there are as many as kernels have lately had messages for each other.
#[derive(Debug)]
pub(crate) struct Turns {
    next: u32,
    /// The number of the first turn, over all submissions.
    first: u32,
}

impl Default for Turns {
    fn default() -> Self {
        Self { next: 1, first: 0 }
    }
}

impl Turns {
    /// Learns from how many turns had work.
    fn note(&mut self, turns: u32, used: u32) {
        self.first = self.first.wrapping_add(turns);
        self.next = if used >= turns { (turns * 2).min(TURNS_MAX) } else { (used + 1).min(TURNS_MAX) };
    }
}

impl Driver {
    /// Feeds, submits, and accounts for what came of it.
    pub(super) fn tick(&mut self) -> Result<(), DeviceError> {
        let feed = self.feed()?;
        let cooperative = 1 + feed.cooperative.min(COOPERATIVE_TURNS_MAX);
        // Messages between cooperative kernels take a second turn each.
        let least = if self.blocks.is_empty() { 1 } else { 2 };
        let turns = self.turns.next.max(cooperative).max(least).min(TURNS_MAX);
        let parameters = self.parameters(self.turns.first);
        self.world.write(self.world.ingress.at, &feed.words)?;
        self.world.begin(&parameters)?;
        let event_words = feed.event_words.max(EVENTS_AT_ONCE).min(self.world.egress.words);
        let mut recorder = self.world.record();
        self.record_turns(&mut recorder, turns)?;
        let readback = self.world.read_back(&mut recorder, self.world.has_pool(), event_words)?;
        let words = self.finish(recorder, &readback)?;
        self.work.submissions.fetch_add(1, Ordering::Relaxed);
        self.work.turns.fetch_add(u64::from(turns), Ordering::Relaxed);
        let header = at::G_WORDS as usize;
        let actors = if self.world.has_pool() { (self.world.places * at::S_WORDS) as usize } else { 0 };
        let (shared, events) = words.split_at(header + actors);
        let end = shared[at::G_EGRESS as usize].min(self.world.egress.at + self.world.egress.words);
        let written = end - self.world.egress.at;
        let used = (0..turns)
            .rev()
            .find(|turn| shared[(at::G_MORE + turn) as usize] != 0)
            .map_or(0, |turn| turn + 1);
        self.turns.note(turns, used);
        self.has_more = used == turns || shared[at::G_STARVED as usize] != 0;
        self.is_blocked = shared[at::G_BLOCKED as usize] != 0;
        self.progressed = written > 0;
        self.note_queues(&shared[header..]);
        if written > event_words {
            let mut recorder = self.world.record();
            let rest = self.world.read_events(&mut recorder, event_words, written - event_words)?;
            let rest = self.finish(recorder, &rest)?;
            let all: Vec<u32> = events.iter().chain(&rest).copied().collect();
            self.account(&all)?;
        } else {
            let events = events[..written as usize].to_vec();
            self.account(&events)?;
        }
        self.after_feed(&feed);
        Ok(())
    }

    /// The turns, each followed by the lanes of cooperative kernels.
    fn record_turns(&mut self, recorder: &mut Recorder, turns: u32) -> Result<(), DeviceError> {
        let groups = self.world.places.div_ceil(TICK_LANES);
        let blocks: Vec<_> = self
            .blocks
            .values()
            .filter(|(_, members)| !members.actors.is_empty())
            .map(|(shape, members)| (*shape, members.actors.len() as u32, members.list.at))
            .collect();
        let mut pass = recorder.pass();
        let mut place = COLD_TURN + 1;
        for turn in 0..turns {
            if let Some(tick) = self.programs.tick() {
                pass.set(tick, self.world.turn(place, [turn, 0, 0, 0])?);
                pass.dispatch([groups, 1, 1]);
                place += 1;
            }
            // Nothing would account for what lanes did after the last turn.
            for (shape, members, list) in blocks.iter().filter(|_| turn + 1 < turns) {
                if let Some(pipeline) = self.programs.block(*shape) {
                    pass.set(pipeline, self.world.turn(place, [turn, *list, 0, 0])?);
                    pass.dispatch([members * shape.grid_size, 1, 1]);
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// Runs a program without effect. Some drivers compile when a program first runs, and nobody waits for an answer yet.
    pub(super) fn warm_up(&mut self, pipeline: &Pipeline) -> Result<(), DeviceError> {
        let mut recorder = self.world.record();
        let mut pass = recorder.pass();
        pass.set(pipeline, self.world.turn(COLD_TURN, [0, 0, 0, 1])?);
        pass.dispatch([1, 1, 1]);
        drop(pass);
        let submission = recorder.submit()?;
        while !matches!(self.world.device.wait(&submission, PATIENCE)?, Waited::Done) {}
        Ok(())
    }

    /// Submits and waits for what is read back. A handler that does not return holds the device up; nothing can stop it.
    fn finish(&self, recorder: Recorder, readback: &Readback) -> Result<Vec<u32>, DeviceError> {
        let submission = recorder.submit()?;
        loop {
            let waited = self.world.device.wait(&submission, PATIENCE)?;
            if matches!(waited, Waited::Done) && readback.state() != ReadbackState::UnderWay {
                break;
            }
        }
        let words = readback.read(bytemuck::pod_collect_to_vec::<u8, u32>)?;
        words.ok_or_else(|| DeviceError::Invalid {
            operation: "reading back".into(),
            message: "the device has finished without delivering".into(),
        })
    }
}
