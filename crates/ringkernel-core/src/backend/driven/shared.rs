//! What all parts of a runtime share whose actors a driver speaks for.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringkernel_abi::TenantId;

use super::requests::Desk;
use super::wire::numbers::OUTSIDE;
use super::{Actor, Allowances, Launch, Requests, RowInUse, Shown};
use crate::backend::{Account, Host, is_known};
use crate::clock::TimeSource;
use crate::error::{Result, RingKernelError};
use crate::runtime::{ActorRef, Backend, KernelId, RuntimeConfig, RuntimeMetrics};
use crate::sync::atomic::{AtomicU64, Ordering};

/// A [`Host`], and the way to the driver.
pub struct Shared {
    host: Host<Actor>,
    /// The backend, for texts.
    pub backend: Backend,
    /// Bytes of device memory that actors have been given.
    pub memory_in_use: AtomicU64,
    /// What tenants may still send from the device. The driver takes it, and who launches.
    allowances: Arc<Mutex<Allowances>>,
    /// Since when the device has been at a submission, in nanoseconds since the epoch; 0 while it is not.
    pub(super) working_since_ns: AtomicU64,
    /// Since when, nanoseconds since the epoch, that message has been in hand which has been for longest; 0 for none. The driver of a
    /// device that tells so writes it, with [`Actor::in_hand_ns`].
    pub in_hand_ns: AtomicU64,
    /// What the device shows at any time, if it does.
    shown: Option<Arc<dyn Shown>>,
    /// Why the device is gone.
    lost: Mutex<Option<RingKernelError>>,
    desk: Desk,
}

impl Shared {
    /// What a runtime of this backend shares that has no actors yet.
    pub fn new(backend: Backend, config: RuntimeConfig) -> Self {
        Self {
            host: Host::new(config, TimeSource::System),
            backend,
            memory_in_use: AtomicU64::new(0),
            allowances: Arc::default(),
            working_since_ns: AtomicU64::new(0),
            in_hand_ns: AtomicU64::new(0),
            shown: None,
            lost: Mutex::default(),
            desk: Desk::default(),
        }
    }

    /// The same on a device that shows at any time what waits there: nobody looks at all actors for that.
    #[must_use]
    pub fn showing(self, shown: Arc<dyn Shown>) -> Self {
        Self { shown: Some(shown), ..self }
    }

    // ---- the driver

    /// Has the driver look at an actor. Called after anything that it has to know has been written.
    pub fn schedule(&self, actor: &Arc<Actor>) {
        // AcqRel pairs with the driver's swap: who finds the flag set is seen by the look that is still to come.
        if !actor.scheduled.swap(true, Ordering::AcqRel) {
            self.desk.put(|requests| requests.scheduled.push(actor.clone()));
        }
    }

    /// Has the driver put an actor into device memory.
    pub fn request_launch(&self, launch: Launch) {
        self.desk.put(|requests| requests.launches.push(launch));
    }

    /// Has the driver look for what its backend has for it besides.
    pub fn wake(&self) {
        self.desk.put(|requests| requests.woken = true);
    }

    /// Has the driver end when all actors have.
    pub fn request_stop(&self) {
        self.desk.put(|requests| requests.stopping = true);
    }

    /// What there is for the driver, which alone calls this; waits for something until `until`, or without end when `None`, at
    /// first for `spin` without sleeping.
    pub fn next_requests(&self, until: Option<Instant>, spin: Duration) -> Requests {
        self.desk.take(until, spin)
    }

    pub(super) fn shown(&self) -> Option<&dyn Shown> {
        self.shown.as_deref()
    }

    // ---- what tenants may send

    /// What tenants may still send from the device.
    pub fn allowances(&self) -> MutexGuard<'_, Allowances> {
        // Nothing panics while it is held.
        self.allowances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row of those that a kernel's messages to other kernels count in, until the kernel ends; `None` when its tenant has no limit.
    ///
    /// # Errors
    /// As [`RowInUse::take`].
    pub(super) fn take_row(&self, account: &Account) -> Result<Option<u32>> {
        let taken = RowInUse::take(&self.allowances, account.tenant())?;
        let row = taken.as_ref().map(RowInUse::row);
        account.hold(taken);
        Ok(row)
    }

    // ---- actors

    /// Adds the actor that `build` makes for a fresh address.
    ///
    /// # Errors
    /// When the name is taken, the runtime is being shut down, or the device is gone.
    pub fn add(
        &self,
        tenant: TenantId,
        id: &KernelId,
        build: impl FnOnce(ActorRef) -> Arc<Actor>,
    ) -> Result<Arc<Actor>> {
        // It has a number before the driver writes a row of names for each.
        self.tenants.number_of(tenant);
        self.unless_closing(|| match self.lost() {
            Some(error) => Err(error),
            None => self.directory.add(tenant, id, build),
        })
    }

    /// The addresses of the kernels that handlers name, for each tenant: first how many names there are and a word that means
    /// nothing, then a row for each tenant by number, of two words for each name. Where a tenant has no kernel of a name, there
    /// stands that of another, which the device refuses, and says why, unless the tenant has lately had one; where there is none to
    /// stand there, and there is a broker to ask, the number of the name and [`OUTSIDE`].
    pub fn addresses_of(&self, names: &[String]) -> Vec<u32> {
        let broker = self.config.k2k_broker.as_deref();
        let is_outside = |tenant, name: &str| broker.is_some_and(|broker| is_known(broker, tenant, name));
        let mut words = vec![names.len() as u32, 0];
        for tenant in self.tenants.all() {
            for (number, name) in (0..).zip(names) {
                let found = self.directory.nearest_by_name(tenant, name);
                let found =
                    found.filter(|actor| actor.tenancy().tenant == tenant || !is_outside(tenant, name));
                let nobodys =
                    if broker.is_some() { ActorRef::from_parts(number, OUTSIDE) } else { ActorRef::NONE };
                let address = found.map_or(nobodys, |actor| actor.address());
                words.extend([address.index(), address.generation()]);
            }
        }
        words
    }

    /// Notes that the device is gone, and why.
    pub(super) fn set_lost(&self, error: RingKernelError) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn lost(&self) -> Option<RingKernelError> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// [`Host::metrics`], with the device memory of actors.
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics { gpu_memory_used: self.memory_in_use.load(Ordering::Relaxed), ..self.host.metrics() }
    }
}

/// What every runtime has.
impl Deref for Shared {
    type Target = Host<Actor>;

    fn deref(&self) -> &Host<Actor> {
        &self.host
    }
}
