//! Running a submission, and what it leaves for the host: shared words, and events.

use std::time::Duration;

use super::world::World;
use crate::device::{
    AdapterKind, Device, DeviceError, Patience, Readback, ReadbackState, Recorder, Span, Waited,
};
use crate::shader::layout as at;

/// Words of events that are copied with every submission; more are copied when there are more.
const EVENTS_AT_ONCE: u32 = 4096;

/// How often a submission that takes long is asked about.
const LIMIT: Duration = Duration::from_millis(100);

/// How long a submission is watched closely. Waking a thread takes longer than most of them.
const SPIN: Duration = Duration::from_micros(200);

/// What came of a submission.
pub(crate) struct Results {
    /// The words of `rk_shared` that all share.
    pub(crate) counters: Vec<u32>,
    /// The words of each actor there, if they were asked for.
    pub(crate) actors: Vec<u32>,
    /// Events.
    pub(crate) events: Vec<u32>,
}

/// How to wait for a device. One that the processor imitates needs the processor that a thread would spin on.
pub(crate) fn patience(device: &Device) -> Patience {
    match device.description().kind {
        AdapterKind::Software => Patience::asleep(LIMIT),
        _ => Patience { spin: SPIN, limit: LIMIT },
    }
}

impl World {
    /// Submits, waits, and gets the results: in place where the host reaches the device's memory, and else by a copy of as many words of
    /// events as are expected.
    pub(crate) fn run(&self, mut recorder: Recorder, expected_words: u32) -> Result<Results, DeviceError> {
        let shared_words = at::G_WORDS + if self.has_pool() { self.places * at::S_WORDS } else { 0 };
        if self.device.capabilities().in_reach {
            self.wait(recorder)?;
            let shared = self.shared.look(0, u64::from(shared_words) * 4, bytemuck::pod_collect_to_vec)?;
            let shared = shared.unwrap_or_default();
            let written = self.written(&shared);
            let (at, bytes) = (u64::from(self.egress.at) * 4, u64::from(written) * 4);
            let events = self.mem.look(at, bytes, bytemuck::pod_collect_to_vec)?;
            return Ok(Results::new(shared, events.unwrap_or_default()));
        }
        let copied_words = expected_words.max(EVENTS_AT_ONCE).min(self.egress.words);
        let shared = Span { buffer: &self.shared, offset: 0, bytes: u64::from(shared_words) * 4 };
        let spans = [shared, self.events(0, copied_words)];
        let readback = recorder.read_back(&self.staging, &spans)?;
        let mut shared = self.finish(recorder, &readback)?;
        let mut events = shared.split_off(shared_words as usize);
        let written = self.written(&shared);
        events.truncate(written as usize);
        if written > copied_words {
            let mut recorder = self.record();
            let rest = [self.events(copied_words, written - copied_words)];
            let readback = recorder.read_back(&self.staging, &rest)?;
            events.extend(self.finish(recorder, &readback)?);
        }
        Ok(Results::new(shared, events))
    }

    /// Submits and waits. A handler that does not return holds the device up; nothing can stop it.
    pub(crate) fn wait(&self, recorder: Recorder) -> Result<(), DeviceError> {
        let submission = recorder.submit()?;
        while self.device.wait(&submission, self.patience)? != Waited::Done {}
        Ok(())
    }

    /// Submits and waits for what is read back.
    fn finish(&self, recorder: Recorder, readback: &Readback) -> Result<Vec<u32>, DeviceError> {
        self.wait(recorder)?;
        // Another thread that polls may have taken over the delivery and not be done with it.
        while readback.state() == ReadbackState::UnderWay {
            self.device.poll()?;
            std::thread::yield_now();
        }
        let words = readback.read(bytemuck::pod_collect_to_vec::<u8, u32>)?;
        words.ok_or_else(|| DeviceError::Invalid {
            operation: "reading back".into(),
            message: "the device has finished without delivering".into(),
        })
    }

    /// Words of events that were written.
    fn written(&self, shared: &[u32]) -> u32 {
        let end = self.egress.at + self.egress.words;
        shared[at::G_EGRESS as usize].min(end) - self.egress.at
    }

    fn events(&self, from: u32, words: u32) -> Span<'_> {
        Span { buffer: &self.mem, offset: u64::from(self.egress.at + from) * 4, bytes: u64::from(words) * 4 }
    }
}

impl Results {
    fn new(mut shared: Vec<u32>, events: Vec<u32>) -> Self {
        let actors = shared.split_off(at::G_WORDS as usize);
        Self { counters: shared, actors, events }
    }

    /// One of the counters.
    pub(crate) fn counter(&self, word: u32) -> u32 {
        self.counters[word as usize]
    }
}
