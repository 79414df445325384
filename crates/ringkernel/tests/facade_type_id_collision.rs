//! Two message types with one number: no runtime starts. A program of its own, because registrations are global.

use ringkernel::prelude::*;
use ringkernel::{CpuRuntime, registry::RegistryError};

#[derive(RingMessage)]
#[message(type_id = 4711)]
struct Deposit {
    amount: u64,
}

#[derive(RingMessage)]
#[message(type_id = 4711)]
struct Withdrawal {
    amount: u64,
}

#[ring_kernel(id = "account")]
fn account(_ctx: &mut RingContext, deposit: Deposit) -> Withdrawal {
    Withdrawal { amount: deposit.amount }
}

#[tokio::test]
async fn a_runtime_does_not_start_with_two_types_of_one_number() {
    let error = CpuRuntime::new().await.expect_err("the types cannot be told apart");
    let RingKernelError::Registry(RegistryError::TypeIdCollision { type_id, first, second, .. }) = &error
    else {
        panic!("{error:?}")
    };
    let mut names = [first.as_str(), second.as_str()];
    names.sort_unstable();
    assert_eq!(*type_id, 4711);
    assert_eq!(names, [Deposit::MESSAGE_TYPE, Withdrawal::MESSAGE_TYPE]);
    let text = error.to_string();
    assert!(text.contains("share the type id 4711; give one of them another"), "{text}");

    let error = RingKernel::new().await.expect_err("the same through the facade");
    assert!(matches!(error, RingKernelError::Registry(_)), "{error:?}");
}

#[test]
fn an_envelope_still_prints_and_decodes() {
    let envelope = MessageEnvelope::new(&Deposit { amount: 3 });
    let text = format!("{envelope:?}");
    assert!(text.starts_with("message of type id 4711 (8 bytes)"), "{text}");
    assert_eq!(envelope.decode::<Deposit>().expect("its own bytes").amount, 3);
}
