//! Random programs against a model of a few lines: names, routes and queues as plain collections.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::error::RingKernelError;

const BOUND: usize = 3;
const MAX_HOPS: u8 = 2;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Debug, Clone)]
enum Step {
    Register {
        tenant: u64,
        name: usize,
    },
    Drop {
        tenant: u64,
        name: usize,
    },
    Move {
        tenant: u64,
        name: usize,
        to: u64,
    },
    Route {
        tenant: u64,
        from: usize,
        by: usize,
    },
    RemoveRoute {
        tenant: u64,
        from: usize,
    },
    Send {
        tenant: u64,
        from: usize,
        to: usize,
        priority: u8,
    },
    /// Through the broker, by a name that may be anybody's or nobody's.
    SendAs {
        from: usize,
        to: usize,
    },
    Receive {
        tenant: u64,
        name: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let tenant = || 0..3_u64;
    let name = || 0..NAMES.len();
    prop_oneof![
        3 => (tenant(), name()).prop_map(|(tenant, name)| Step::Register { tenant, name }),
        1 => (tenant(), name()).prop_map(|(tenant, name)| Step::Drop { tenant, name }),
        1 => (tenant(), name(), tenant()).prop_map(|(tenant, name, to)| Step::Move { tenant, name, to }),
        2 => (tenant(), name(), name()).prop_map(|(tenant, from, by)| Step::Route { tenant, from, by }),
        1 => (tenant(), name()).prop_map(|(tenant, from)| Step::RemoveRoute { tenant, from }),
        8 => (tenant(), name(), name(), any::<u8>())
            .prop_map(|(tenant, from, to, priority)| Step::Send { tenant, from, to, priority }),
        3 => (name(), name()).prop_map(|(from, to)| Step::SendAs { from, to }),
        4 => (tenant(), name()).prop_map(|(tenant, name)| Step::Receive { tenant, name }),
    ]
}

/// What comes of a message, an error being the tenant that has the name.
type Outcome = Result<DeliveryStatus, u64>;

/// Number, priority and hops.
type Waiting = (u64, u8, u8);

#[derive(Default)]
struct Model {
    /// What waits at whom.
    queues: BTreeMap<(u64, usize), VecDeque<Waiting>>,
    routes: BTreeMap<(u64, usize), usize>,
    /// Names that a tenant has given up and that nobody has taken to another.
    given_up: BTreeSet<(u64, usize)>,
    delivered: u64,
    dead: usize,
    crossings: u64,
}

impl Model {
    fn send(&mut self, tenant: u64, to: usize, priority: u8, number: u64) -> Outcome {
        let (mut name, mut hops) = (to, 0);
        while !self.queues.contains_key(&(tenant, name)) {
            let Some(next) = self.routes.get(&(tenant, name)) else {
                return match (0..3).find(|other| self.queues.contains_key(&(*other, name))) {
                    Some(other) if !self.given_up.contains(&(tenant, name)) => {
                        self.crossings += 1;
                        Err(other)
                    }
                    _ => Ok(DeliveryStatus::NotFound),
                };
            };
            (name, hops) = (*next, hops + 1);
            if hops > MAX_HOPS {
                return Ok(DeliveryStatus::MaxHopsExceeded);
            }
        }
        let queue = self.queues.get_mut(&(tenant, name)).expect("looked up");
        if queue.len() == BOUND {
            return Ok(DeliveryStatus::QueueFull);
        }
        queue.push_back((number, priority, hops));
        self.delivered += u64::from(hops == 0);
        Ok(if hops == 0 { DeliveryStatus::Delivered } else { DeliveryStatus::Pending })
    }

    fn receive(&mut self, tenant: u64, name: usize) -> Option<Waiting> {
        let queue = self.queues.get_mut(&(tenant, name))?;
        let band = |priority: u8| crate::message::Priority::from_u8(priority).index();
        let highest = queue.iter().map(|(_, priority, _)| band(*priority)).max()?;
        let index = queue.iter().position(|(_, priority, _)| band(*priority) == highest)?;
        queue.remove(index)
    }

    fn leads_back(&self, tenant: u64, from: usize, by: usize) -> bool {
        let mut name = Some(by);
        while let Some(at) = name {
            if at == from {
                return true;
            }
            name = self.routes.get(&(tenant, at)).copied();
        }
        false
    }
}

fn outcome(result: crate::Result<DeliveryReceipt>) -> Outcome {
    match result {
        Ok(receipt) => Ok(receipt.status),
        Err(RingKernelError::TenantMismatch { to, .. }) => Err(to),
        Err(error) => panic!("{error}"),
    }
}

fn run(steps: Vec<Step>) {
    let broker =
        K2KBuilder::new().max_pending_messages(BOUND).max_hops(MAX_HOPS).delivery_timeout_ms(0).build();
    let mut endpoints: BTreeMap<(u64, usize), K2KEndpoint> = BTreeMap::new();
    let mut model = Model::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let name = |index: usize| id(NAMES[index]);
    for (number, step) in steps.into_iter().enumerate() {
        let number = number as u64;
        match step {
            Step::Register { tenant, name: at } => {
                let replaced = endpoints
                    .insert((tenant, at), broker.register_tenant(tenant, AuditTag::new(tenant, 1), name(at)));
                drop(replaced);
                let waiting = model.queues.insert((tenant, at), VecDeque::new());
                model.dead += waiting.map_or(0, |waiting| waiting.len());
            }
            Step::Drop { tenant, name: at } => {
                if endpoints.remove(&(tenant, at)).is_some() {
                    model.given_up.insert((tenant, at));
                }
                model.dead += model.queues.remove(&(tenant, at)).map_or(0, |waiting| waiting.len());
            }
            Step::Move { tenant, name: at, to } => {
                let Some(endpoint) = endpoints.remove(&(tenant, at)) else { continue };
                let moved = broker.move_kernel(endpoint, to, AuditTag::new(to, 1)).unwrap();
                endpoints.insert((to, at), moved);
                if to != tenant {
                    model.given_up.remove(&(tenant, at));
                }
                model.dead += model.queues.remove(&(tenant, at)).map_or(0, |waiting| waiting.len());
                let replaced = model.queues.insert((to, at), VecDeque::new());
                model.dead += replaced.map_or(0, |waiting| waiting.len());
            }
            Step::Route { tenant, from, by } => {
                let added = broker.add_route_in(tenant, name(from), name(by));
                assert_eq!(added.is_err(), model.leads_back(tenant, from, by));
                if added.is_ok() {
                    model.routes.insert((tenant, from), by);
                }
            }
            Step::RemoveRoute { tenant, from } => {
                let removed = model.routes.remove(&(tenant, from)).is_some();
                assert_eq!(broker.remove_route_in(tenant, &name(from)), removed);
            }
            Step::Send { tenant, from, to, priority } => {
                let Some(endpoint) = endpoints.get(&(tenant, from)) else { continue };
                let mut envelope = numbered(number);
                envelope.header.tenant_id = 2;
                let sent = runtime.block_on(endpoint.send_priority(name(to), envelope, priority));
                assert_eq!(outcome(sent), model.send(tenant, to, priority, number));
            }
            Step::SendAs { from, to } => {
                let tenants: Vec<u64> =
                    (0..3).filter(|tenant| endpoints.contains_key(&(*tenant, from))).collect();
                let sent = runtime.block_on(broker.send(name(from), name(to), numbered(number)));
                match tenants[..] {
                    [] => assert_eq!(outcome(sent), model.send(0, to, priority::NORMAL, number)),
                    [tenant] => assert_eq!(outcome(sent), model.send(tenant, to, priority::NORMAL, number)),
                    _ => assert!(matches!(sent, Err(RingKernelError::InvalidConfig(_)))),
                }
            }
            Step::Receive { tenant, name: at } => {
                let Some(endpoint) = endpoints.get_mut(&(tenant, at)) else { continue };
                let message = endpoint.try_receive();
                if let Some(message) = &message {
                    assert_eq!(message.tenant_id(), tenant, "nothing crosses");
                }
                let got =
                    message.map(|message| (super::number(&message.envelope), message.priority, message.hops));
                assert_eq!(got, model.receive(tenant, at));
            }
        }
    }
    let stats = broker.stats();
    assert_eq!(stats.registered_endpoints, model.queues.len());
    assert_eq!(stats.routes_configured, model.routes.len());
    assert_eq!((stats.messages_delivered, stats.cross_tenant_rejections), (model.delivered, model.crossings));
    for ((tenant, name), endpoint) in &endpoints {
        assert_eq!(endpoint.pending_count(), model.queues[&(*tenant, *name)].len());
    }
    assert_eq!(broker.take_dead_letters().len(), model.dead);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 2_000 }, ..ProptestConfig::default() })]

    #[test]
    fn the_broker_does_what_plain_collections_would(steps in proptest::collection::vec(step(), 1..80)) {
        run(steps);
    }
}
