// The one device: the numbers that the driver gives for it.
#pragma once
#include <cstddef>

namespace sim::device {

inline constexpr const char* NAME = "RingKernel CUDA simulator";
inline constexpr int DRIVER_VERSION = 12080;
inline constexpr int MULTIPROCESSORS = 10;
inline constexpr unsigned WARP_LANES = 32;
inline constexpr unsigned LANES_OF_BLOCK = 1024;
inline constexpr unsigned LANES_OF_MULTIPROCESSOR = 1024;
// Each block is a thread of the system.
inline constexpr unsigned BLOCKS_OF_MULTIPROCESSOR = 1;
inline constexpr unsigned SHARED_BYTES_OF_BLOCK = 48 * 1024;
inline constexpr unsigned SHARED_BYTES_OF_BLOCK_OPTIN = 227 * 1024;
inline constexpr unsigned SHARED_BYTES_OF_MULTIPROCESSOR = 228 * 1024;
// What the hardware keeps for itself of each block's.
inline constexpr unsigned SHARED_BYTES_RESERVED = 1024;
inline constexpr size_t MEMORY_BYTES = size_t(2) << 30;

// How many blocks of this shape one multiprocessor holds.
unsigned resident_blocks(unsigned lanes, size_t shared_bytes);

}  // namespace sim::device
