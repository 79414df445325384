//! Impossible options and bytes that are no message: typed errors, before anything happens.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::message::{DecodeError, Decoder, Encoder, MessageLayout};
use ringkernel::prelude::*;
use ringkernel::runtime::RuntimeConfig;

use crate::kernels::account::{Account, Add, Total};
use crate::kernels::order::Numbered;
use crate::kernels::plain::{Doubled, Number};
use crate::random::Random;
use crate::rig::{Factory, Rig, reachable};
use crate::wait::LIMIT;

/// Options that cannot work are refused at launch, with their name and value.
pub async fn impossible_launch_options_are_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default;
    let cases = [
        (options().with_input_queue_capacity(0), "input_queue_capacity is 0"),
        (options().with_output_queue_capacity(0), "output_queue_capacity is 0"),
        (options().with_input_queue_capacity(3), "input_queue_capacity is 3"),
        (options().with_output_queue_capacity(1000), "output_queue_capacity is 1000"),
        (options().with_input_queue_capacity(usize::MAX), "input_queue_capacity"),
        (options().with_queue_capacity(1 << 40), "input_queue_capacity"),
        (options().with_grid_size(0), "grid_size is 0"),
        (options().with_block_size(0), "block_size is 0"),
        (options().with_block_size(1025), "block_size is 1025"),
        (options().with_max_payload(0), "max_payload is 0"),
        (options().with_max_payload(usize::MAX), "max_payload"),
        (reachable().with_input_queue_capacity(1), "input_queue_capacity is 1"),
        (options().with_queue_capacity(1 << 21), "input_queue_capacity"),
        (options().with_restart(RestartPolicy::limited(5000, LIMIT)), "5000 restarts"),
    ];
    for (options, expected) in cases {
        let refused = rig.launch("testkit.doubler", options).await;
        match &refused {
            Err(RingKernelError::InvalidConfig(text)) if text.contains(expected) => {}
            other => panic!("{expected}: {other:?}"),
        }
    }
    let unnamed = options().with_handler("testkit.doubler");
    assert!(matches!(rig.launch("", unnamed).await, Err(RingKernelError::InvalidConfig(_))));
    assert!(rig.list_kernels().is_empty(), "nothing was launched");
    rig.launch_default("testkit.doubler").await;
    rig.finish().await;
}

/// Options of the runtime that cannot work are refused at start.
pub async fn impossible_runtime_options_are_refused(factory: Factory) {
    let start = async |change: fn(&mut RuntimeConfig)| {
        let mut config = RuntimeConfig::default();
        change(&mut config);
        factory.start(config).await.map(drop)
    };
    let device = start(|config| config.device = 9999).await;
    assert!(matches!(&device, Err(RingKernelError::DeviceNotAvailable { index: 9999, .. })), "{device:?}");
    for outcome in [
        start(|config| config.dead_letter_capacity = 0).await,
        start(|config| config.watchdog = Duration::ZERO).await,
        start(|config| config.shutdown_timeout = Duration::ZERO).await,
    ] {
        assert!(matches!(outcome, Err(RingKernelError::InvalidConfig(_))), "{outcome:?}");
    }
}

/// A state of another type is refused, and both types are named.
pub async fn a_state_of_another_type_is_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    let refused = rig.launch("testkit.account", LaunchOptions::default().with_state(7u64)).await;
    assert!(
        matches!(&refused, Err(RingKernelError::InvalidConfig(text))
            if text.contains("Account") && text.contains("u64")),
        "{refused:?}"
    );
    let stateless = LaunchOptions::default().with_state(Account::default());
    assert!(rig.launch("testkit.silent", stateless).await.is_err());
    rig.finish().await;
}

/// The limit is the kernel's, is checked when sending, and the message comes back.
pub async fn an_oversized_payload_is_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_max_payload(24);
    let kernel = rig.launch_with("testkit.doubler", options).await;
    kernel.send(Number::of(1)).await.unwrap();
    let mut envelope = MessageEnvelope::pack(&mut Number::of(2));
    envelope.payload = vec![0; 25].into();
    let refused = kernel.send_envelope(envelope.clone()).await.unwrap_err();
    assert!(matches!(refused.error, RingKernelError::MessageTooLarge { size: 25, max: 24 }), "{refused}");
    assert_eq!(refused.message.payload.len(), 25);
    assert_eq!(rig.metrics().dead_letters, 0);
    rig.finish().await;
}

/// A type that the kernel does not handle is refused when sending, and the handled ones are named.
pub async fn an_unhandled_message_type_is_a_typed_error_to_its_sender(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.silent").await;
    let check = |error: &RingKernelError| match error {
        RingKernelError::UnhandledMessage { kernel, message, handled } => {
            assert_eq!(kernel, "testkit.silent");
            assert!(message.ends_with("::Add"), "{message}");
            assert!(handled.len() == 1 && handled[0].ends_with("::Number"), "{handled:?}");
        }
        other => panic!("{other}"),
    };
    let refused = kernel.send(Add { amount: 3 }).await.unwrap_err();
    assert_eq!(refused.message, Add { amount: 3 });
    check(&refused.error);
    check(&kernel.try_send(Add { amount: 3 }).unwrap_err().error);
    check(&kernel.call::<_, Total>(Add { amount: 3 }, LIMIT).await.unwrap_err());
    let mut envelope = MessageEnvelope::pack(&mut Number::of(1));
    envelope.header.message_type = 12345;
    let refused = kernel.send_envelope(envelope).await.unwrap_err().error;
    assert!(
        matches!(&refused, RingKernelError::UnhandledMessage { message, .. } if message.contains("12345")),
        "{refused}"
    );
    rig.finish().await;
}

/// A message of [`Number`]'s type whose bytes are no number.
struct Garbage;

impl RingMessage for Garbage {
    const MESSAGE_TYPE: &'static str = "garbage";
    const TYPE_ID: u64 = Number::TYPE_ID;
    const LAYOUT: &'static MessageLayout =
        &MessageLayout { name: Self::MESSAGE_TYPE, ..*<Number as RingMessage>::LAYOUT };

    fn message_id(&self) -> MessageId {
        MessageId::NIL
    }

    fn set_message_id(&mut self, _id: MessageId) {}

    fn priority(&self) -> u8 {
        128
    }

    fn correlation_id(&self) -> Option<CorrelationId> {
        None
    }

    fn payload_size(&self) -> usize {
        5
    }

    fn encode(&self, encoder: &mut Encoder<'_>) {
        encoder.begin(5);
    }

    fn decode(_decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn fmt_message(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Garbage")
    }
}

/// Bytes that are no message do not reach the handler: the caller hears, and the bytes are a dead letter.
pub async fn garbage_is_a_typed_error_or_a_dead_letter(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    let heard = kernel.call::<_, Doubled>(Garbage, LIMIT).await;
    assert!(
        matches!(&heard, Err(RingKernelError::Undeliverable { reason: DeadLetterReason::DecodeFailed, kernel })
            if kernel == "testkit.doubler"),
        "{heard:?}"
    );
    let mut envelope = MessageEnvelope::pack(&mut Number::of(1));
    envelope.payload = vec![1, 2, 3].into();
    kernel.send_envelope(envelope).await.unwrap();
    let letters = rig.dead_letters_of(2, &kernel, DeadLetterReason::DecodeFailed).await;
    assert_eq!(&*letters[1].envelope.payload, &[1, 2, 3]);
    let shown = format!("{:?}", letters[1].envelope);
    assert!(shown.contains("3 bytes"), "{shown}");
    let answer: Doubled = kernel.call(Number::of(3), LIMIT).await.unwrap();
    assert_eq!(answer.value, 6, "the kernel goes on");
    assert_eq!(kernel.status().messages_processed, 1);
    rig.finish().await;
}

/// Random bytes and random headers: each is handled, or a dead letter; the kernel goes on.
pub async fn random_envelopes_do_no_harm(factory: Factory) {
    const MESSAGES: u64 = 3000;
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(4096);
    let kernel = rig.launch_with("testkit.recorder", options).await;
    let mut random = Random::new(1);
    for _ in 0..MESSAGES {
        let length = random.below(24) as usize;
        let bytes: Vec<u8> = (0..length).map(|_| random.draw() as u8).collect();
        let mut envelope = MessageEnvelope::pack(&mut Numbered { sender: 0, sequence: 0, priority: 0 });
        if random.below(4) != 0 {
            envelope.payload = bytes.into();
        }
        envelope.header.payload_size = random.draw();
        envelope.header.flags = random.draw() as u32;
        envelope.header.magic = random.draw();
        envelope.header.correlation_id = CorrelationId::from_parts(random.draw(), random.draw());
        envelope.header.message_id = MessageId::from_parts(random.draw(), random.draw());
        envelope.header.source = ActorRef::from_bits(random.draw());
        envelope.header.destination = ActorRef::from_bits(random.draw());
        envelope.header.priority = random.draw() as u8;
        envelope.header.deadline_ns = random.draw() & random.draw();
        if random.below(2) == 0 {
            envelope.header.timestamp = HlcTimestamp::new(random.draw(), random.draw() as u32, 3);
        }
        kernel.send_envelope(envelope).await.unwrap();
    }
    crate::wait::eventually("every message is accounted for", || {
        let metrics = rig.metrics();
        metrics.messages_processed + metrics.dead_letters == MESSAGES
    })
    .await;
    assert_eq!(kernel.state(), KernelState::Active);
    assert!(rig.metrics().messages_processed > 0 && rig.metrics().dead_letters > 0);
    rig.finish().await;
}
