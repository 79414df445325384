//! Messages from actor to actor, which never leave the device.

use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};
use ringkernel_bench::statistics::ns_each;
use ringkernel_wgpu::device::AdapterDescription;

use super::by_hand::ByHand;
use super::ours::{Ours, pass_token};

/// Actors in the ring.
const ACTORS: usize = 256;

pub(crate) fn hops(effort: Effort, device: &AdapterDescription) -> Comparison {
    let hops = effort.count(8_192);
    let description = device.clone();
    Comparison {
        id: "device-ring",
        title: format!("Ring of 256 actors on {}, 1 token", device.name).into(),
        setup: format!(
            "The token counts its hops; where it ends is checked. Time of the whole, after a first lap, divided by the hops. \
             By hand: each hop is a dispatch that the host starts with what it has read from the one before. On {device}."
        )
        .into(),
        unit: "ns a hop",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ringkernel", move || {
                let ours = Ours::start();
                let ring = ours.ring(ACTORS);
                let elapsed = pass_token(&ring, hops as u32);
                ours.end();
                ns_each(elapsed, hops)
            }),
            Contestant::peer("by hand, a dispatch a hop", move || {
                let by_hand = ByHand::on(&description, 1);
                by_hand.ns_a_dispatch(hops / 4)
            }),
        ],
        targets: Vec::new(),
    }
}

pub(crate) fn submissions(effort: Effort, device: &AdapterDescription) -> Comparison {
    let hops = effort.count(8_192);
    Comparison {
        id: "device-generations",
        title: format!("Ring of 256 actors on {}, submissions", device.name).into(),
        setup: format!(
            "As above, but what is counted is how often the host submits work to the device. On {device}."
        )
        .into(),
        unit: "submissions in 1,000 hops",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![Contestant::ours("ringkernel", move || {
            let ours = Ours::start();
            let ring = ours.ring(ACTORS);
            let before = ours.figures().submissions;
            pass_token(&ring, hops as u32);
            let submissions = ours.figures().submissions - before;
            ours.end();
            1000.0 * submissions as f64 / hops as f64
        })],
        targets: vec![Target {
            measure: 0,
            ours: "ringkernel",
            limit: 1.0,
            against: Against::Figure(62.5, "1 in 16 hops"),
        }],
    }
}
