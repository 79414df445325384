//! One submission: turns of all actors, the lanes of cooperative kernels in between, and what is read back.

use std::time::Instant;

use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
use super::world::TURNS_MAX;
use crate::device::{DeviceError, Pipeline, Recorder};
use crate::shader::layout as at;

/// Lanes of a workgroup of the turn of all actors.
const TICK_LANES: u32 = 64;

/// Most messages of one cooperative kernel in a submission.
const COOPERATIVE_TURNS_MAX: u32 = 16;

/// The place of the turn that has no effect; the others follow it.
const COLD_TURN: usize = 0;

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
        self.grant()?;
        let feed = self.feed()?;
        let cooperative = 1 + feed.cooperative.min(COOPERATIVE_TURNS_MAX);
        // Messages between cooperative kernels take a second turn each.
        let least = if self.blocks.is_empty() { 1 } else { 2 };
        let turns = self.turns.next.max(cooperative).max(least).min(TURNS_MAX);
        let parameters = self.parameters(self.turns.first);
        self.world.write(self.world.ingress.at, &feed.words)?;
        self.world.begin(&parameters)?;
        let mut recorder = self.world.record();
        self.record_turns(&mut recorder, turns)?;
        let begun = Instant::now();
        let results = self.world.run(recorder, feed.event_words)?;
        let taken = begun.elapsed();
        self.work.submissions.fetch_add(1, Ordering::Relaxed);
        self.work.turns.fetch_add(u64::from(turns), Ordering::Relaxed);
        let had_work = |turn: &u32| results.counter(at::G_MORE + turn) != 0;
        let used = (0..turns).rev().find(had_work).map_or(0, |turn| turn + 1);
        self.turns.note(turns, used);
        self.has_more = used == turns || results.counter(at::G_STARVED) != 0;
        self.is_blocked = results.counter(at::G_BLOCKED) != 0;
        self.progressed = !results.events.is_empty();
        self.note_queues(&results.actors);
        self.account(&results.events, taken)?;
        self.after_feed(&feed);
        Ok(())
    }

    /// Lets tenants whose messages are counted send more, as far as their quotas allow. What the submission before has used is known.
    fn grant(&mut self) -> Result<(), DeviceError> {
        // They are made for the first actor whose messages are counted. Nobody is granted what the device cannot be told of.
        if !self.world.has_rates() {
            return Ok(());
        }
        let grants = self.shared.allowances().refill();
        grants.iter().try_for_each(|grant| self.world.grant(grant.row, grant.left))
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
            let last = if turn + 1 == turns { at::LAST_TURN } else { 0 };
            if let Some(tick) = self.programs.tick() {
                pass.set(tick, self.world.turn(place, [turn, 0, last, 0])?);
                pass.dispatch([groups, 1, 1]);
                place += 1;
            }
            // Nothing would account for what lanes did after the last turn, so no message is taken for them there.
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
        self.world.wait(recorder)
    }
}
