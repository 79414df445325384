//! The CUDA backend passes the conformance suite, in simulation or on a device.

mod machine;

ringkernel_testkit::conformance_suite!(machine::Factory, lacks[LaneSchedule], here | _ | false);
