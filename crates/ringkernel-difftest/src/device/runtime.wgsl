// A runtime for programs that only compute: it has one message for each invocation and takes one answer.
// A row of workgroups runs one program.
// See README.md beside the printer of WGSL for what generated code needs.

struct Job {
    handler: u32, count: u32, message: u32, message_words: u32, result: u32, result_words: u32, bytes: u32,
    scratch: u32, scratch_words: u32,
}

@group(0) @binding(0) var<storage, read_write> rk_mem: array<u32>;
@group(0) @binding(1) var<storage, read_write> rk_sync: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read> jobs: array<Job>;

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
var<private> result: u32;
var<private> answer_bytes: u32;
var<private> answered: u32;

fn rk_raise(kind: u32, code: u32, file: u32, line: u32) {
    if rk_fault == 0u {
        rk_fault = kind;
        rk_fault_code = code;
        rk_fault_file = file;
        rk_fault_line = line;
    }
}

fn rk_open(
    op: u32, a: u32, b: u32, message: u32, bytes: u32, priority: u32, id: vec4<u32>, correlation: vec4<u32>,
) -> u32 {
    if op != 0u || bytes != answer_bytes {
        rk_raise(0xfffffffeu, 0u, 0u, bytes);
    }
    answered += 1u;
    return result + 8u;
}

fn rk_fresh_id() -> vec4<u32> {
    return vec4<u32>(1u, 2u, 3u, 4u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
    let job = jobs[at.y];
    if at.x >= job.count {
        return;
    }
    rk_message = job.message + at.x * job.message_words;
    result = job.result + at.x * job.result_words;
    answer_bytes = job.bytes;
    rk_scratch = job.scratch + at.x * job.scratch_words;
    rk_scratch_words = job.scratch_words;
    rk_run_handler(job.handler);
    rk_mem[result] = answered;
    rk_mem[result + 1u] = rk_fault;
    rk_mem[result + 2u] = rk_fault_code;
    rk_mem[result + 3u] = rk_fault_file;
    rk_mem[result + 4u] = rk_fault_line;
}
