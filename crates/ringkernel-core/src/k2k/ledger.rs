//! What is written down of messages: counts, and receipts, which are their sender's until it leaves and then those of all who have left.
//!
//! A sender can leave while a port has its message, so that whatever is written down then looks where to.

use ringkernel_abi::{MessageId, TenantId, UNSPECIFIED_TENANT};
use std::sync::Arc;

use super::broker::K2KBroker;
use super::member::Member;
use super::receipt::{DeliveryReceipt, DeliveryStatus, Record};
use super::stats::{K2KStats, TenantStats};
use crate::runtime::KernelId;
use crate::sync::atomic::Ordering;

impl K2KBroker {
    /// The figures of all tenants together.
    pub fn stats(&self) -> K2KStats {
        let members = self.names.all();
        let delivered = |member: &Member| member.lane.own(|lane| lane.delivered);
        K2KStats {
            registered_endpoints: members.len(),
            messages_delivered: self.parts.delivered_by_gone()
                + members.iter().map(|member| delivered(member)).sum::<u64>()
                + delivered(&self.outside),
            routes_configured: self.routes.count(),
            tenant_count: self.parts.count(),
            cross_tenant_rejections: self.rejections.load(Ordering::Relaxed),
        }
    }

    /// The figures of one tenant, for as long as it has a [`sub_broker`](Self::sub_broker).
    pub fn tenant_stats(&self, tenant: TenantId) -> Option<TenantStats> {
        let sub = self.sub_broker(tenant)?;
        let all = self.names.all();
        let members: Vec<_> = all.iter().filter(|member| member.tenant == tenant).collect();
        let outside = (tenant == UNSPECIFIED_TENANT).then_some(&self.outside);
        Some(TenantStats {
            tenant_id: tenant,
            registered_endpoints: members.len(),
            routes_configured: self.routes.count_of(tenant),
            messages_delivered: sub.delivered_by_gone()
                + members
                    .into_iter()
                    .chain(outside)
                    .map(|member| member.lane.own(|lane| lane.delivered))
                    .sum::<u64>(),
        })
    }

    /// What has become of a message, if it is among the last of its sender: each sender has a bounded number of receipts, and those who
    /// have left share some.
    pub fn get_receipt(&self, message: &MessageId) -> Option<DeliveryReceipt> {
        let members = self.names.all();
        let known = members.iter().chain([&self.outside]).filter_map(|member| {
            let record = member.lane.own(|lane| lane.receipts.find(message).cloned())?;
            Some(record.into_receipt(&member.name))
        });
        let of_the_gone = || self.changes().receipts_of_the_gone.find(message).cloned();
        // Who has passed a message on has a receipt, too; the one that says most is that of whom it came from.
        let last = known.min_by_key(|receipt| receipt.status == DeliveryStatus::Pending);
        last.or_else(|| Some(of_the_gone()?.into_receipt(&self.outside.name)))
    }

    pub(super) fn count_rejection(&self) {
        self.rejections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a message that was put into the hands of its destination.
    pub(super) fn count_delivered(&self, from: &Member) {
        let is_open = from.lane.own(|lane| {
            lane.delivered += u64::from(lane.open);
            lane.open
        });
        if !is_open {
            self.parts.add_delivered_by_gone(from.tenant);
        }
    }

    /// Keeps the record of a message.
    pub(super) fn write_down(&self, from: &Member, record: Record) {
        let late = from.lane.own(|lane| match lane.open {
            true => {
                lane.receipts.push(record);
                None
            }
            false => Some(record),
        });
        if let Some(record) = late {
            self.changes().keep_of_the_gone(from, record);
        }
    }

    /// Takes back the record of a message that nobody has taken.
    pub(super) fn strike_out(&self, from: &Member, id: &MessageId) {
        let is_open = from.lane.own(|lane| {
            lane.receipts.retract(id);
            lane.open
        });
        if !is_open {
            self.changes().receipts_of_the_gone.retract(id);
        }
    }

    /// Writes down what has become of a message, for its sender, if that is registered.
    pub(crate) fn settle(&self, tenant: TenantId, source: &KernelId, id: &MessageId, status: DeliveryStatus) {
        let sender = self.names.get(tenant, source.as_str());
        let settled = |member: &Arc<Member>| member.lane.own(|lane| lane.receipts.settle(id, status));
        if !sender.as_ref().is_some_and(settled) && !settled(&self.outside) {
            self.changes().receipts_of_the_gone.settle(id, status);
        }
    }
}
