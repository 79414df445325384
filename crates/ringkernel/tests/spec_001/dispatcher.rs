//! Section 10: the dispatcher that sends to kernels by a broker.

use std::sync::Arc;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_core::dispatcher::{
    DispatchError, DispatchReceipt, DispatcherBuilder, DispatcherConfig, DispatcherMetrics, KernelDispatcher,
    RetryPolicy,
};
use ringkernel_core::k2k::{DeliveryStatus, K2KBroker, K2KConfig};

#[derive(PersistentMessage)]
#[persistent_message(handler_id = 1)]
struct ComputeRequest {
    data: Vec<f32>,
}

/// The methods as they are printed.
async fn printed_signatures<T: PersistentMessage>(
    dispatcher: &KernelDispatcher,
    kernel_id: KernelId,
    message: [T; 2],
) -> [Result<DispatchReceipt, DispatchError>; 2] {
    let [first, second] = message;
    let _: &DispatcherMetrics = dispatcher.metrics();
    [
        dispatcher.dispatch(kernel_id.clone(), first).await,
        dispatcher.dispatch_priority(kernel_id, second, Priority::High).await,
    ]
}

#[tokio::test]
async fn messages_are_dispatched_and_counted() -> Result<()> {
    let k2k_broker: Arc<K2KBroker> = K2KBroker::new(K2KConfig::default());
    let kernel_id = KernelId::new("compute");
    let mut kernel = k2k_broker.register(kernel_id.clone());
    let compute_request = ComputeRequest { data: vec![1.0, 2.0] };
    let another = [3.0, 4.0].map(|number| ComputeRequest { data: vec![number] });

    let dispatcher = DispatcherBuilder::new(k2k_broker)
        .with_default_priority(Priority::Normal)
        .with_timeout(Duration::from_millis(100))
        .with_retry_policy(RetryPolicy::exponential(3))
        .build();
    // Dispatch messages
    let receipt = dispatcher.dispatch(kernel_id.clone(), compute_request).await?;
    // Check metrics
    let metrics = dispatcher.metrics();
    println!("Dispatched: {}", metrics.messages_dispatched);
    println!("Errors: {}", metrics.errors);
    println!("Avg latency: {:?}", metrics.average_latency);

    assert_eq!((receipt.status, receipt.kernel), (DeliveryStatus::Delivered, kernel_id.clone()));
    assert!(metrics.messages_dispatched == 1 && metrics.errors == 0);
    let message = kernel.receive().await.expect("it was dispatched");
    assert_eq!(message.decode::<ComputeRequest>()?.data, [1.0, 2.0]);
    assert_eq!((message.id, message.priority), (receipt.message_id, priority::NORMAL));

    for receipt in printed_signatures(&dispatcher, kernel_id, another).await {
        receipt?;
    }
    let urgent = kernel.receive().await.expect("it was dispatched");
    assert_eq!((urgent.decode::<ComputeRequest>()?.data, urgent.priority), (vec![4.0], priority::HIGH));
    assert_eq!(dispatcher.metrics().messages_dispatched.to_string(), "3");
    assert_eq!(
        dispatcher.config(),
        &DispatcherConfig { timeout: Duration::from_millis(100), ..DispatcherConfig::default() }
    );
    Ok(())
}
