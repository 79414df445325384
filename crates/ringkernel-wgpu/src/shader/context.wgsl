// What a handler reaches: faults, identity, the clock, the ways out. One lane is one actor here; its record is at rk_d.

@group(0) @binding(0) var<storage, read> rk_turn: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> rk_mem: array<u32>;
@group(0) @binding(2) var<storage, read_write> rk_sync: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> rk_actors: array<u32>;
@group(0) @binding(4) var<storage, read_write> rk_shared: array<atomic<u32>>;

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

// The actor, its record, its shared words, the head of the message in hand.
var<private> rk_self: u32;
var<private> rk_d: u32;
var<private> rk_s: u32;
var<private> rk_head: u32;
// The events that have been claimed for the message in hand.
var<private> rk_out_at: u32;
var<private> rk_out_end: u32;
var<private> rk_outcome: u32;

fn rk_raise(kind: u32, code: u32, file: u32, line: u32) {
    if (rk_fault == 0u) {
        rk_fault = kind;
        rk_fault_code = code;
        rk_fault_file = file;
        rk_fault_line = line;
    }
}

// Copies of what is read and written often: some drivers make much code of every access to a buffer. The parameters of the
// submission, the actor's record, and the head of the message in hand.
var<private> rk_given: array<u32, P_WORDS>;
var<private> rk_own: array<u32, A_WORDS>;
var<private> rk_in: array<u32, H_WORDS>;

fn rk_given2(at: u32) -> vec2<u32> {
    return vec2<u32>(rk_given[at], rk_given[at + 1u]);
}

fn rk_in2(at: u32) -> vec2<u32> {
    return vec2<u32>(rk_in[at], rk_in[at + 1u]);
}

fn rk_in4(at: u32) -> vec4<u32> {
    return vec4<u32>(rk_in[at], rk_in[at + 1u], rk_in[at + 2u], rk_in[at + 3u]);
}

fn rk_load_given() {
    for (var i = P_NOW; i < P_WORDS; i++) {
        rk_given[i] = rk_mem[i];
    }
}

fn rk_load_own() {
    for (var i = 0u; i < A_WORDS; i++) {
        rk_own[i] = rk_actors[rk_d + i];
    }
}

fn rk_save_own() {
    for (var i = A_OWN; i < A_WORDS; i++) {
        rk_actors[rk_d + i] = rk_own[i];
    }
}

fn rk_load_head() {
    for (var i = 0u; i < H_WORDS; i++) {
        rk_in[i] = rk_mem[rk_head + i];
    }
}

// The words of an actor that others touch.
fn rk_shared_at(actor: u32) -> u32 {
    return G_WORDS + actor * S_WORDS;
}

fn rk_less(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn rk_plus(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn rk_mem2(at: u32) -> vec2<u32> {
    return vec2<u32>(rk_mem[at], rk_mem[at + 1u]);
}

fn rk_mem4(at: u32) -> vec4<u32> {
    return vec4<u32>(rk_mem[at], rk_mem[at + 1u], rk_mem[at + 2u], rk_mem[at + 3u]);
}

fn rk_put2(at: u32, value: vec2<u32>) {
    rk_mem[at] = value.x;
    rk_mem[at + 1u] = value.y;
}

fn rk_put4(at: u32, value: vec4<u32>) {
    rk_put2(at, value.xy);
    rk_put2(at + 2u, value.zw);
}

// From the lowest band, 0, to the highest, 3.
fn rk_band(priority: u32) -> u32 {
    return select(0u, 1u, priority > 63u) + select(0u, 1u, priority > 128u) + select(0u, 1u, priority > 191u);
}

// What becomes of a message of this type at an actor: 0, 1 + its handler, or POLLED.
fn rk_route(d: u32, message: u32) -> u32 {
    return rk_mem[rk_given[P_KERNELS] + rk_actors[d + A_KERNEL] * rk_given[P_TYPES] + message];
}

// ---- identity and time

fn rk_actor_ref() -> vec2<u32> {
    return vec2<u32>(rk_self, rk_own[A_GENERATION]);
}

fn rk_sender() -> vec2<u32> {
    return rk_in2(H_SENDER);
}

fn rk_message_id() -> vec4<u32> {
    return rk_in4(H_ID);
}

fn rk_correlation_id() -> vec4<u32> {
    return rk_in4(H_CORRELATION);
}

fn rk_message_timestamp() -> vec4<u32> {
    return rk_in4(H_TIME);
}

// The clock is one 64-bit word: the time in units of 256 ns, and a counter in the lowest 8 bits.
fn rk_clock() -> vec2<u32> {
    return vec2<u32>(rk_own[A_CLOCK], rk_own[A_CLOCK + 1u]);
}

fn rk_now() -> vec4<u32> {
    let word = rk_clock();
    return vec4<u32>(word.x & 0xFFFFFF00u, word.y, word.x & 0xFFu, rk_own[A_NODE]);
}

fn rk_advance(earliest: vec2<u32>) {
    var next = rk_plus(rk_clock(), vec2<u32>(1u, 0u));
    if (rk_less(next, earliest)) {
        next = earliest;
    }
    rk_own[A_CLOCK] = next.x;
    rk_own[A_CLOCK + 1u] = next.y;
}

fn rk_wall() -> vec2<u32> {
    return vec2<u32>(rk_given[P_NOW] & 0xFFFFFF00u, rk_given[P_NOW + 1u]);
}

// Whether this lane may do what only one lane of a grid can; if not, it faults.
fn rk_alone() -> bool {
    if (!rk_leads()) {
        rk_raise(FAULT_NOT_LEADING, 0u, 0u, 0u);
    }
    return rk_fault == 0u;
}

fn rk_tick() -> vec4<u32> {
    if (rk_alone()) {
        rk_advance(rk_wall());
    }
    return rk_now();
}

fn rk_merge(remote: vec4<u32>) {
    // The first word that is later than the remote timestamp.
    let unit = vec2<u32>(remote.x & 0xFFFFFF00u, remote.y);
    var after = rk_plus(unit, vec2<u32>(256u, 0u));
    if (remote.x == unit.x && remote.z < 255u) {
        after = vec2<u32>(unit.x | (remote.z + 1u), unit.y);
    }
    let wall = rk_wall();
    if (rk_less(after, wall)) {
        after = wall;
    }
    rk_advance(after);
}

fn rk_update_clock(remote: vec4<u32>) -> bool {
    let furthest = rk_plus(rk_given2(P_NOW), rk_given2(P_DRIFT));
    if (!rk_alone() || rk_less(furthest, remote.xy)) {
        return false;
    }
    rk_merge(remote);
    return true;
}

fn rk_fresh_id() -> vec4<u32> {
    if (!rk_alone()) {
        return vec4<u32>(0u);
    }
    let low = rk_plus(vec2<u32>(rk_own[A_NEXT_ID], rk_own[A_NEXT_ID + 1u]), vec2<u32>(1u, 0u));
    rk_own[A_NEXT_ID] = low.x;
    rk_own[A_NEXT_ID + 1u] = low.y;
    return vec4<u32>(rk_own[A_ID], rk_own[A_ID + 1u], low.x, low.y);
}

// ---- control

fn rk_request_termination() {
    if (rk_alone()) {
        rk_outcome |= OUTCOME_ENDS;
    }
}

fn rk_is_termination_requested() -> bool {
    return (rk_outcome & OUTCOME_ENDS) != 0u;
}

fn rk_report_error() {
    if (rk_alone()) {
        rk_own[A_ERRORS] += 1u;
    }
}

fn rk_count_dropped() {
    if (rk_alone()) {
        rk_own[A_DROPPED] += 1u;
    }
}

// ---- events

// Claims room for events. False when there is none left in this submission.
fn rk_reserve(words: u32) -> bool {
    let end = rk_given[P_EGRESS_END];
    if (atomicLoad(&rk_shared[G_EGRESS]) + words > end) {
        atomicStore(&rk_shared[G_STARVED], 1u);
        return false;
    }
    let at = atomicAdd(&rk_shared[G_EGRESS], words);
    if (at + words > end) {
        atomicStore(&rk_shared[G_STARVED], 1u);
        // What lies before the end has to be skipped.
        if (at + EVENT_WORDS <= end) {
            rk_event(at, EVENT_SKIP, end - at, 0u);
        }
        return false;
    }
    rk_out_at = at;
    rk_out_end = at + words;
    return true;
}

// Gives back what was claimed and not used, where nobody has claimed more meanwhile; else has it skipped.
fn rk_release() {
    if (rk_out_at < rk_out_end) {
        if (!atomicCompareExchangeWeak(&rk_shared[G_EGRESS], rk_out_end, rk_out_at).exchanged) {
            rk_event(rk_out_at, EVENT_SKIP, rk_out_end - rk_out_at, 0u);
        }
    }
    rk_out_at = 0u;
    rk_out_end = 0u;
}

fn rk_event(at: u32, kind: u32, words: u32, argument: u32) {
    rk_mem[at] = kind | (words << 4u);
    if (words >= EVENT_WORDS) {
        rk_mem[at + 1u] = rk_self;
        rk_mem[at + 2u] = argument;
    }
}

// The next event of those claimed, or 0 when they are used up.
fn rk_emit(kind: u32, words: u32, argument: u32) -> u32 {
    let at = rk_out_at;
    // What is left over has to be large enough to be skipped, which takes one word.
    if (at + words > rk_out_end) {
        return 0u;
    }
    rk_out_at = at + words;
    rk_event(at, kind, words, argument);
    return at + EVENT_WORDS;
}

fn rk_words(bytes: u32) -> u32 {
    return (bytes + 3u) / 4u;
}

fn rk_output_free_slots() -> u32 {
    let words = rk_own[A_OUTPUT_WORDS];
    if (words == 0u) {
        return rk_own[A_ROOM];
    }
    let kept = rk_own[A_NEED];
    let left = rk_out_end - rk_out_at;
    return min(rk_own[A_ROOM], select((left - kept) / words, 0u, left < kept));
}

// ---- rights to answer later

fn rk_right(token: vec2<u32>) -> u32 {
    let rights = rk_own[A_RIGHTS];
    if (rights == 0u || token.x == 0u) {
        return 0u;
    }
    for (var i = 0u; i < rk_own[A_RIGHTS_CAPACITY]; i++) {
        let at = rights + i * RIGHT_WORDS;
        if (all(rk_mem2(at) == token)) {
            return at;
        }
    }
    return 0u;
}

fn rk_defer() -> vec2<u32> {
    let rights = rk_own[A_RIGHTS];
    if (!rk_alone() || rights == 0u) {
        return vec2<u32>(0u, 0u);
    }
    // A free place, or that of the oldest.
    var place = 0u;
    var oldest = 0xFFFFFFFFu;
    for (var i = 0u; i < rk_own[A_RIGHTS_CAPACITY]; i++) {
        let at = rights + i * RIGHT_WORDS;
        let number = rk_mem[at];
        if (number < oldest) {
            oldest = number;
            place = at;
        }
        if (number == 0u) {
            break;
        }
    }
    if (oldest != 0u && rk_mem[place + 2u] == ANSWER_CALLER) {
        rk_emit(EVENT_EVICTED, EVENT_WORDS, rk_mem[place + 3u]);
    }
    let number = rk_own[A_RIGHTS_NEXT] + 1u;
    rk_own[A_RIGHTS_NEXT] = number;
    let token = vec2<u32>(number, rk_own[A_GENERATION]);
    rk_put2(place, token);
    // A message whose answer was deferred before has none any more.
    let answer = select(rk_in[H_ANSWER], ANSWER_OUTPUT, (rk_outcome & OUTCOME_DEFERRED) != 0u);
    rk_mem[place + 2u] = answer;
    rk_mem[place + 3u] = rk_in[H_TOKEN];
    rk_put2(place + 4u, rk_sender());
    rk_put4(place + 6u, rk_answer_correlation());
    rk_put2(place + 10u, rk_in2(H_DEADLINE));
    rk_outcome |= OUTCOME_DEFERRED;
    return token;
}

// What an answer to the message in hand belongs to: its correlation, or its id.
fn rk_answer_correlation() -> vec4<u32> {
    let correlation = rk_correlation_id();
    if (all(correlation == vec4<u32>(0u))) {
        return rk_message_id();
    }
    return correlation;
}

// ---- messages out

// Some drivers copy every function to where it is called, and handlers call this often. So each step stands here once, and
// what can wait until the handler has returned is done there: what is sent goes into the outbox.
fn rk_open(op: u32, a: u32, b: u32, message: u32, bytes: u32, priority: u32, id: vec4<u32>, correlation: vec4<u32>) -> u32 {
    rk_refusal = 0u;
    if (!rk_alone()) {
        rk_refusal = REFUSED_OUTBOX_FULL;
        return 0u;
    }
    // Where it goes: an event of this kind, or a kernel.
    var event = EVENT_SKIP;
    var argument = 0u;
    var receiver = vec2<u32>(a, b);
    var answer = ANSWER_OUTPUT;
    var belongs = correlation;
    if (op == OP_OUTPUT) {
        if (rk_output_free_slots() == 0u) {
            return 0u;
        }
        event = EVENT_OUTPUT;
    } else if (op == OP_ANSWER || op == OP_REPLY) {
        var kind = rk_in[H_ANSWER];
        argument = rk_in[H_TOKEN];
        receiver = rk_sender();
        belongs = rk_answer_correlation();
        event = EVENT_ANSWER;
        if (op == OP_REPLY) {
            let right = rk_right(vec2<u32>(a, b));
            if (right == 0u) {
                // Used up, or never given: nobody waits, and the answer is a dead letter.
                kind = ANSWER_CALLER;
                argument = DEAD_LATE_REPLY;
                belongs = correlation;
                event = EVENT_DEAD;
                rk_refusal = 1u;
            } else {
                kind = rk_mem[right + 2u];
                argument = rk_mem[right + 3u];
                receiver = rk_mem2(right + 4u);
                belongs = rk_mem4(right + 6u);
                event = EVENT_REPLY;
                rk_put2(right, vec2<u32>(0u, 0u));
                // The host finds out that it is late, too, and keeps it as a dead letter; the handler hears it here.
                let deadline = rk_mem2(right + 10u);
                rk_refusal = select(0u, 1u, any(deadline != vec2<u32>(0u)) && rk_less(deadline, rk_given2(P_NOW)));
            }
        } else {
            rk_outcome |= OUTCOME_ANSWERED;
            if ((rk_outcome & OUTCOME_DEFERRED) != 0u) {
                kind = ANSWER_OUTPUT;
            }
        }
        if (kind == ANSWER_OUTPUT) {
            event = EVENT_OUTPUT;
            argument = 0u;
        } else if (kind == ANSWER_KERNEL) {
            event = EVENT_SKIP;
        }
    } else {
        if (op == OP_SEND_NAME || op == OP_REQUEST_NAME) {
            receiver = rk_named(a);
        }
        // Only a name leads out of the runtime. No address is that of a topic.
        let named = op == OP_SEND_NAME || op == OP_REQUEST_NAME;
        if (receiver.y >= PUBLISHED && !(receiver.y == OUTSIDE && named)) {
            receiver = vec2<u32>(0u, 0u);
        }
        if (op == OP_PUBLISH) {
            receiver = vec2<u32>(a, PUBLISHED);
        }
        answer = select(ANSWER_OUTPUT, ANSWER_KERNEL, op == OP_REQUEST || op == OP_REQUEST_NAME);
    }
    var head = 0u;
    if (event == EVENT_SKIP) {
        let slot = rk_outgoing(op, receiver, message, bytes);
        if (slot != 0u) {
            head = rk_slot(slot);
        } else if (op != OP_ANSWER && op != OP_REPLY) {
            return 0u;
        } else {
            // An answer cannot be refused: one that cannot be delivered is a dead letter, and nobody waits for it.
            event = EVENT_DEAD;
            argument = rk_dead_reason(rk_refusal);
            rk_refusal = 1u;
        }
    }
    if (head == 0u) {
        head = rk_emit(event, EVENT_WORDS + H_WORDS + rk_words(bytes), argument);
        if (head == 0u) {
            rk_refusal = REFUSED_TOO_LARGE;
            return 0u;
        }
    }
    if (event == EVENT_OUTPUT && rk_own[A_ROOM] > 0u) {
        rk_own[A_ROOM] -= 1u;
    }
    rk_own[A_SENT] += 1u;
    rk_advance(rk_wall());
    // What a handler sends is on the account of the message in hand; an answer is on that of whoever has asked.
    let payer = select(rk_in[H_PAYER], rk_own[A_PAYER], rk_in[H_PAYER] == 0u);
    let sender = rk_actor_ref();
    let time = rk_now();
    let now = rk_given2(P_NOW);
    let patience = rk_plus(now, rk_given2(P_K2K_LIMIT));
    var words = array<u32, H_WORDS>(
        0u, message, bytes, priority, answer,
        sender.x, sender.y,
        id.x, id.y, id.z, id.w,
        belongs.x, belongs.y, belongs.z, belongs.w,
        time.x, time.y, time.z, time.w,
        now.x, now.y,
        0u,
        receiver.x, receiver.y,
        0u, 0u,
        patience.x, patience.y,
        rk_handler_id(message), select(payer, 0u, op == OP_ANSWER || op == OP_REPLY), 0u, 0u,
    );
    // The link to the next slot is the outbox's.
    for (var i = H_TYPE; i < H_WORDS; i++) {
        rk_mem[head + i] = words[i];
    }
    // The last word of the payload may be written in parts.
    if (bytes > 0u) {
        rk_mem[head + H_WORDS + rk_words(bytes) - 1u] = 0u;
    }
    return head + H_WORDS;
}

fn rk_dead_reason(refusal: u32) -> u32 {
    switch refusal {
        case REFUSED_TOO_LARGE: { return DEAD_TOO_LARGE; }
        case REFUSED_UNHANDLED: { return DEAD_UNHANDLED; }
        case REFUSED_OUTBOX_FULL, REFUSED_OWN_MAILBOX_FULL: { return DEAD_QUEUE_FULL; }
        default: { return DEAD_LATE_REPLY; }
    }
}
