//! Tenants side by side: the same actors by the same names for each of them, with its own part of the flights.

use std::sync::Arc;

use indicatif::ProgressBar;
use ringkernel::k2k::tenant::{TenantQuota, TenantRegistry};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantId};
use tokio::task::JoinSet;

use crate::actors::{Flight, Report};
use crate::data::Dataset;
use crate::network::Network;
use crate::{Failure, Options, check, report};

/// One of those who share the runtime.
pub(crate) struct Tenant {
    id: TenantId,
    /// What the time of its handlers is charged to.
    audit: AuditTag,
    data: Arc<Dataset>,
    network: Network,
    registry: Arc<TenantRegistry>,
}

/// All of them.
pub(crate) struct Tenants(Vec<Arc<Tenant>>);

impl Tenants {
    /// Deals the flights out and launches each tenant's actors.
    pub(crate) async fn open(
        runtime: &RingKernel,
        registry: Arc<TenantRegistry>,
        data: &Dataset,
        options: &Options,
    ) -> Result<Self, Failure> {
        let mut tenants = Vec::new();
        for (id, part) in (1..).zip(data.deal(options.tenants.into())) {
            registry.register(id, TenantQuota::unlimited())?;
            let (audit, data) = (AuditTag::new(id, 1), Arc::new(part));
            let network =
                Network::open(runtime.as_tenant(id, audit), data.clone(), options.late_minutes).await?;
            tenants.push(Arc::new(Tenant { id, audit, data, network, registry: registry.clone() }));
        }
        Ok(Self(tenants))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tenant> + Clone {
        self.0.iter().map(Arc::as_ref)
    }

    /// Sends every tenant's flights, all at the same time, and gives what its airports report at the end.
    pub(crate) async fn run(
        &self,
        options: &Options,
        progress: &ProgressBar,
    ) -> Result<Vec<Vec<Report>>, Failure> {
        let mut running = JoinSet::new();
        for (index, tenant) in self.0.iter().cloned().enumerate() {
            let (repeat, tasks, progress) = (options.repeat, options.tasks, progress.clone());
            running.spawn(async move {
                let mut reports = Vec::new();
                for pass in 1..=u64::from(repeat) {
                    tenant.network.send_flights(tasks.into(), &progress).await?;
                    reports = tenant.network.settle(pass * tenant.data.flights.len() as u64).await?;
                }
                Ok::<_, Failure>((index, reports))
            });
        }
        let mut reports = vec![Vec::new(); self.0.len()];
        while let Some(ended) = running.join_next().await {
            let (index, of_tenant) = ended??;
            reports[index] = of_tenant;
        }
        Ok(reports)
    }

    /// Has an airport of each tenant announce a late flight to an actor of the next tenant, whose address has got into its hands, and gives
    /// how often that was refused. With one tenant there is nothing to try.
    pub(crate) async fn trespass(&self, runtime: &RingKernel) -> Result<Option<u64>, Failure> {
        if self.0.len() < 2 {
            return Ok(None);
        }
        let mut before = Vec::new();
        for tenant in self.iter() {
            before.push(tenant.network.ask(0).await?);
        }
        for (tenant, next) in self.iter().zip(self.iter().cycle().skip(1)) {
            let destination = next.network.airports()[0].actor_ref();
            tenant.network.airports()[0].send(Flight { destination, delay_minutes: i32::MAX }).await?;
        }
        for (tenant, before) in self.iter().zip(&before) {
            let after = tenant.network.ask(0).await?;
            for (airport, (before, after)) in before.iter().zip(&after).enumerate() {
                if before.figures.late_arrivals != after.figures.late_arrivals {
                    let code = &tenant.data.airports[airport];
                    return Err(
                        format!("{code} of tenant {} heard of another tenant's flight", tenant.id).into()
                    );
                }
            }
            if after[0].notices_held != 1 {
                return Err(format!("a notice of tenant {} was not refused", tenant.id).into());
            }
        }
        let refused = runtime.metrics().cross_tenant_rejections;
        if refused < self.0.len() as u64 {
            return Err(format!("only {refused} attempts to reach another tenant were counted").into());
        }
        Ok(Some(refused))
    }
}

impl Tenant {
    /// Its worst airports, and what its handlers have cost.
    pub(crate) fn describe(&self, reports: &[Report], flights_min: u64) -> String {
        let cost = self.registry.get_engagement_cost_for(self.id, self.audit);
        let worst = report::worst_airports(&self.data.airports, reports, flights_min);
        format!(
            "Tenant {}, {} flights a pass: its handlers took {:.3} ms, charged to {}\n{worst}",
            self.id,
            self.data.flights.len(),
            cost.as_secs_f64() * 1e3,
            self.audit,
        )
    }

    /// Compares every figure with that of a plain loop over the tenant's flights.
    pub(crate) fn check(&self, reports: &[Report], options: &Options) -> Result<(), Failure> {
        let expected = check::fold(&self.data, options.repeat, options.late_minutes);
        let actual: Vec<_> = reports.iter().map(|report| report.figures).collect();
        let mismatches = check::mismatches(&self.data.airports, &expected, &actual);
        if !mismatches.is_empty() {
            let lines: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{} figures of tenant {} are wrong:\n{}",
                lines.len(),
                self.id,
                lines.join("\n")
            )
            .into());
        }
        if self.registry.get_engagement_cost_for(self.id, self.audit).is_zero() {
            return Err(format!("nothing was charged to tenant {}", self.id).into());
        }
        Ok(())
    }
}
