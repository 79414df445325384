//! In whose name a broker publishes.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use ringkernel_abi::{ActorRef, UNSPECIFIED_TENANT};

use super::entry::unshared;
use super::{PubSubBroker, PubSubError, SharedPublication};
use crate::backend::Strangers;
use crate::k2k::tenant::{Admission, AdmissionError, TenantInfo, TenantRegistry};
use crate::runtime::Tenancy;

/// In whose name a broker publishes.
#[derive(Debug)]
pub(super) enum Authority {
    /// Whoever made it: may act for any tenant, and say what a publication is accounted to.
    Owner,
    /// A tenancy, whatever publications claim.
    Bound(Bound),
}

#[derive(Debug)]
pub(super) struct Bound {
    tenancy: Tenancy,
    /// The registration under which the broker was asked for.
    registration: Option<Weak<TenantInfo>>,
    limits: Option<Limits>,
}

/// What a registry says of a tenancy.
#[derive(Debug)]
struct Limits {
    /// Where they are looked up, and refusals are put on record.
    registry: Arc<TenantRegistry>,
    strangers: Strangers,
    found: ArcSwap<Found>,
}

/// What a registry said when it was asked last.
#[derive(Debug)]
struct Found {
    /// The registry's, from before it was asked.
    generation: u64,
    admission: Result<Admission, AdmissionError>,
}

impl Bound {
    /// Without limits.
    pub(super) fn to(tenancy: Tenancy) -> Self {
        Self::admitted(tenancy, None)
    }

    /// For a registered tenant whose publications are admitted before they come here.
    pub(super) fn admitted(tenancy: Tenancy, registration: Option<Weak<TenantInfo>>) -> Self {
        Self { tenancy, registration, limits: None }
    }

    /// With those that the registry has for the tenant, now and later.
    pub(super) fn registered(
        registry: &Arc<TenantRegistry>,
        strangers: Strangers,
        tenancy: Tenancy,
    ) -> Result<Self, AdmissionError> {
        let found = Found::of(registry, strangers, tenancy);
        let registration = match &found.admission {
            Ok(admission) => admission.tenant().map(Arc::downgrade),
            Err(error) => {
                registry.audit_refusal(*error, tenancy.audit);
                return Err(*error);
            }
        };
        let limits = Limits { registry: registry.clone(), strangers, found: ArcSwap::from_pointee(found) };
        Ok(Self { tenancy, registration, limits: Some(limits) })
    }

    pub(super) fn registration(&self) -> Option<&Weak<TenantInfo>> {
        self.registration.as_ref()
    }

    fn admit(&self) -> Result<(), PubSubError> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let mut found = limits.found.load();
        if found.generation != limits.registry.generation() {
            let fresh = Arc::new(Found::of(&limits.registry, limits.strangers, self.tenancy));
            // Another publisher may store an older one at the same time, which the next one to look finds out of date.
            limits.found.store(fresh.clone());
            found = arc_swap::Guard::from_inner(fresh);
        }
        let admitted = match &found.admission {
            Ok(admission) => admission.admit().map_err(AdmissionError::from),
            Err(error) => Err(*error),
        };
        Ok(admitted.inspect_err(|error| limits.registry.audit_refusal(*error, self.tenancy.audit))?)
    }
}

impl Found {
    fn of(registry: &TenantRegistry, strangers: Strangers, of: Tenancy) -> Self {
        let generation = registry.generation();
        let admission = match (registry.admission(of.tenant, of.audit), strangers) {
            (Err(AdmissionError::UnknownTenant(_)), Strangers::Unlimited) => Ok(Admission::unlimited()),
            (admission, _) => admission,
        };
        Self { generation, admission }
    }
}

impl PubSubBroker {
    /// Marks a publication of a host with what is known of it: the tenant to which the topics belong, unless it claims to be another's;
    /// what it is accounted to, where that is not the owner's to say; and that it comes from no kernel.
    pub(super) fn mark(&self, publication: &mut SharedPublication) -> Result<(), PubSubError> {
        let header = &publication.envelope.header;
        let (marked, tenant) = (header.tenant_id, self.tenant());
        if marked != UNSPECIFIED_TENANT && marked != tenant {
            return Err(PubSubError::TenantMismatch { from: marked, to: tenant });
        }
        let audit = match &self.authority {
            Authority::Owner => header.audit_tag,
            Authority::Bound(bound) => {
                bound.admit()?;
                bound.tenancy.audit
            }
        };
        if marked != tenant || header.audit_tag != audit || header.source != ActorRef::NONE {
            let header = &mut unshared(publication).envelope.header;
            (header.tenant_id, header.audit_tag, header.source) = (tenant, audit, ActorRef::NONE);
        }
        Ok(())
    }
}
