//! The C++ that the libraries are made of: part of this crate, so that a test binary needs no source tree.

/// A file: where it lies in the folder of sources, and its text.
pub(crate) type Source = (&'static str, &'static str);

macro_rules! sources {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!($path))),*] };
}

/// What stands in front of the text of programs; the driver includes some of it.
pub(crate) const DEVICE: &[Source] = sources![
    "device/atomics.hpp",
    "device/cuda.hpp",
    "device/lanes.hpp",
    "device/numbers.hpp",
    "device/primitives.hpp",
    "device/services.hpp",
];

/// The driver and its engine.
pub(crate) const DRIVER: &[Source] = sources![
    "driver/context.cpp",
    "driver/context.hpp",
    "driver/copies.cpp",
    "driver/cuda.hpp",
    "driver/device.cpp",
    "driver/device.hpp",
    "driver/graphs.cpp",
    "driver/memory.cpp",
    "driver/memory.hpp",
    "driver/programs.cpp",
    "driver/stream.cpp",
    "engine/block.cpp",
    "engine/block.hpp",
    "engine/faults.cpp",
    "engine/faults.hpp",
    "engine/grid.cpp",
    "engine/grid.hpp",
    "engine/report.cpp",
    "engine/report.hpp",
    "engine/switch.cpp",
    "engine/switch.hpp",
    "engine/tsan.hpp",
];

/// The compiler library.
pub(crate) const NVRTC: &[Source] = sources!["nvrtc/nvrtc.cpp"];
