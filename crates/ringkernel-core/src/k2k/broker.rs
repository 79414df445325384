//! The broker: names, routes and tenants, and the figures of all.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ringkernel_abi::{AuditTag, TenantId, UNSPECIFIED_TENANT};

use super::config::K2KConfig;
use super::endpoint::{K2KAttachment, K2KEndpoint, K2KSender};
use super::inbox::inbox;
use super::member::{Admissions, Member, Target};
use super::message::K2KMessage;
use super::names::Names;
use super::parts::Parts;
use super::port::K2KPort;
use super::receipt::{Receipts, Record};
use super::routes::{RouteLoop, Routes};
use super::sub_broker::K2KSubBroker;
use super::tenant::TenantRegistry;
use super::way::Forgotten;
use crate::dead_letter::DeadLetterQueue;
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Dead letters that are kept.
const DEAD_LETTERS: usize = 1024;

/// Receipts that are kept of all senders that have left, in the sum.
const RECEIPTS_OF_THE_GONE: usize = 1024;

/// Carries messages between kernels by their names.
///
/// Names belong to tenants: the kernels of two tenants may have the same one, and neither can reach the other. Of whom a message is,
/// the broker knows by the endpoint that sends it. Methods that name no tenant mean the tenant that has the kernel; where several have
/// one of that name, they find none, and [`sub_broker`](Self::sub_broker) has the same methods for one tenant.
///
/// A message to a name that only another tenant has is refused as [`TenantMismatch`](crate::RingKernelError::TenantMismatch), counted and
/// put on record, unless the sender's own tenant has lately had that name, too: then it is
/// [`NotFound`](super::DeliveryStatus::NotFound), because a kernel that is away for a moment, to be started again, is nobody else's. Of the
/// names that a tenant has given up, the broker remembers as many as it has at present and 1,024 more; one that
/// [`move_kernel`](Self::move_kernel) has brought to another tenant is not among them.
///
/// Sending takes no lock and no memory once a sender knows the way: names are looked up in snapshots, and each sender remembers the ways
/// that it has lately used. Several tasks that send through one endpoint take turns for the moment of putting a message into an inbox.
pub struct K2KBroker {
    pub(super) config: K2KConfig,
    pub(super) max_hops: u8,
    pub(super) registry: Arc<TenantRegistry>,
    /// Whether the registry was given, so that it has to know every tenant.
    pub(crate) knows_tenants: bool,
    pub(super) names: Names,
    pub(super) routes: Routes,
    /// Changes with every change of names and routes.
    generation: AtomicU64,
    pub(super) parts: Parts,
    changes: Mutex<Changes>,
    /// Sends for names that nobody has registered.
    pub(super) outside: Arc<Member>,
    pub(super) dead_letters: DeadLetterQueue,
    pub(super) rejections: AtomicU64,
    this: Weak<Self>,
}

/// Behind the lock that makes changes one after the other.
pub(super) struct Changes {
    next_number: u64,
    pub(super) receipts_of_the_gone: Receipts,
}

impl K2KBroker {
    /// A broker with a registry of its own. Tenants have the quotas that they are given there, and others have none.
    pub fn new(config: K2KConfig) -> Arc<Self> {
        Self::make(config, Arc::default(), false)
    }

    /// A broker that takes quotas from this registry, and nothing from tenants that it does not know.
    pub fn with_registry(config: K2KConfig, registry: Arc<TenantRegistry>) -> Arc<Self> {
        Self::make(config, registry, true)
    }

    fn make(config: K2KConfig, registry: Arc<TenantRegistry>, knows_tenants: bool) -> Arc<Self> {
        let of_nobody = (UNSPECIFIED_TENANT, AuditTag::unspecified());
        let kept = config.receipts_kept;
        Arc::new_cyclic(|this| {
            let broker = Self {
                max_hops: config.max_hops.min(K2KMessage::MAX_HOPS),
                config,
                registry,
                knows_tenants,
                names: Names::default(),
                routes: Routes::default(),
                // A sender that has looked nothing up is at 0.
                generation: AtomicU64::new(1),
                parts: Parts::default(),
                changes: Mutex::new(Changes {
                    next_number: 1,
                    receipts_of_the_gone: Receipts::new(RECEIPTS_OF_THE_GONE.min(kept)),
                }),
                outside: Arc::new(Member::new(0, of_nobody, &KernelId::from(""), Target::Nowhere, kept)),
                dead_letters: DeadLetterQueue::new(DEAD_LETTERS),
                rejections: AtomicU64::new(0),
                this: this.clone(),
            };
            broker.sub(UNSPECIFIED_TENANT);
            broker
        })
    }

    /// The options that it was made with.
    pub fn config(&self) -> &K2KConfig {
        &self.config
    }

    /// The tenants' quotas and accounts.
    pub fn registry(&self) -> &Arc<TenantRegistry> {
        &self.registry
    }

    /// Registers a kernel of the unspecified tenant. As [`register_tenant`](Self::register_tenant), so that it takes the name over from whoever
    /// has it in that tenant, a kernel of a runtime among them.
    pub fn register(self: &Arc<Self>, kernel: KernelId) -> K2KEndpoint {
        self.register_tenant(UNSPECIFIED_TENANT, AuditTag::unspecified(), kernel)
    }

    /// Registers a kernel under a tenant, until the endpoint is dropped. What it sends is on the account of `audit_tag` unless it
    /// says otherwise.
    ///
    /// An endpoint that has this name in this tenant is replaced: it gives out what it has, and then no more. So is a kernel of a
    /// runtime: from then on it gets nothing by this name, nor does it send anything by the broker, and it does not get the name back when the
    /// endpoint is dropped.
    /// [`move_kernel`](Self::move_kernel) brings a kernel under another tenant.
    pub fn register_tenant(
        self: &Arc<Self>,
        tenant: TenantId,
        audit_tag: AuditTag,
        kernel: KernelId,
    ) -> K2KEndpoint {
        let (inbox, outlet) = inbox(self.config.max_pending_messages);
        let member = self.add((tenant, audit_tag), &kernel, Target::Inbox(inbox));
        K2KEndpoint::new(self.clone(), member, outlet)
    }

    /// Brings a kernel under another tenant, or on another account. From then on it reaches the kernels of that tenant and no others.
    /// Messages that it has not taken are of its former tenant and become dead letters. Only who has the broker can do this, because
    /// an endpoint alone acts for its own tenant.
    ///
    /// Where the other tenant has a kernel of this name, that is replaced, as by [`register_tenant`](Self::register_tenant).
    ///
    /// # Errors
    /// Gives an endpoint of another broker back.
    pub fn move_kernel(
        self: &Arc<Self>,
        endpoint: K2KEndpoint,
        tenant: TenantId,
        audit_tag: AuditTag,
    ) -> Result<K2KEndpoint, K2KEndpoint> {
        if endpoint.is_of(self) { Ok(endpoint.moved_to(tenant, audit_tag)) } else { Err(endpoint) }
    }

    /// Registers a kernel whose messages go to `port`, until the attachment is dropped. Otherwise as
    /// [`register_tenant`](Self::register_tenant).
    pub fn attach(
        self: &Arc<Self>,
        tenant: TenantId,
        audit_tag: AuditTag,
        kernel: KernelId,
        port: Arc<dyn K2KPort>,
    ) -> K2KAttachment {
        let member = self.add((tenant, audit_tag), &kernel, Target::Port(port));
        K2KAttachment::new(self.clone(), member)
    }

    /// Takes away a kernel's name; false when there is none. Its endpoint gives out what it has, and then no more.
    pub fn unregister(&self, kernel: &KernelId) -> bool {
        self.only(kernel).is_some_and(|member| self.remove(&member))
    }

    /// Whether any tenant has a kernel of this name.
    pub fn is_registered(&self, kernel: &KernelId) -> bool {
        !self.names.namesakes(kernel.as_str()).is_empty()
    }

    /// The tenant that has this kernel; of several the one that registered it last.
    pub fn tenant_of(&self, kernel: &KernelId) -> Option<TenantId> {
        let namesakes = self.names.namesakes(kernel.as_str());
        namesakes.iter().max_by_key(|member| member.number).map(|member| member.tenant)
    }

    /// The names that are registered, sorted; once for each tenant that has it.
    pub fn registered_kernels(&self) -> Vec<KernelId> {
        names_of(self.names.all().iter())
    }

    /// The names that a tenant has registered, sorted.
    pub fn registered_kernels_for(&self, tenant: TenantId) -> Vec<KernelId> {
        names_of(self.names.all().iter().filter(|member| member.tenant == tenant))
    }

    /// How many tenants have a part of the broker, see [`sub_broker`](Self::sub_broker); at least 1, for the unspecified tenant.
    pub fn tenant_count(&self) -> usize {
        self.parts.count()
    }

    /// The part of the broker that belongs to one tenant, once that has registered a name or a route. That of a tenant which is not in
    /// the [`registry`](Self::registry) and has neither a name nor a route left is forgotten in time, with the tenant's own figures, unless
    /// somebody holds it.
    pub fn sub_broker(&self, tenant: TenantId) -> Option<Arc<K2KSubBroker>> {
        self.parts.get(tenant)
    }

    /// Sends what is for `destination` by `next_hop`, within the unspecified tenant, for as long as `destination` has no kernel of its own.
    ///
    /// The kernel at the hop gets messages with another destination than its own name and passes them on with
    /// [`K2KEndpoint::forward`]. Where the hop has no kernel either, its own route is followed.
    ///
    /// # Errors
    /// [`RouteLoop`] when the routes would then lead in a circle; nothing is changed.
    pub fn add_route(&self, destination: KernelId, next_hop: KernelId) -> Result<(), RouteLoop> {
        self.add_route_in(UNSPECIFIED_TENANT, destination, next_hop)
    }

    /// [`add_route`](Self::add_route) within a tenant.
    ///
    /// # Errors
    /// As [`add_route`](Self::add_route).
    pub fn add_route_in(
        &self,
        tenant: TenantId,
        destination: KernelId,
        next_hop: KernelId,
    ) -> Result<(), RouteLoop> {
        let _changes = self.changes();
        self.routes.add(tenant, destination, next_hop)?;
        self.sub(tenant);
        self.changed();
        Ok(())
    }

    /// Removes a route of the unspecified tenant; false when there is none.
    pub fn remove_route(&self, destination: &KernelId) -> bool {
        self.remove_route_in(UNSPECIFIED_TENANT, destination)
    }

    /// Removes a route of a tenant; false when there is none.
    pub fn remove_route_in(&self, tenant: TenantId, destination: &KernelId) -> bool {
        let _changes = self.changes();
        let removed = self.routes.remove(tenant, destination);
        if removed {
            self.changed();
        }
        removed
    }

    /// A number that changes with every change of names and routes.
    #[inline]
    pub(super) fn generation(&self) -> u64 {
        // Pairs with the Release in `changed`: whoever sees the number sees the change.
        self.generation.load(Ordering::Acquire)
    }

    /// Sends in the name of a kernel of a tenant.
    pub(crate) fn sender_of(self: &Arc<Self>, tenant: TenantId, kernel: &KernelId) -> Option<K2KSender> {
        Some(K2KSender::of(self.clone(), self.names.get(tenant, kernel.as_str())?))
    }

    /// The one member of this name; `None` when there are several.
    pub(super) fn only(&self, kernel: &KernelId) -> Option<Arc<Member>> {
        let mut namesakes = self.names.namesakes(kernel.as_str());
        if namesakes.len() == 1 { namesakes.pop() } else { None }
    }

    pub(super) fn add(&self, whom: (TenantId, AuditTag), kernel: &KernelId, target: Target) -> Arc<Member> {
        let (member, replaced, forgotten) = {
            let mut changes = self.changes();
            let member = self.new_member(&mut changes, whom, kernel, target);
            let replaced = self.names.insert(member.clone());
            let forgotten = self.retire(&mut changes, replaced.iter());
            (member, replaced, forgotten)
        };
        drop(forgotten);
        close(replaced);
        member
    }

    /// Takes a member's name away and gives it to a new one, in another tenant, with no moment between in which it has neither.
    pub(super) fn replace(
        &self,
        member: &Arc<Member>,
        whom: (TenantId, AuditTag),
        target: Target,
    ) -> Arc<Member> {
        let (moved, left, forgotten) = {
            let mut changes = self.changes();
            let moved = self.new_member(&mut changes, whom, &member.name, target);
            let replaced = self.names.insert(moved.clone());
            let left = self.names.remove(member).then(|| member.clone());
            if left.is_some() && member.tenant != moved.tenant {
                self.sub(member.tenant).forget_name(&member.name);
            }
            let left: Vec<_> = replaced.into_iter().chain(left).collect();
            let forgotten = self.retire(&mut changes, left.iter());
            (moved, left, forgotten)
        };
        drop(forgotten);
        close(left);
        moved
    }

    /// Takes a member's name away; false when it has none any longer.
    pub(super) fn remove(&self, member: &Arc<Member>) -> bool {
        let forgotten = {
            let mut changes = self.changes();
            let is_there = self.names.has(member);
            if is_there {
                // First, so that whoever does not find the name among those that are there finds it among those that were.
                self.sub(member.tenant).remember_name(&member.name);
            }
            (is_there && self.names.remove(member)).then(|| self.retire(&mut changes, [member]))
        };
        let removed = forgotten.is_some();
        drop(forgotten);
        if removed {
            member.close();
        }
        removed
    }

    fn new_member(
        &self,
        changes: &mut Changes,
        whom: (TenantId, AuditTag),
        kernel: &KernelId,
        target: Target,
    ) -> Arc<Member> {
        let number = changes.next_number;
        changes.next_number += 1;
        self.sub(whom.0).count_come();
        Arc::new(Member::new(number, whom, kernel, target, self.config.receipts_kept))
    }

    /// Ends members whose names have been taken away, and tells of the change. They forget whom they knew, so that no two members
    /// keep each other, and give back what they have taken ahead. What is left to do is dropping whom they knew and closing them, outside of
    /// the lock, because that runs the user's code and wakes tasks.
    fn retire<'a>(
        &self,
        changes: &mut Changes,
        members: impl IntoIterator<Item = &'a Arc<Member>>,
    ) -> Vec<Forgotten> {
        let retired = members.into_iter().map(|member| {
            let (forgotten, receipts, delivered) = member.lane.own(|lane| {
                lane.open = false;
                lane.admissions = Admissions::default();
                let receipts = std::mem::replace(&mut lane.receipts, Receipts::new(0));
                (lane.ways.forget(), receipts, std::mem::take(&mut lane.delivered))
            });
            receipts.into_records().for_each(|record| changes.keep_of_the_gone(member, record));
            let part = self.sub(member.tenant);
            part.count_left();
            part.add_delivered_by_gone(delivered);
            forgotten
        });
        let forgotten = retired.collect();
        self.changed();
        forgotten
    }

    /// The part of a tenant, which is made when it is first asked for. Only under the lock for changes, or before anybody else can.
    fn sub(&self, tenant: TenantId) -> Arc<K2KSubBroker> {
        let make = || K2KSubBroker::new(tenant, self.this.clone());
        self.parts.get_or_make(tenant, make, |part| {
            let tenant = part.tenant_id();
            let is_known = tenant == UNSPECIFIED_TENANT || self.registry.is_registered(tenant);
            is_known || part.has_names() || self.routes.count_of(tenant) > 0
        })
    }

    fn changed(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    pub(super) fn changes(&self) -> MutexGuard<'_, Changes> {
        // What is behind it is whole between any two statements.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    /// Keeps a record of a member that has left.
    pub(super) fn keep_of_the_gone(&mut self, member: &Member, record: Record) {
        let source = Some(record.source.clone().unwrap_or_else(|| member.name.clone()));
        self.receipts_of_the_gone.push(Record { source, ..record });
    }
}

/// Refuses messages for members whose names have been taken away.
fn close(members: impl IntoIterator<Item = Arc<Member>>) {
    members.into_iter().for_each(|member| member.close());
}

fn names_of<'a>(members: impl Iterator<Item = &'a Arc<Member>>) -> Vec<KernelId> {
    let mut names: Vec<_> = members.map(|member| member.name.clone()).collect();
    names.sort();
    names
}

impl fmt::Debug for K2KBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("K2KBroker")
            .field("config", &self.config)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
