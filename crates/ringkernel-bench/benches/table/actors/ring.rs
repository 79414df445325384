//! Tokens that travel around a ring of actors.

use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Role, Target, Threads};
use ringkernel_bench::statistics::ns_each;

use super::by_hand;
use super::framework::{Course, Framework};
use super::frameworks::{Actix, Kameo, Ours, Ractor, Tasks};

pub(crate) fn small(effort: Effort) -> Comparison {
    let course = Course { actors: 8, tokens: 1, hops: effort.count(100_000) };
    Comparison {
        id: "ring-8",
        title: "Ring of 8 actors, 1 token".into(),
        setup: "The token counts its hops; where it ends is checked. Time of the whole, after a first lap, divided by the hops. 2 workers, actix one \
                thread; mailboxes of 1,024, ractor's have no bound. By hand: one thread with plain mailboxes and a queue of those \
                that have mail, no atomics.".into(),
        unit: "ns a hop",
        measures: &[""],
        threads: Threads::Several,
        contestants: contestants(course),
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 0.5,
            against: Against::BestOf(&["actix"]),
        }],
    }
}

pub(crate) fn large(effort: Effort) -> Comparison {
    let course = Course { actors: 1_000, tokens: 8, hops: effort.count(50_000) };
    Comparison {
        id: "ring-1000",
        title: "Ring of 1,000 actors, 8 tokens".into(),
        setup: "As for the small ring; tokens start evenly apart, and the hops of all count.".into(),
        unit: "ns a hop",
        measures: &[""],
        threads: Threads::Several,
        contestants: contestants(course),
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 0.5,
            against: Against::BestOf(&["ractor"]),
        }],
    }
}

fn contestants(course: Course) -> Vec<Contestant> {
    vec![
        ring_of::<Ours>(Role::Ours, "ringkernel", course),
        ring_of::<Tasks>(Role::Peer, "tokio mpsc", course),
        ring_of::<Ractor>(Role::Peer, "ractor", course),
        ring_of::<Kameo>(Role::Peer, "kameo", course),
        ring_of::<Actix>(Role::Peer, "actix", course),
        Contestant::floor("by hand on one thread", move || by_hand::ring(course)),
    ]
}

fn ring_of<F: Framework>(role: Role, name: &'static str, course: Course) -> Contestant {
    Contestant::new(role, name, move || {
        F::run(async move {
            let framework = F::start().await;
            let elapsed = framework.ring(course).await;
            framework.end().await;
            ns_each(elapsed, course.all_hops())
        })
    })
}
