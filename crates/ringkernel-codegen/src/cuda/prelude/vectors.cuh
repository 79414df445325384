// Vectors: in the message, or in the lane's scratch memory, which only grows.

// As a vector lies in a message: bytes from the start of the payload, and elements.
struct rk_span {
    rk_u32 offset;
    rk_u32 count;
};

// `payload` is what spans inside of the elements count from. A lane without scratch memory counts elements and keeps none:
// `at` is null then.
struct rk_vector {
    rk_u8* at;
    rk_u8* payload;
    rk_u32 len;
    rk_u32 capacity;
};

RK_FN rk_vector rk_vector_of(rk_span span, rk_u8* payload) {
    rk_vector vector = {payload + span.offset, payload, span.count, span.count};
    return vector;
}

// Whether there is an element at `index`. Faults where there is none.
RK_FN bool rk_has_element(rk_lane* rk, rk_vector vector, rk_usize index, rk_u32 file, rk_u32 line) {
    if (index >= vector.len) {
        rk_raise(rk, RK_INDEX_OUT_OF_BOUNDS, 0u, file, line);
        return false;
    }
    if (vector.at == nullptr) {
        rk_raise(rk, RK_OUT_OF_MEMORY, 0u, file, line);
        return false;
    }
    return true;
}

RK_FN rk_u64 rk_round_up(rk_u64 bytes, rk_u64 align) { return (bytes + align - 1ull) / align * align; }

// Reserves scratch memory behind what is taken. False when it is not there.
RK_FN bool rk_reserve(rk_lane* rk, rk_u64 bytes, rk_u64 align, rk_u8** at) {
    rk_u64 start = rk_round_up(rk->scratch_used, align);
    if (start > rk->scratch_bytes || bytes > rk->scratch_bytes - start) {
        return false;
    }
    *at = rk->scratch + start;
    rk->scratch_used = (rk_u32)(start + bytes);
    return true;
}

template <class T> RK_FN rk_vector rk_vector_new(rk_lane* rk, rk_usize capacity, rk_u32 file, rk_u32 line) {
    rk_vector vector = {};
    if (rk->scratch_bytes == 0u || rk->fault != 0u) {
        return vector;
    }
    vector.payload = rk->scratch;
    if (capacity > rk->scratch_bytes || !rk_reserve(rk, capacity * sizeof(T), alignof(T), &vector.at)) {
        rk_raise(rk, RK_OUT_OF_MEMORY, 0u, file, line);
        vector.at = nullptr;
        return vector;
    }
    vector.capacity = (rk_u32)capacity;
    return vector;
}

// Makes room for one more element. The last vector in scratch memory grows in place, others move behind it.
template <class T> RK_FN bool rk_vector_grow(rk_lane* rk, rk_vector* vector) {
    if (vector->at != nullptr && vector->at + vector->capacity * sizeof(T) == rk->scratch + rk->scratch_used) {
        rk_u8* more;
        if (!rk_reserve(rk, sizeof(T), 1ull, &more)) {
            return false;
        }
        vector->capacity += 1u;
        return true;
    }
    rk_u64 capacity = vector->capacity < 2u ? 4ull : 2ull * vector->capacity;
    rk_u8* at;
    if (!rk_reserve(rk, capacity * sizeof(T), alignof(T), &at)) {
        capacity = vector->len + 1ull;
        if (!rk_reserve(rk, capacity * sizeof(T), alignof(T), &at)) {
            return false;
        }
    }
    for (rk_u32 index = 0u; index < vector->len; index += 1u) {
        ((T*)at)[index] = ((T*)vector->at)[index];
    }
    vector->at = at;
    vector->payload = rk->scratch;
    vector->capacity = (rk_u32)capacity;
    return true;
}

template <class T> RK_FN void rk_vector_push(rk_lane* rk, rk_vector* vector, T value, rk_u32 file, rk_u32 line) {
    if (rk->fault != 0u) {
        return;
    }
    if (rk->scratch_bytes == 0u && (vector->at == nullptr || vector->len == vector->capacity)) {
        // There is nowhere to move to, so that all elements are only counted from here on.
        vector->at = nullptr;
        vector->len += 1u;
        vector->capacity = vector->len;
        return;
    }
    if (vector->len == vector->capacity && !rk_vector_grow<T>(rk, vector)) {
        rk_raise(rk, RK_OUT_OF_MEMORY, 0u, file, line);
        return;
    }
    ((T*)vector->at)[vector->len] = value;
    vector->len += 1u;
}

// Takes the last element off, if there is one. Faults when there is one that has not been kept.
template <class T> RK_FN bool rk_vector_pop(rk_lane* rk, rk_vector* vector, T* value, rk_u32 file, rk_u32 line) {
    if (vector->len == 0u || !rk_has_element(rk, *vector, vector->len - 1u, file, line)) {
        return false;
    }
    vector->len -= 1u;
    *value = ((T*)vector->at)[vector->len];
    return true;
}

RK_FN void rk_vector_truncate(rk_vector* vector, rk_usize len) {
    if (len < vector->len) {
        vector->len = (rk_u32)len;
    }
}
