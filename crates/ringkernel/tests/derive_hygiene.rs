//! The macros work where the user has taken every name that they could trip over.
#![deny(warnings, clippy::all)]
#![forbid(unsafe_code)]

use ringkernel as _;

/// Takes the names of the prelude, of primitive types and of the expansion's own locals.
#[allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]
mod shadowed {
    pub(crate) struct Result;
    pub(crate) struct Option;
    pub(crate) struct Vec;
    pub(crate) struct Box;
    pub(crate) struct String;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) trait Send {}
    pub(crate) trait Default {}
    pub(crate) struct usize;
    pub(crate) struct u64;
    pub(crate) struct str;
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod inventory {}
    pub(crate) mod priority {}
    macro_rules! concat {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }
    macro_rules! assert {
        () => {};
    }

    #[derive(::ringkernel::RingMessage)]
    pub(crate) struct Message {
        #[message(id)]
        pub(crate) id: ::ringkernel::MessageId,
        #[message(priority = "priority::HIGH")]
        pub(crate) priority: u8,
        pub(crate) decoder: u32,
        pub(crate) encoder: Plain,
        pub(crate) end: Choice,
    }

    #[derive(::ringkernel::RingMessage)]
    #[message(domain = "fraud")]
    pub(crate) struct Answer {
        pub(crate) message: u32,
    }

    #[derive(::ringkernel::PersistentMessage)]
    #[persistent_message(handler_id = 1, requires_response = true, response = Answer)]
    pub(crate) struct Question {
        pub(crate) payload: u32,
    }

    #[derive(::ringkernel::GpuType, ::core::clone::Clone, ::core::marker::Copy)]
    #[repr(C)]
    pub(crate) struct Plain {
        pub(crate) offset: u32,
        pub(crate) value: f64,
    }

    #[derive(::ringkernel::GpuType, ::core::clone::Clone, ::core::marker::Copy)]
    #[repr(u32)]
    pub(crate) enum Choice {
        Ok,
        Err,
        None,
        Self_,
    }

    /// The function has the name of a local of the expansion.
    #[::ringkernel::ring_kernel(id = "hygiene.message")]
    pub(crate) fn message(context: &mut ::ringkernel::RingContext, message: Message) -> Answer {
        let _ = context;
        Answer { message: message.decoder }
    }

    #[derive(::core::default::Default)]
    pub(crate) struct State;

    #[::ringkernel::ring_kernel(id = "hygiene.state")]
    pub(crate) async fn payload(
        _: &mut ::ringkernel::RingContext<'_>,
        state: &mut State,
        Message { decoder, .. }: Message,
    ) -> Answer {
        let _ = state;
        Answer { message: decoder }
    }
}

#[test]
fn expansions_ignore_what_the_user_shadows() {
    use ringkernel::RingMessage;
    let message = shadowed::Message {
        id: ringkernel::MessageId::generate(),
        priority: 0,
        decoder: 5,
        encoder: shadowed::Plain { offset: 1, value: 2.0 },
        end: shadowed::Choice::Err,
    };
    assert_eq!(message.priority(), ringkernel::priority::HIGH);
    let back = shadowed::Message::deserialize(&message.serialize()).expect("its own encoding");
    assert!(matches!(back.end, shadowed::Choice::Err));
    assert_eq!((back.decoder, back.encoder.offset, back.encoder.value), (5, 1, 2.0));
    let question = shadowed::Question { payload: 3 };
    assert_eq!(shadowed::Question::deserialize(&question.serialize()).expect("its own encoding").payload, 3);
    let ids = ringkernel::registered_kernels();
    assert!(ids.contains(&"hygiene.message") && ids.contains(&"hygiene.state"), "{ids:?}");
}
