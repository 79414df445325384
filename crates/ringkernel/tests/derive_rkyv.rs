//! `#[derive(RingMessage)]` beside the derives of rkyv, on one struct.

mod requests {
    use ringkernel::prelude::*;
    use rkyv::{Archive, Deserialize, Serialize};
    use uuid::Uuid;

    #[derive(RingMessage, Archive, Serialize, Deserialize)]
    #[rkyv(compare(PartialEq))]
    pub(crate) struct VectorAddRequest {
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

use requests::{ArchivedVectorAddRequest, VectorAddRequest};
use ringkernel::{RingMessage, priority};
use rkyv::rancor::Error;
use uuid::Uuid;

#[test]
fn both_encodings_work_side_by_side() {
    let message = VectorAddRequest {
        id: Uuid::from_u128(1),
        priority: 0,
        correlation_id: None,
        a: vec![1.0, 2.0],
        b: vec![3.0],
    };
    let back = VectorAddRequest::deserialize(&message.serialize()).expect("its own encoding");
    assert_eq!((back.id, &back.a, &back.b), (message.id, &message.a, &message.b));
    assert_eq!(message.priority(), priority::NORMAL);
    let archived = rkyv::to_bytes::<Error>(&message).expect("an archive");
    let read = rkyv::access::<ArchivedVectorAddRequest, Error>(&archived).expect("a valid archive");
    assert!(read.a == message.a && read.b == message.b);
}
