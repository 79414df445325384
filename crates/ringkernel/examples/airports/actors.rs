//! The actor of one airport: what it is told, what it keeps, what it tells others.
//!
//! The host tells an airport of every flight that leaves it. When the flight is late, the airport tells the destination's
//! actor, kernel to kernel, by the address that came with the flight: the host is not asked again.

use ringkernel::prelude::*;

/// From the host to the origin: a flight has left.
#[derive(RingMessage)]
pub(crate) struct Flight {
    /// The actor of the airport where it will land.
    pub(crate) destination: ActorRef,
    pub(crate) delay_minutes: i32,
}

/// From the origin to the destination: a flight will be late.
#[derive(RingMessage)]
pub(crate) struct LateArrival {
    pub(crate) delay_minutes: i32,
}

/// From the host: how do things stand?
#[derive(RingMessage)]
pub(crate) struct Query {
    /// Counts the questions; the answer repeats it.
    pub(crate) round: u32,
}

/// The answer to a [`Query`].
#[derive(Clone, Copy, Debug, RingMessage)]
pub(crate) struct Report {
    pub(crate) round: u32,
    /// Notices of late flights on their way, held back because the outbox was full: 0 or 1.
    pub(crate) notices_held: u32,
    /// Notices of late flights handed over for the destinations.
    pub(crate) notices_sent: u64,
    pub(crate) figures: Figures,
}

/// The figures of one airport, each of which is checked at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GpuType)]
#[repr(C)]
pub(crate) struct Figures {
    pub(crate) departures: u64,
    pub(crate) late_departures: u64,
    pub(crate) departure_delay_minutes_sum: i64,
    pub(crate) late_arrivals: u64,
    pub(crate) late_arrival_delay_minutes_sum: i64,
    /// `i32::MIN` before the first departure.
    pub(crate) departure_delay_minutes_max: i32,
    /// `i32::MIN` before the first late arrival.
    pub(crate) late_arrival_delay_minutes_max: i32,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            departures: 0,
            late_departures: 0,
            departure_delay_minutes_sum: 0,
            late_arrivals: 0,
            late_arrival_delay_minutes_sum: 0,
            departure_delay_minutes_max: i32::MIN,
            late_arrival_delay_minutes_max: i32::MIN,
        }
    }
}

/// The state of an airport's actor. It lives as long as the actor does.
#[derive(Clone, Copy, Debug, Default, GpuType)]
#[repr(C)]
pub(crate) struct Airport {
    /// A flight is late from this delay on.
    late_from_minutes: i32,
    figures: Figures,
    notices_sent: u64,
    /// A notice that was refused, and who it is for; [`ActorRef::NONE`] when there is none.
    held_for: ActorRef,
    held_delay_minutes: i32,
}

/// The fault of an airport that would have to hold a second notice back.
const CANNOT_HOLD_ANOTHER: u32 = 1;

impl Airport {
    pub(crate) fn new(late_from_minutes: i32) -> Self {
        Self { late_from_minutes, ..Self::default() }
    }
}

#[device_fn]
impl Airport {
    /// Tells `destination`, or keeps the notice for the next turn: the outbox is empty again whenever a handler starts,
    /// so one that was refused once is not refused for the same reason twice.
    fn tell(&mut self, ctx: &mut RingContext, destination: ActorRef, delay_minutes: i32) {
        if ctx.send_to_kernel(destination, LateArrival { delay_minutes }) {
            self.notices_sent += 1;
        } else if self.held_for.is_none() {
            self.held_for = destination;
            self.held_delay_minutes = delay_minutes;
        } else {
            // Losing a notice in silence would be worse than stopping with the reason.
            ctx.fail(CANNOT_HOLD_ANOTHER);
        }
    }

    /// Tries again to send what is held back.
    fn release(&mut self, ctx: &mut RingContext) {
        if !self.held_for.is_none() {
            let destination = self.held_for;
            self.held_for = ActorRef::NONE;
            self.tell(ctx, destination, self.held_delay_minutes);
        }
    }
}

#[ring_kernel(id = "airport")]
impl Airport {
    #[handler]
    fn depart(&mut self, ctx: &mut RingContext, flight: Flight) {
        self.release(ctx);
        let figures = &mut self.figures;
        figures.departures += 1;
        figures.departure_delay_minutes_sum += i64::from(flight.delay_minutes);
        figures.departure_delay_minutes_max = figures.departure_delay_minutes_max.max(flight.delay_minutes);
        if flight.delay_minutes >= self.late_from_minutes {
            figures.late_departures += 1;
            self.tell(ctx, flight.destination, flight.delay_minutes);
        }
    }

    #[handler]
    fn expect_late(&mut self, ctx: &mut RingContext, notice: LateArrival) {
        self.release(ctx);
        let figures = &mut self.figures;
        figures.late_arrivals += 1;
        figures.late_arrival_delay_minutes_sum += i64::from(notice.delay_minutes);
        figures.late_arrival_delay_minutes_max =
            figures.late_arrival_delay_minutes_max.max(notice.delay_minutes);
    }

    #[handler]
    fn report(&mut self, ctx: &mut RingContext, query: Query) -> Report {
        self.release(ctx);
        Report {
            round: query.round,
            notices_held: u32::from(!self.held_for.is_none()),
            notices_sent: self.notices_sent,
            figures: self.figures,
        }
    }
}
