//! Section 1: the message trait, its priorities and its derive macro.

use std::time::Duration;

use ringkernel::prelude::*;

mod printed {
    use ringkernel::prelude::*;
    use rkyv::{Archive, Deserialize, Serialize};

    #[derive(RingMessage, Archive, Serialize, Deserialize)]
    #[rkyv(compare(PartialEq))]
    pub struct VectorAddRequest {
        #[message(id)]
        pub id: Uuid,
        #[message(priority = "priority::NORMAL")]
        pub priority: u8,
        #[message(correlation)]
        pub correlation_id: Option<Uuid>,
        // Payload fields
        pub a: Vec<f32>,
        pub b: Vec<f32>,
    }
}

use printed::VectorAddRequest;

#[derive(RingMessage)]
struct VectorAddResponse {
    #[message(correlation)]
    request: CorrelationId,
    sum: Vec<f32>,
}

#[ring_kernel(id = "spec_001.vector_add")]
fn vector_add(ctx: &mut RingContext, request: VectorAddRequest) -> VectorAddResponse {
    let mut sum = Vec::new();
    for index in 0..request.a.len().min(request.b.len()) {
        sum.push(request.a[index] + request.b[index]);
    }
    VectorAddResponse { request: ctx.correlation_id(), sum }
}

fn request() -> VectorAddRequest {
    VectorAddRequest {
        id: Uuid::from_u128(0x1234),
        priority: 0,
        correlation_id: None,
        a: vec![1.0, 2.0, 3.0],
        b: vec![10.0, 20.0, 30.0],
    }
}

#[test]
fn the_trait_has_the_printed_items() {
    fn check<M: RingMessage>(message: &mut M, id: Uuid) {
        let name: &'static str = M::MESSAGE_TYPE;
        assert!(name.ends_with("::VectorAddRequest"), "{name}");
        assert_eq!(Uuid::from(message.message_id()), Uuid::from_u128(0x1234));
        message.set_message_id(id.into());
        assert_eq!(Uuid::from(message.message_id()), id);
        assert_eq!(message.priority(), priority::NORMAL);
        assert_eq!(message.correlation_id(), None);
        assert_eq!(message.payload_size(), message.serialize().len());
    }
    let id = Uuid::from_u128(9);
    let mut message = request();
    check(&mut message, id);
    assert_eq!(message.id, id);
}

#[test]
fn priorities_have_the_printed_values() {
    assert_eq!(priority::LOW, 32);
    assert_eq!(priority::NORMAL, 128);
    assert_eq!(priority::HIGH, 160);
    assert_eq!(priority::CRITICAL, 224);
    assert_eq!(ringkernel_core::message::priority::NORMAL, priority::NORMAL);
}

#[test]
fn the_derived_request_round_trips() {
    let sent = request();
    let back = VectorAddRequest::deserialize(&sent.serialize()).expect("its own encoding");
    assert_eq!((back.id, back.priority, back.correlation_id), (sent.id, 0, None));
    assert_eq!((back.a, back.b), (sent.a, sent.b));
}

#[test]
fn the_rkyv_derives_stand_beside_it() {
    let archived = rkyv::to_bytes::<rkyv::rancor::Error>(&request()).expect("an archive");
    let read = rkyv::access::<printed::ArchivedVectorAddRequest, rkyv::rancor::Error>(&archived);
    assert!(read.expect("a valid archive").a == request().a);
}

#[tokio::test]
async fn the_derived_request_runs_through_a_kernel() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let kernel = runtime.launch("spec_001.vector_add", LaunchOptions::default()).await?;

    let answer: VectorAddResponse = kernel.call(request(), Duration::from_secs(10)).await?;
    assert_eq!(answer.sum, [11.0, 22.0, 33.0]);
    assert!(answer.request.is_nil(), "the request belonged to nothing");

    // The answer belongs to the request: by its id, or by the correlation that it carries itself.
    kernel.send(request()).await?;
    let envelope = kernel.receive().await?;
    assert_eq!(Uuid::from(envelope.header.correlation_id), request().id);
    assert_eq!(envelope.header.priority, priority::NORMAL);
    let conversation = Uuid::from_u128(77);
    kernel.send(VectorAddRequest { correlation_id: Some(conversation), ..request() }).await?;
    let envelope = kernel.receive().await?;
    assert_eq!(Uuid::from(envelope.header.correlation_id), conversation);
    let answer: VectorAddResponse = envelope.decode()?;
    assert_eq!(Uuid::from(answer.request), conversation);
    Ok(())
}
