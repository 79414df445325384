//! A device whose timer drifts and jumps and which answers late: what is known of it, and how often it is asked.

use super::{DeviceClock, EVERY_NS, ROUNDS};

/// A time of the host's clock, years after its beginning.
const START_NS: u64 = 1_767_225_600_000_000_000;

const MS: u64 = 1_000_000;

/// A device, what is known of it, and the time of the host.
struct Rig {
    clock: DeviceClock,
    now_ns: u64,
    /// The timer, and what it gains on the host's clock in a million nanoseconds.
    timer_ns: u64,
    gains_ppm: i64,
    told: u64,
    commands: u32,
}

impl Rig {
    /// A device whose timer begins here, measured as at a launch with ways of this length.
    fn launched(timer_ns: u64, gains_ppm: i64, way_ns: u64) -> Self {
        let clock = DeviceClock::default();
        let mut rig = Self { clock, now_ns: START_NS, timer_ns, gains_ppm, told: 0, commands: 0 };
        rig.clock.launched();
        rig.measure(&[way_ns; ROUNDS as usize]);
        rig
    }

    fn pass(&mut self, ns: u64) {
        self.now_ns += ns;
        let gains = (i128::from(ns) * i128::from(self.gains_ppm) / 1_000_000) as u64;
        self.timer_ns = self.timer_ns.wrapping_add(ns).wrapping_add(gains);
    }

    fn look(&mut self, shown_ns: u64) -> bool {
        let told = self.clock.look(self.now_ns, self.commands, shown_ns);
        if let Some(offset) = told {
            self.told = offset;
            self.commands += 1;
        }
        told.is_some()
    }

    /// A measurement whose ways take so long; nearly all of each is the way back, which is as far from the middle as can be.
    fn measure(&mut self, ways_ns: &[u64; ROUNDS as usize]) {
        assert!(self.look(0), "a measurement is due");
        for way_ns in ways_ns {
            assert!(self.clock.is_measuring());
            let shown_ns = self.timer_ns;
            self.pass(*way_ns);
            // Until the answer has come, nothing more is asked.
            self.commands -= 1;
            assert_eq!(self.clock.look(self.now_ns, self.commands, shown_ns), None);
            self.commands += 1;
            assert!(self.look(shown_ns));
        }
        assert!(!self.clock.is_measuring());
    }

    /// Lets time pass until the next measurement, and measures.
    fn measure_when_due(&mut self, ways_ns: &[u64; ROUNDS as usize]) {
        self.pass(self.clock.due_ns.saturating_sub(self.now_ns));
        self.measure(ways_ns);
    }

    /// How far the grid's time is from the host's.
    fn error_ns(&self) -> u64 {
        self.timer_ns.wrapping_add(self.told).abs_diff(self.now_ns)
    }
}

#[test]
fn wherever_the_timer_begins_half_the_way_is_how_wrong_a_launch_can_be() {
    for timer_ns in [0, 7, START_NS - 5, START_NS, START_NS + 1_000 * MS, u64::MAX - 3] {
        let rig = Rig::launched(timer_ns, 0, 2_000);
        assert!(rig.error_ns() <= 1_000, "{} from {timer_ns}", rig.error_ns());
    }
}

#[test]
fn the_shortest_way_counts_in_whichever_round_it_is() {
    for shortest in 0..ROUNDS as usize {
        let mut ways = [50 * MS; ROUNDS as usize];
        ways[shortest] = 1_000;
        let mut rig = Rig::launched(7, 0, 100 * MS);
        rig.measure_when_due(&ways);
        // The clocks may have drifted apart in the rounds that came after.
        let spread = 200 * MS / super::STEADINESS;
        assert!(rig.error_ns() <= 500 + spread, "{} with the shortest at {shortest}", rig.error_ns());
    }
}

#[test]
fn a_process_that_was_stopped_in_a_round_keeps_what_it_knew() {
    let mut rig = Rig::launched(7, 0, 1_000);
    rig.measure_when_due(&[60_000 * MS, 60_000 * MS, 60_000 * MS, 60_000 * MS]);
    let known = rig.error_ns();
    assert!(known <= 1_000, "{known}");
}

#[test]
fn timers_that_drift_are_followed_in_both_directions() {
    for gains_ppm in [-100_000, -400, -20, 20, 400, 100_000] {
        let mut rig = Rig::launched(7, gains_ppm, 1_000);
        for _ in 0..3_600 {
            let drifted = gains_ppm.unsigned_abs() * EVERY_NS / 1_000_000;
            rig.pass(rig.clock.due_ns - rig.now_ns);
            assert!(rig.error_ns() <= drifted + 2_000, "{} at {gains_ppm} before", rig.error_ns());
            rig.measure(&[1_000, 300_000, 2_000, 700_000]);
            // Half of a way at best, and the drift since then.
            let since = 1_010_000 * (gains_ppm.unsigned_abs().max(500)) / 1_000_000;
            assert!(rig.error_ns() <= 1_000 + since, "{} at {gains_ppm} after", rig.error_ns());
        }
    }
}

#[test]
fn a_timer_that_jumps_is_found_again_by_the_next_measurement() {
    for jump in [3_600_000 * MS, (3_600_000 * MS).wrapping_neg(), 40_000, 40_000_u64.wrapping_neg()] {
        let mut rig = Rig::launched(START_NS, 0, 1_000);
        rig.timer_ns = rig.timer_ns.wrapping_add(jump);
        rig.measure_when_due(&[1_000; ROUNDS as usize]);
        assert!(rig.error_ns() <= 1_000, "{} after {jump}", rig.error_ns());
    }
}

#[test]
fn a_timer_that_ticks_rarely_is_known_up_to_a_tick() {
    const TICK_NS: u64 = MS;
    let mut rig = Rig::launched(7, 20, 1_000);
    for _ in 0..1_000 {
        rig.pass(rig.clock.due_ns - rig.now_ns);
        assert!(rig.look(0));
        for way_ns in [1_000, 2_000, 300_000, 5_000] {
            let shown_ns = rig.timer_ns / TICK_NS * TICK_NS;
            rig.pass(way_ns);
            assert!(rig.look(shown_ns));
        }
        let shown = rig.timer_ns / TICK_NS * TICK_NS;
        let error_ns = shown.wrapping_add(rig.told).abs_diff(rig.now_ns);
        assert!(error_ns <= TICK_NS + 10_000, "{error_ns}");
    }
}

#[test]
fn a_grid_is_asked_four_times_in_a_second_and_told_once_more() {
    let mut rig = Rig::launched(7, 0, 1_000);
    let before = rig.commands;
    let end_ns = rig.now_ns + 10 * EVERY_NS + EVERY_NS / 2;
    while rig.now_ns < end_ns {
        // Answered by the next look, and looked at a hundred times in a millisecond.
        let shown_ns = rig.timer_ns;
        rig.pass(10_000);
        rig.look(shown_ns);
    }
    assert_eq!(rig.commands - before, 10 * (ROUNDS + 1));
}

#[test]
fn whoever_has_not_looked_for_long_measures_once() {
    let mut rig = Rig::launched(7, 0, 1_000);
    rig.pass(3_600 * EVERY_NS);
    rig.measure(&[1_000; ROUNDS as usize]);
    assert!(!rig.look(rig.timer_ns), "the next one is due in a second");
    rig.measure_when_due(&[1_000; ROUNDS as usize]);
}
