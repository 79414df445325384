use ringkernel::prelude::*;

#[derive(RingMessage)]
#[message(domain = "FraudDetektion")]
struct UnknownDomain;

#[derive(RingMessage)]
#[message(domain = Domain::Fruad)]
struct UnknownPath;

#[derive(RingMessage)]
#[message(domain = 7)]
struct NoName;

#[derive(RingMessage)]
#[message(domain = "FraudDetection", type_id = 1005)]
struct OutsideOfDomain;

#[derive(RingMessage)]
#[message(type_id = -1)]
struct Negative;

#[derive(RingMessage)]
#[message(type_id = 0x8000_0000_0000_0000)]
struct Reserved;

#[derive(RingMessage)]
#[message(type_id)]
struct NoNumber;

#[derive(RingMessage)]
#[message(routable = true)]
struct UnknownKey;

fn main() {}
