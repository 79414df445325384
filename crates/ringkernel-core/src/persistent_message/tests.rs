//! What a dispatch table refuses, and what is told of a response. Typed messages are tested where the derive is, in the
//! facade.

use super::{DispatchTable, DispatchTableError, Handler, HandlerError, HandlerId, HandlerRegistration};
use crate::message::{DecodeError, Payload};

fn echo(id: u32, name: &str) -> HandlerRegistration {
    let handle = |payload: &[u8]| Ok(Some(Payload::from(payload)));
    HandlerRegistration::new(id, name, 1, handle).with_response(2)
}

fn silent(id: u32) -> HandlerRegistration {
    HandlerRegistration::new(id, "silent", 1, |_: &[u8]| Ok(None))
}

#[test]
fn a_message_goes_to_the_handler_of_its_id() {
    let mut table = DispatchTable::new();
    assert!(table.is_empty());
    assert_eq!(table.max_handler_id(), None);
    table.register(echo(7, "echo")).unwrap();
    table.register(silent(3)).unwrap();

    assert_eq!(table.dispatch(7, b"abc").unwrap().as_deref(), Some(b"abc".as_slice()));
    assert_eq!(table.dispatch(HandlerId(3), b"abc").unwrap(), None);
    let ids: Vec<u32> = table.handlers().map(|handler| handler.handler_id.0).collect();
    assert_eq!((ids, table.len(), table.max_handler_id()), (vec![3, 7], 2, Some(HandlerId(7))));
    assert!(table.get(7).is_some_and(|handler| handler.produces_response));
    assert!(table.get(8).is_none());
}

#[test]
fn two_handlers_cannot_have_one_id_and_the_first_stays() {
    let mut table = DispatchTable::new();
    table.register(echo(1, "first")).unwrap();
    let refused = table.register(silent(1)).unwrap_err();
    let (first, second) = ("first".into(), "silent".into());
    assert_eq!(refused, DispatchTableError::DuplicateHandler { id: HandlerId(1), first, second });
    assert_eq!(table.dispatch(1, b"x").unwrap().as_deref(), Some(b"x".as_slice()));
}

#[test]
fn an_unknown_id_is_answered_with_those_there_are() {
    let mut table = DispatchTable::new();
    table.register(silent(9)).unwrap();
    table.register(silent(2)).unwrap();
    let error = table.dispatch(5, b"").unwrap_err();
    assert_eq!(error.to_string(), "no handler has id 5; registered are 2, 9");
    let error = DispatchTable::new().dispatch(5, b"").unwrap_err();
    assert_eq!(error.to_string(), "no handler has id 5; registered are none");
}

/// Fails with what it is given.
struct Failing(HandlerError);

impl Handler for Failing {
    fn handle(&self, _payload: &[u8]) -> Result<Option<Payload>, HandlerError> {
        Err(self.0.clone())
    }
}

#[test]
fn what_a_handler_refuses_is_told_with_its_name() {
    let check = |error: HandlerError, expected: &str| {
        let mut table = DispatchTable::new();
        table.register(HandlerRegistration::new(1, "fragile", 1, Failing(error))).unwrap();
        assert_eq!(table.dispatch(1, b"").unwrap_err().to_string(), expected);
    };
    check(
        HandlerError::Failed { reason: "out of paper".into() },
        "handler `fragile` did not handle its message: out of paper",
    );
    check(
        HandlerError::from(DecodeError::TooShort { needed: 4, available: 0 }),
        "handler `fragile` did not handle its message: the payload could not be decoded: 4 bytes are needed and there are 0",
    );
}

#[test]
fn a_promised_response_that_does_not_come_is_an_error() {
    let mut table = DispatchTable::new();
    table.register(silent(1).with_response(2)).unwrap();
    let error = table.dispatch(1, b"").unwrap_err();
    assert_eq!(error, DispatchTableError::NoResponse { handler: "silent".into() });
}
