// Doubles numbers of 64 bits, low word first.

@group(0) @binding(0) var<storage, read> requests: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> answers: array<vec2<u32>>;

@compute @workgroup_size(64)
fn double(@builtin(global_invocation_id) lane: vec3<u32>) {
    if lane.x < arrayLength(&requests) {
        let number = requests[lane.x];
        answers[lane.x] = vec2(number.x << 1u, (number.y << 1u) | (number.x >> 31u));
    }
}
