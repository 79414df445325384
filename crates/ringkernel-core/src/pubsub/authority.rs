//! In whose name a broker publishes.

use std::sync::Arc;

use ringkernel_abi::{ActorRef, AuditTag, UNSPECIFIED_TENANT};

use super::entry::unshared;
use super::{PubSubBroker, PubSubError, Publication};
use crate::k2k::tenant::{Admission, AdmissionError, TenantRegistry};
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
    audit: AuditTag,
    admission: Admission,
    /// Where refusals are put on record.
    registry: Option<Arc<TenantRegistry>>,
}

impl Bound {
    /// Without limits.
    pub(super) fn to(audit: AuditTag) -> Self {
        Self { audit, admission: Admission::unlimited(), registry: None }
    }

    /// With those of a tenant that is registered.
    pub(super) fn registered(registry: &Arc<TenantRegistry>, of: Tenancy) -> Result<Self, AdmissionError> {
        let refused = |error: &AdmissionError| registry.audit_refusal(*error, of.audit);
        let admission = registry.admission(of.tenant, of.audit).inspect_err(refused)?;
        Ok(Self { audit: of.audit, admission, registry: Some(registry.clone()) })
    }

    fn admit(&self) -> Result<(), PubSubError> {
        let record = |exceeded: &_| {
            if let Some(registry) = &self.registry {
                registry.audit_refusal(AdmissionError::from(*exceeded), self.audit);
            }
        };
        Ok(self.admission.admit().inspect_err(record)?)
    }
}

impl PubSubBroker {
    /// Marks a publication of a host with what is known of it: the tenant to which the topics belong, unless it claims to be another's;
    /// what it is accounted to, where that is not the owner's to say; and that it comes from no kernel.
    pub(super) fn mark(&self, publication: &mut Arc<Publication>) -> Result<(), PubSubError> {
        let header = &publication.envelope.header;
        let (marked, tenant) = (header.tenant_id, self.tenant());
        if marked != UNSPECIFIED_TENANT && marked != tenant {
            return Err(PubSubError::TenantMismatch { from: marked, to: tenant });
        }
        let audit = match &self.authority {
            Authority::Owner => header.audit_tag,
            Authority::Bound(bound) => {
                bound.admit()?;
                bound.audit
            }
        };
        if marked != tenant || header.audit_tag != audit || header.source != ActorRef::NONE {
            let header = &mut unshared(publication).envelope.header;
            (header.tenant_id, header.audit_tag, header.source) = (tenant, audit, ActorRef::NONE);
        }
        Ok(())
    }
}
