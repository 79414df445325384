// Messages on their way out: the head is written first, then the parts of variable length in canonical order.

struct rk_writer {
    rk_u8* payload;
    rk_u64 end;
    // Whether a vector was to be written whose elements have not been kept.
    bool lacks_elements;
};

RK_FN bool rk_is_nil(rk_words id) { return id.first == 0ull && id.second == 0ull; }

// Appends a part to the tail: where it starts, from the start of the payload.
RK_FN rk_u64 rk_append(rk_u64* end, rk_u64 align, rk_u64 bytes) {
    rk_u64 start = rk_round_up(*end, align);
    *end = start + bytes;
    return start;
}

RK_FN rk_span rk_append_span(rk_writer* writer, rk_vector vector, rk_u64 align, rk_u64 bytes) {
    rk_u64 start = rk_append(&writer->end, align, bytes * vector.len);
    writer->lacks_elements = writer->lacks_elements || (vector.at == nullptr && vector.len != 0u);
    rk_span span = {(rk_u32)start, vector.len};
    return span;
}

// Opens a message whose bytes are zero. A payload of 4 GiB is over every limit.
RK_FN rk_u8* rk_open_zeroed(
    rk_lane* rk, rk_u32 op, rk_u32 a, rk_u32 b, rk_u32 message, rk_u64 bytes, rk_u32 priority, rk_words id,
    rk_words correlation) {
    rk_u32 size = bytes > 0xffffffffull ? 0xffffffffu : (rk_u32)bytes;
    rk_u8* payload = rk_open(rk, op, a, b, message, size, priority, id, correlation);
    if (payload != nullptr) {
        memset(payload, 0, size);
    }
    return payload;
}
