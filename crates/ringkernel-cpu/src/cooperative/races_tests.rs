//! Races, found where a simple model finds them.

use std::panic::Location;

use ringkernel_core::cooperative::{AccessKind, CellAccess};
use ringkernel_core::runtime::FaultKind;

use super::{Group, Races, Shape, lanes_of_mask};

const STATE: std::ops::Range<usize> = 1000..1100;

#[track_caller]
fn access(races: &mut Races, lane: u32, address: usize, kind: AccessKind) -> bool {
    races.access(lane, CellAccess { address, kind, at: Location::caller() }).is_ok()
}

use AccessKind::{Read, Write};

#[test]
fn barriers_order_those_who_meet() {
    let shape = Shape { blocks: 2, lanes: 64 };
    let mut races = Races::new(shape, STATE);
    assert!(access(&mut races, 0, 1000, Write) && access(&mut races, 0, 1000, Write), "a lane orders itself");
    races.met(Group::Warp { start: 0, mask: 0b11 });
    assert!(access(&mut races, 1, 1000, Write), "a warp's barrier orders its lanes");
    races.met(Group::Block(0));
    assert!(access(&mut races, 40, 1000, Write), "a block's barrier orders its lanes");
    races.met(Group::Block(1));
    races.met(Group::Block(0));
    assert!(!access(&mut races, 64, 1000, Read), "but no other block");
    let mut races = Races::new(shape, STATE);
    assert!(access(&mut races, 5, 1004, Write));
    races.met(Group::Grid);
    assert!(access(&mut races, 100, 1004, Write), "the grid's barrier orders all");
}

#[test]
fn reading_together_is_no_race_and_writing_after_it_is() {
    let mut races = Races::new(Shape { blocks: 1, lanes: 64 }, STATE);
    assert!((0..64).all(|lane| access(&mut races, lane, 1000, Read)));
    let failure = races
        .access(7, CellAccess { address: 1000, kind: Write, at: Location::caller() })
        .expect_err("lane 0 has read");
    assert_eq!(failure.kind, FaultKind::DataRace);
    assert!(failure.message.contains("sets at") && failure.message.contains("lane 0 of block 0 has got"));
}

#[test]
fn a_warp_passes_on_what_its_lanes_know() {
    let mut races = Races::new(Shape { blocks: 1, lanes: 32 }, STATE);
    assert!(access(&mut races, 0, 1000, Write));
    races.met(Group::Warp { start: 0, mask: 0b011 });
    races.met(Group::Warp { start: 0, mask: 0b110 });
    assert!(access(&mut races, 2, 1000, Write), "from 0 over 1 to 2");
    assert!(access(&mut races, 0, 1008, Write));
    races.met(Group::Warp { start: 0, mask: 0b110 });
    assert!(!access(&mut races, 2, 1008, Read), "0 did not take part again");
}

#[test]
fn cells_elsewhere_are_not_watched_and_arrays_are_set_before_they_are_read() {
    let mut races = Races::new(Shape { blocks: 1, lanes: 2 }, STATE);
    assert!(access(&mut races, 0, 5, Write) && access(&mut races, 1, 5, Write));
    assert!(access(&mut races, 0, 1100, Write) && access(&mut races, 1, 1100, Write));
    races.add_array(5000..5008);
    races.add_array(6000..6000);
    assert!(!access(&mut races, 0, 5000, Read));
    assert!(access(&mut races, 0, 5004, Write) && access(&mut races, 0, 5004, Read));
    assert!(!access(&mut races, 1, 5004, Read));
    assert!(access(&mut races, 0, 5008, Write) && access(&mut races, 1, 5008, Write));
}

/// For each lane, a full vector clock over all lanes.
struct Model {
    clocks: Vec<Vec<u64>>,
    /// Accesses by address: who, when, and whether it wrote.
    history: Vec<Vec<(u32, u64, bool)>>,
}

impl Model {
    fn new(lanes: u32) -> Self {
        let clock = |lane| (0..lanes).map(|other| u64::from(lane == other)).collect();
        Self { clocks: (0..lanes).map(clock).collect(), history: vec![Vec::new(); 4] }
    }

    fn met(&mut self, lanes: &[u32]) {
        let mut joined = vec![0; self.clocks.len()];
        for lane in lanes {
            let clock = &self.clocks[*lane as usize];
            joined.iter_mut().zip(clock).for_each(|(joined, known)| *joined = (*joined).max(*known));
        }
        for lane in lanes {
            self.clocks[*lane as usize].clone_from(&joined);
            self.clocks[*lane as usize][*lane as usize] += 1;
        }
    }

    /// Whether the access is ordered after all that it conflicts with.
    fn access(&mut self, lane: u32, cell: usize, writes: bool) -> bool {
        let clock = &self.clocks[lane as usize];
        let ordered = self.history[cell].iter().all(|(other, time, wrote)| {
            !(writes || *wrote) || *other == lane || *time <= clock[*other as usize]
        });
        self.history[cell].push((lane, clock[lane as usize], writes));
        ordered
    }
}

#[test]
fn random_histories_race_where_full_vector_clocks_say_so() {
    let shape = Shape { blocks: 2, lanes: 40 };
    let mut state = 1u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let rounds = if cfg!(miri) { 4 } else { 3000 };
    let mut raced = 0;
    for _ in 0..rounds {
        let (mut races, mut model) = (Races::new(shape, STATE), Model::new(shape.total()));
        for _ in 0..60 {
            match below(8) {
                0 => {
                    races.met(Group::Grid);
                    model.met(&(0..shape.total()).collect::<Vec<_>>());
                }
                1 => {
                    let block = below(2) as u32;
                    races.met(Group::Block(block));
                    model.met(&shape.lanes_of_block(block).collect::<Vec<_>>());
                }
                2..4 => {
                    let start = shape.warp_start(below(shape.total().into()) as u32);
                    let mask = (below(1 << 32) as u32 | 1) & shape.position(start).warp_lanes();
                    races.met(Group::Warp { start, mask });
                    model.met(&lanes_of_mask(start, mask).collect::<Vec<_>>());
                }
                _ => {
                    // Few lanes and cells, so that they often meet.
                    let lane = [0, 1, 2, 33, 34, 41][below(6) as usize];
                    let (cell, writes) = (below(4) as usize, below(3) == 0);
                    let kind = if writes { Write } else { Read };
                    let ordered = model.access(lane, cell, writes);
                    assert_eq!(access(&mut races, lane, 1000 + cell, kind), ordered);
                    if !ordered {
                        raced += 1;
                        break;
                    }
                }
            }
        }
    }
    assert!(cfg!(miri) || raced > rounds / 10, "{raced} of {rounds}");
}
