//! Tenants of one runtime: names of their own, and no way from one to another.

use std::time::Duration;

use ringkernel::RingKernelError;
use ringkernel::context::K2KRefusal;
use ringkernel::prelude::*;
use ringkernel::runtime::AuditTag;

const WAIT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, RingMessage)]
struct Add {
    amount: u64,
}

#[derive(Debug, Clone, PartialEq, RingMessage)]
struct Total {
    sum: u64,
}

/// Sends on by name.
#[derive(Debug, Clone, PartialEq, RingMessage)]
struct ByName {
    amount: u64,
}

/// Sends on by address.
#[derive(Debug, Clone, PartialEq, RingMessage)]
struct ByAddress {
    target: ActorRef,
    amount: u64,
}

/// What came of a send: 0, or the number of the refusal.
#[derive(Debug, Clone, PartialEq, RingMessage)]
struct Outcome {
    refusal: u32,
}

#[ring_kernel(id = "purse")]
fn purse(_ctx: &mut RingContext, sum: &mut u64, add: Add) -> Total {
    *sum += add.amount;
    Total { sum: *sum }
}

#[derive(Debug, Clone, Default, DeviceState)]
struct Payer {}

#[ring_kernel(id = "payer")]
impl Payer {
    #[handler]
    fn by_name(&mut self, ctx: &mut RingContext, pay: ByName) -> Outcome {
        match ctx.try_send_to_kernel("purse", Add { amount: pay.amount }) {
            Ok(()) => Outcome { refusal: 0 },
            Err(refused) => Outcome { refusal: refused.reason as u32 },
        }
    }

    #[handler]
    fn by_address(&mut self, ctx: &mut RingContext, pay: ByAddress) -> Outcome {
        match ctx.try_send_to_kernel(pay.target, Add { amount: pay.amount }) {
            Ok(()) => Outcome { refusal: 0 },
            Err(refused) => Outcome { refusal: refused.reason as u32 },
        }
    }
}

async fn outcome<M: RingMessage>(payer: &KernelHandle, message: M) -> u32 {
    payer.call::<M, Outcome>(message, WAIT).await.expect("it answers").refusal
}

fn k2k() -> LaunchOptions {
    LaunchOptions::default().with_k2k(true)
}

#[tokio::test]
async fn each_tenant_has_names_and_kernels_of_its_own() {
    let runtime = RingKernel::with_backend(Backend::Cpu).await.unwrap();
    let [one, two] = [1, 2].map(|tenant| runtime.as_tenant(tenant, AuditTag::new(tenant, 0)));
    let purses = [one.launch("purse", k2k()).await.unwrap(), two.launch("purse", k2k()).await.unwrap()];
    let payers = [one.launch("payer", k2k()).await.unwrap(), two.launch("payer", k2k()).await.unwrap()];

    assert_eq!(one.list_kernels().len(), 2);
    assert!(runtime.list_kernels().is_empty(), "they belong to tenants");
    assert!(one.launch("purse", k2k()).await.is_err(), "the name is taken in this tenant");
    assert_eq!(outcome(&payers[0], ByName { amount: 5 }).await, 0);
    assert_eq!(outcome(&payers[1], ByName { amount: 70 }).await, 0);
    for (purse, sum) in purses.iter().zip([5, 70]) {
        assert_eq!(purse.receive_timeout(WAIT).await.unwrap().decode::<Total>().unwrap(), Total { sum });
    }
    assert_eq!(runtime.metrics().cross_tenant_rejections, 0);
}

#[tokio::test]
async fn nobody_reaches_what_belongs_to_another_tenant_by_name_or_by_address() {
    let runtime = RingKernel::with_backend(Backend::Cpu).await.unwrap();
    let [one, two] = [1, 2].map(|tenant| runtime.as_tenant(tenant, AuditTag::unspecified()));
    let purse = two.launch("purse", k2k()).await.unwrap();
    let payer = one.launch("payer", k2k()).await.unwrap();
    let nobodys = runtime.launch("payer", k2k()).await.unwrap();

    let mismatch = K2KRefusal::TenantMismatch as u32;
    let to_purse = || ByAddress { target: purse.actor_ref(), amount: 1 };
    for payer in [&payer, &nobodys] {
        assert_eq!(outcome(payer, ByName { amount: 1 }).await, mismatch);
        assert_eq!(outcome(payer, to_purse()).await, mismatch);
        assert_eq!(outcome(payer, to_purse()).await, mismatch, "also when the address is known");
    }
    assert_eq!(runtime.metrics().cross_tenant_rejections, 6);

    let found = one.kernel(&"purse".into());
    assert!(matches!(found, Err(RingKernelError::TenantMismatch { from: 1, to: 2 })), "{found:?}");
    let found = one.kernel(&"purses".into());
    assert!(matches!(found, Err(RingKernelError::KernelNotFound { .. })), "{found:?}");
    assert_eq!(runtime.metrics().cross_tenant_rejections, 7);
    assert_eq!(purse.metrics().messages_received, 0);

    purse.terminate().await.unwrap();
    assert_eq!(outcome(&payer, ByName { amount: 1 }).await, K2KRefusal::TargetNotFound as u32);
}

#[tokio::test]
async fn a_tenants_launch_is_the_tenants_whatever_its_options_say() {
    let runtime = RingKernel::with_backend(Backend::Cpu).await.unwrap();
    let one = runtime.as_tenant(1, AuditTag::new(1, 9));
    let mut options = k2k();
    options.tenancy.tenant = 2;
    one.launch("purse", options).await.unwrap();
    assert_eq!(one.list_kernels(), ["purse".into()]);
    assert!(runtime.as_tenant(2, AuditTag::unspecified()).list_kernels().is_empty());
}
