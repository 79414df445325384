//! A runtime in miniature: everything that printed text needs, for one actor and one message.
//!
//! Words of `rk_mem`: 0 what was faulted and how, 16 the message, 1024 the state, 2048 scratch, 4096 payloads out.

/// Where the message lies, in words.
pub(crate) const MESSAGE: usize = 16;
/// Where the state of a scalar kernel lies, in words.
pub(crate) const STATE: usize = 1024;
/// Where scratch memory lies, in words.
pub(crate) const SCRATCH: usize = 2048;
/// Words of scratch memory.
pub(crate) const SCRATCH_WORDS: usize = 64;
/// Where what is sent is written down, in words: see [`Sent`](super::device::Sent).
pub(crate) const SENT: usize = 4096;
/// Words of `rk_mem`.
pub(crate) const WORDS: usize = 5120;
/// Words before each payload that is sent.
pub(crate) const SENT_HEAD: usize = 16;

/// The text in front of a printed program.
pub(crate) fn runtime(block_size: u32, cooperative: bool) -> String {
    let state = if cooperative { 0 } else { STATE };
    let merge = if cooperative { "rk_block_fault();" } else { "" };
    format!(
        "@group(0) @binding(0) var<storage, read_write> rk_mem: array<u32>;
@group(0) @binding(1) var<storage, read_write> rk_sync: array<atomic<u32>>;
var<private> rk_state: u32;
var<private> rk_message: u32;
var<private> rk_scratch: u32;
var<private> rk_scratch_words: u32;
var<private> rk_scratch_used: u32;
var<private> rk_fault: u32;
var<private> rk_fault_code: u32;
var<private> rk_fault_file: u32;
var<private> rk_fault_line: u32;
var<private> rk_refusal: u32;
var<private> rk_lane: u32;
var<private> rk_block_number: u32;

fn rk_raise(kind: u32, code: u32, file: u32, line: u32) {{
    if rk_fault == 0u {{
        rk_fault = kind;
        rk_fault_code = code;
        rk_fault_file = file;
        rk_fault_line = line;
    }}
}}

fn rk_actor_ref() -> vec2<u32> {{ return vec2<u32>(7u, 1u); }}
fn rk_sender() -> vec2<u32> {{ return vec2<u32>(9u, 2u); }}
fn rk_message_id() -> vec4<u32> {{ return vec4<u32>(1u, 2u, 3u, 4u); }}
fn rk_correlation_id() -> vec4<u32> {{ return vec4<u32>(5u, 6u, 7u, 8u); }}
fn rk_message_timestamp() -> vec4<u32> {{ return vec4<u32>(100u, 0u, 1u, 2u); }}
fn rk_now() -> vec4<u32> {{ return vec4<u32>(200u, 0u, 0u, 2u); }}
fn rk_tick() -> vec4<u32> {{ return vec4<u32>(200u, 0u, 1u, 2u); }}
fn rk_update_clock(t: vec4<u32>) -> bool {{ return t.x < 1000u; }}
fn rk_fresh_id() -> vec4<u32> {{
    rk_mem[5] += 1u;
    return vec4<u32>(rk_mem[5], 0u, 77u, 0u);
}}
fn rk_output_free_slots() -> u32 {{ return 3u; }}
fn rk_defer() -> vec2<u32> {{ return vec2<u32>(11u, 12u); }}
fn rk_request_termination() {{ rk_mem[6] = 1u; }}
fn rk_is_termination_requested() -> bool {{ return rk_mem[6] != 0u; }}
fn rk_report_error() {{ rk_mem[7] += 1u; }}
fn rk_count_dropped() {{ rk_mem[8] += 1u; }}
fn rk_thread_id() -> u32 {{ return rk_lane; }}
fn rk_block_id() -> u32 {{ return rk_block_number; }}
fn rk_block_dim() -> u32 {{ return {block_size}u; }}
fn rk_grid_dim() -> u32 {{ return 1u; }}

fn rk_open(op: u32, a: u32, b: u32, message: u32, bytes: u32, priority: u32, id: vec4<u32>, correlation: vec4<u32>) -> u32 {{
    rk_refusal = 0u;
    if a == 404u {{
        rk_refusal = 2u;
        return 0u;
    }}
    let at = {SENT}u + rk_mem[4];
    rk_mem[4] += {SENT_HEAD}u + ((bytes + 3u) >> 2u);
    rk_mem[at] = op + 1u;
    rk_mem[at + 1u] = a;
    rk_mem[at + 2u] = b;
    rk_mem[at + 3u] = message;
    rk_mem[at + 4u] = bytes;
    rk_mem[at + 5u] = priority;
    rk_mem[at + 8u] = id.x;
    rk_mem[at + 9u] = id.y;
    rk_mem[at + 10u] = id.z;
    rk_mem[at + 11u] = id.w;
    rk_mem[at + 12u] = correlation.x;
    rk_mem[at + 13u] = correlation.y;
    rk_mem[at + 14u] = correlation.z;
    rk_mem[at + 15u] = correlation.w;
    return at + {SENT_HEAD}u;
}}

fn rk_poll(by_name: u32, a: u32, b: u32, message: u32) -> u32 {{
    if rk_mem[9] == 0u {{
        return 0u;
    }}
    rk_mem[9] -= 1u;
    return {MESSAGE}u;
}}

@compute @workgroup_size({block_size})
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) block: vec3<u32>) {{
    rk_lane = lane;
    rk_block_number = block.x;
    rk_state = {state}u;
    rk_message = {MESSAGE}u;
    rk_scratch = {SCRATCH}u;
    rk_scratch_words = select(0u, {SCRATCH_WORDS}u, lane == 0u);
    let handler = rk_mem[10];
    rk_run_handler(handler);
    {merge}
    if lane == 0u {{
        rk_mem[0] = rk_fault;
        rk_mem[1] = rk_fault_code;
        rk_mem[2] = rk_fault_file;
        rk_mem[3] = rk_fault_line;
    }}
}}

"
    )
}
