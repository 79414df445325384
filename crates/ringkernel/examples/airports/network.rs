//! The host's side: opens the airports, sends the flights, and finds out when everything has been handled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use ringkernel::prelude::*;
use ringkernel::runtime::TenantRuntime;
use tokio::task::JoinSet;

use crate::Failure;
use crate::actors::{Airport, Flight, Query, Report};
use crate::data::Dataset;

/// How long a flight waits for room at its origin before that is an error.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the notices that are on their way may take once all flights have been sent.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the progress bar moves, in flights.
const PROGRESS_STEP: u64 = 500;
/// The part of a mailbox that the host leaves to other kernels is one in this many slots.
const KERNELS_SHARE: usize = 4;

/// The actors of all airports, in the order of [`Dataset::airports`].
pub(crate) struct Network {
    data: Arc<Dataset>,
    airports: Arc<[KernelHandle]>,
}

impl Network {
    /// Launches one actor per airport, for the tenant whose view of the runtime this is; all run the handlers registered as `airport`.
    pub(crate) async fn open(
        runtime: TenantRuntime<'_>,
        data: Arc<Dataset>,
        late_from_minutes: i32,
    ) -> Result<Self, Failure> {
        let options = LaunchOptions::default()
            .with_handler("airport")
            .with_k2k(true)
            .with_input_queue_capacity(mailbox_slots(&data, late_from_minutes))
            .with_state(Airport::new(late_from_minutes));
        let mut airports = Vec::with_capacity(data.airports.len());
        for code in &data.airports {
            airports.push(runtime.launch(code, options.clone()).await?);
        }
        Ok(Self { data, airports: airports.into() })
    }

    /// Sends every flight once to its origin, from several tasks. A full mailbox makes its senders wait.
    pub(crate) async fn send_flights(&self, tasks: usize, progress: &ProgressBar) -> Result<(), Failure> {
        let mut senders = JoinSet::new();
        for first in 0..tasks {
            let (data, airports, progress) = (self.data.clone(), self.airports.clone(), progress.clone());
            senders.spawn(async move {
                let mut sent = 0;
                for row in data.flights.iter().skip(first).step_by(tasks) {
                    let flight = Flight {
                        destination: airports[row.destination].actor_ref(),
                        delay_minutes: row.delay_minutes,
                    };
                    airports[row.origin].send_timeout(flight, SEND_TIMEOUT).await.map_err(|refused| {
                        format!("a flight from {} could not be sent: {refused}", data.airports[row.origin])
                    })?;
                    sent += 1;
                    if sent % PROGRESS_STEP == 0 {
                        progress.inc(PROGRESS_STEP);
                    }
                }
                progress.inc(sent % PROGRESS_STEP);
                Ok::<_, Failure>(())
            });
        }
        while let Some(sender) = senders.join_next().await {
            sender??;
        }
        Ok(())
    }

    /// Asks all airports, again and again, until every flight has been handled and every notice has arrived.
    ///
    /// A question waits behind the flights that were sent before it, but notices between airports may still be on their
    /// way when it is answered; the sums of both sides tell.
    pub(crate) async fn settle(&self, flights_sent: u64) -> Result<Vec<Report>, Failure> {
        let started = Instant::now();
        for round in 0.. {
            let reports = self.ask(round).await?;
            let balance = Balance::of(&reports);
            if balance.is_settled(flights_sent) {
                return Ok(reports);
            }
            if started.elapsed() > SETTLE_TIMEOUT {
                return Err(
                    format!("after {SETTLE_TIMEOUT:?}, of {flights_sent} flights: {balance:?}").into()
                );
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        unreachable!("the loop ends at its deadline")
    }

    /// The actors, in the order of [`Dataset::airports`].
    pub(crate) fn airports(&self) -> &[KernelHandle] {
        &self.airports
    }

    pub(crate) async fn ask(&self, round: u32) -> Result<Vec<Report>, Failure> {
        // All at once: a device answers many questions in the time of one.
        let ask = |airport: KernelHandle| async move { airport.call(Query { round }, SETTLE_TIMEOUT).await };
        let asked: Vec<_> = self.airports.iter().map(|airport| tokio::spawn(ask(airport.clone()))).collect();
        let mut reports = Vec::with_capacity(self.airports.len());
        for (airport, asked) in self.airports.iter().zip(asked) {
            let report: Report = asked.await??;
            if report.round != round {
                return Err(format!("{} answered question {} to {round}", airport.id(), report.round).into());
            }
            reports.push(report);
        }
        Ok(reports)
    }
}

/// Slots of a mailbox such that the share that the host leaves to kernels takes all notices of one pass over the flights.
///
/// An actor that has sent to a full mailbox runs again only when there is room, so two busy airports whose mailboxes are
/// full of notices would wait for each other until the notices expire. As the host waits for all notices after each
/// pass, a share of this size is never full.
fn mailbox_slots(data: &Dataset, late_from_minutes: i32) -> usize {
    (data.late_arrivals_max(late_from_minutes) * KERNELS_SHARE).next_power_of_two().max(1024)
}

/// What all airports together have handled.
#[derive(Debug, Default)]
struct Balance {
    flights_handled: u64,
    notices_sent: u64,
    notices_handled: u64,
    notices_held: u64,
}

impl Balance {
    fn of(reports: &[Report]) -> Self {
        reports.iter().fold(Self::default(), |sum, report| Self {
            flights_handled: sum.flights_handled + report.figures.departures,
            notices_sent: sum.notices_sent + report.notices_sent,
            notices_handled: sum.notices_handled + report.figures.late_arrivals,
            notices_held: sum.notices_held + u64::from(report.notices_held),
        })
    }

    fn is_settled(&self, flights_sent: u64) -> bool {
        self.flights_handled == flights_sent
            && self.notices_held == 0
            && self.notices_sent == self.notices_handled
    }
}
