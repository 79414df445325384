//! The thread that speaks for a device: it follows what hosts ask for, submits turns while there is work, and accounts for what came of
//! them. It alone touches device memory.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::backend::driven::{Actor, Backlog, Requests, Shared};
use ringkernel_core::sync::atomic::Ordering;

use super::need::{Need, Shape};
use super::placing::Members;
use super::program::Programs;
use super::resident::Resident;
use super::runtime::Work;
use super::submission::Turns;
use super::world::World;
use crate::device::DeviceError;

/// How long the driver looks for more to do before it sleeps.
const SPIN: Duration = Duration::from_micros(50);

/// How long it waits before it tries again to deliver what finds no room, as long as nothing else happens.
const BLOCKED_PAUSE: Duration = Duration::from_millis(1);

pub(crate) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) work: Arc<Work>,
    pub(super) world: World,
    pub(super) programs: Arc<Programs>,
    /// Launches that wait for a program.
    pub(super) backlog: Backlog<Need, Programs>,
    pub(super) residents: BTreeMap<u32, Resident>,
    /// The table of what each actor is fed, by index; see `FEED_AT`.
    pub(super) rows: Vec<u32>,
    /// Actors that may have something to be fed.
    pub(super) hot: BTreeMap<u32, Arc<Actor>>,
    /// Actors that the device has been told to close and that have not said that they are.
    pub(super) closing: BTreeSet<u32>,
    /// Actors of each cooperative program.
    pub(super) blocks: BTreeMap<usize, (Shape, Members)>,
    pub(super) turns: Turns,
    /// Whether the device has said that it has more to do.
    pub(super) has_more: bool,
    /// Whether an actor waits for room at another one.
    pub(super) is_blocked: bool,
    /// Whether events came of the last submission.
    pub(super) progressed: bool,
    pub(super) stopping: Option<Instant>,
}

impl Driver {
    pub(crate) fn new(shared: Arc<Shared>, work: Arc<Work>, world: World, programs: Programs) -> Self {
        Self {
            backlog: Backlog::new(&shared, "ringkernel-naga"),
            shared,
            work,
            world,
            programs: Arc::new(programs),
            residents: BTreeMap::new(),
            rows: Vec::new(),
            hot: BTreeMap::new(),
            closing: BTreeSet::new(),
            blocks: BTreeMap::new(),
            turns: Turns::default(),
            has_more: false,
            is_blocked: false,
            progressed: false,
            stopping: None,
        }
    }

    /// Runs until the runtime stops, or the device is lost. Then everything that is left is accounted for: the device's memory is lost, what
    /// hosts have sent is not.
    pub(crate) fn run(mut self) {
        // A panic of this thread must leave nobody waiting. What it was at is not looked at any more, only given up.
        let ended = catch_unwind(AssertUnwindSafe(|| self.run_until_stopped()))
            .unwrap_or_else(|panic| Err(DeviceError::panicked(&*panic)));
        if let Err(error) = ended {
            tracing::error!(%error, "the device of the runtime is lost");
            let error = error.of(self.shared.backend);
            self.residents.clear();
            self.backlog.lose(&error);
            self.shared.lose(&error);
        }
        let waited = self.stopping.map_or(Duration::ZERO, |since| since.elapsed());
        let left = self.shared.config.shutdown_timeout.saturating_sub(waited);
        self.into_backlog().end(left);
    }

    /// Gives up everything else, and with it the device's memory.
    fn into_backlog(self) -> Backlog<Need, Programs> {
        self.backlog
    }

    fn run_until_stopped(&mut self) -> Result<(), DeviceError> {
        loop {
            let requests = self.next_requests();
            if requests.stopping && self.stopping.is_none() {
                self.stopping = Some(Instant::now());
            }
            for launch in requests.launches {
                self.launch(launch)?;
            }
            for actor in requests.scheduled {
                // AcqRel pairs with `schedule`: what was written before is seen by the look that follows.
                actor.scheduled.swap(false, Ordering::AcqRel);
                self.look_at(actor)?;
            }
            self.work_off()?;
            if self.is_needed() {
                let shared = self.shared.clone();
                let _work = shared.begin_work();
                self.tick()?;
            }
            if self.stopping.is_some() && self.residents.is_empty() && self.shared.directory.is_empty() {
                return Ok(());
            }
        }
    }

    /// Waits for something to do.
    fn next_requests(&self) -> Requests {
        let now = Instant::now();
        if self.is_needed() && !self.waits_for_room() {
            return self.shared.next_requests(Some(now), Duration::ZERO);
        }
        if self.waits_for_room() {
            return self.shared.next_requests(Some(now + BLOCKED_PAUSE), Duration::ZERO);
        }
        self.shared.next_requests(None, SPIN)
    }

    /// Whether there is nothing to do but to try again.
    fn waits_for_room(&self) -> bool {
        self.is_blocked
            && !self.progressed
            && !self.has_more
            && self.hot.is_empty()
            && self.closing.is_empty()
    }

    fn is_needed(&self) -> bool {
        self.has_more || self.is_blocked || !self.hot.is_empty() || !self.closing.is_empty()
    }
}
