//! The CPU backend passes the conformance suite.

ringkernel_testkit::conformance_suite!(ringkernel_cpu::CpuFactory, host_only);
