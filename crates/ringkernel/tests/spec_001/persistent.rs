//! Section 9: messages that name their handler, and the table that dispatches them.

use ringkernel_core::persistent_message::{DispatchTable, DispatchTableError, HandlerId, PersistentMessage};

mod printed {
    use ringkernel::prelude::*;

    #[derive(GpuType, Clone, Copy, Debug, PartialEq)]
    #[repr(u32)]
    pub(super) enum OperationType {
        Sum,
        Product,
    }

    #[derive(PersistentMessage)]
    #[persistent_message(handler_id = 1, requires_response = true)]
    pub(super) struct ComputeRequest {
        pub(super) data: Vec<f32>,
        pub(super) operation: OperationType,
    }

    #[derive(PersistentMessage)]
    #[persistent_message(handler_id = 1)] // Same handler as request
    pub(super) struct ComputeResponse {
        pub(super) result: Vec<f32>,
        pub(super) elapsed_ns: u64,
    }
}

/// The same, with the response named.
mod responding {
    use super::printed::{ComputeResponse, OperationType};
    use ringkernel::prelude::*;

    #[derive(PersistentMessage)]
    #[persistent_message(handler_id = 1, requires_response = true, response = ComputeResponse)]
    pub(super) struct ComputeRequest {
        pub(super) data: Vec<f32>,
        pub(super) operation: OperationType,
    }
}

use printed::{ComputeResponse, OperationType};

fn compute(request: responding::ComputeRequest) -> ComputeResponse {
    let result = match request.operation {
        OperationType::Sum => request.data.iter().sum(),
        OperationType::Product => request.data.iter().product(),
    };
    ComputeResponse { result: vec![result], elapsed_ns: 1 }
}

#[test]
fn the_trait_has_the_printed_items() {
    fn check<M: PersistentMessage>(message: &M, id: HandlerId, requires_response: bool) {
        assert_eq!(M::HANDLER_ID, id);
        assert_eq!(M::REQUIRES_RESPONSE, requires_response);
        assert_eq!((M::handler_id(), M::requires_response()), (id.0, requires_response));
        let payload: Vec<u8> = message.serialize_payload();
        assert_eq!(payload.len(), message.payload_size());
    }
    let request = printed::ComputeRequest { data: vec![1.0, 2.0], operation: OperationType::Product };
    check(&request, HandlerId(1), true);
    check(&ComputeResponse { result: vec![], elapsed_ns: 0 }, HandlerId(1), false);

    let none: Option<()> = printed::ComputeRequest::deserialize_response(&[]);
    assert_eq!(none, Some(()), "the response of a message that names none says nothing");
    let response = ComputeResponse { result: vec![2.5], elapsed_ns: 9 };
    let back = responding::ComputeRequest::deserialize_response(&response.serialize_payload());
    assert_eq!(back.map(|back| (back.result, back.elapsed_ns)), Some((vec![2.5], 9)));
    assert!(responding::ComputeRequest::deserialize_response(&[1, 2, 3]).is_none());
}

#[test]
fn a_dispatch_table_runs_the_handler_of_a_message() -> Result<(), DispatchTableError> {
    let mut table = DispatchTable::new();
    table.register_message("compute", compute)?;
    let request = responding::ComputeRequest { data: vec![2.0, 3.0, 4.0], operation: OperationType::Product };
    let bytes = table.dispatch(HandlerId(1), &request.serialize_payload())?;
    let response = responding::ComputeRequest::deserialize_response(&bytes.expect("a response"));
    assert_eq!(response.expect("its own type").result, [24.0]);

    let request = responding::ComputeRequest { operation: OperationType::Sum, ..request };
    let response = table.dispatch_message(&request)?.expect("a response");
    assert_eq!(response.result, [9.0]);
    Ok(())
}
