// A flag between two blocks of a cluster: each writes into the memory of the other block and looks at its own. Devices before
// compute capability 9.0 have no clusters.
// needs sm_90

__shared__ rk_u32 rk_inbox;

// The same variable in the other block.
RK_FN rk_u32 rk_peer_inbox() {
    rk_u32 own = (rk_u32)__cvta_generic_to_shared(&rk_inbox), rank, peer;
    asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(peer) : "r"(own), "r"(rank ^ 1u));
    return peer;
}
RK_FN rk_u32 rk_load_acquire_cluster(const rk_u32* word) {
    rk_u32 value, address = (rk_u32)__cvta_generic_to_shared(word);
    asm volatile("ld.acquire.cluster.shared::cta.u32 %0, [%1];" : "=r"(value) : "r"(address) : "memory");
    return value;
}
// The address is one of the cluster's memory.
RK_FN void rk_store_release_cluster(rk_u32 address, rk_u32 value) {
    asm volatile("st.release.cluster.shared::cluster.u32 [%0], %1;" : : "r"(address), "r"(value) : "memory");
}
RK_FN void rk_meet_cluster() {
    asm volatile("barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;" : : : "memory");
}

RK_FN rk_u32 rk_lead_cluster(const rk_u32* world, rk_u32 peer, rk_u32 number, rk_u32 rounds) {
    for (rk_u32 round = 0u; round < rounds; round += 1u) {
        rk_store_release_cluster(peer, number + 1u);
        rk_patience patience = {};
        while (rk_load_acquire_cluster(&rk_inbox) != number + 2u) {
            if (rk_is_over(world, &patience)) {
                return 0u;
            }
        }
        number += 2u;
    }
    return number;
}

RK_FN void rk_follow_cluster(const rk_u32* world, rk_u32 peer, rk_u32 rounds) {
    for (rk_u32 number = 0u; number < 2u * rounds; number += 2u) {
        rk_patience patience = {};
        while (rk_load_acquire_cluster(&rk_inbox) != number + 1u) {
            if (rk_is_over(world, &patience)) {
                return;
            }
        }
        rk_store_release_cluster(peer, number + 2u);
    }
}

extern "C" __global__ void __cluster_dims__(2, 1, 1) rk_within_cluster(rk_u32* world) {
    rk_u32 peer = rk_peer_inbox(), rounds = world[RK_COUNT], first = rounds / 8u;
    if (threadIdx.x == 0u) {
        rk_inbox = 0u;
    }
    rk_meet_cluster();
    if (threadIdx.x == 0u && blockIdx.x == 0u) {
        rk_u32 number = rk_lead_cluster(world, peer, 0u, first);
        rk_u64 begin = rk_globaltimer();
        number = rk_lead_cluster(world, peer, number, rounds - first);
        rk_report(world, number, rk_globaltimer() - begin);
    } else if (threadIdx.x == 0u) {
        rk_follow_cluster(world, peer, rounds);
    }
    // The memory of a block is there until both are done with it.
    rk_meet_cluster();
}
