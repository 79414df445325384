//! The macro that turns the cases into tests of one backend.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use ringkernel::prelude::Backend;

use crate::gate;
use crate::rig::Factory;

/// The longest that a case may take. Only a case that hangs takes longer: a driver that runs on the processor compiles a
/// program in seconds, and a case may launch dozens of them.
const CASE_LIMIT: Duration = Duration::from_secs(600);

/// Runs one case. A backend that is not available here is skipped, loudly.
///
/// # Panics
/// When the case fails or hangs, or is skipped where it must not be: see [`gate::REQUIRED`].
pub fn run_case(name: &str, factory: Factory, case: fn(Factory) -> Pin<Box<dyn Future<Output = ()> + Send>>) {
    if let Err(reason) = factory.probe() {
        return gate::skip(needed(factory.backend()), &reason);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("a tokio runtime");
    runtime.block_on(async {
        // In a task of its own, so that the case may be stuck and the limit still ends it.
        let case = tokio::spawn(case(factory));
        match tokio::time::timeout(CASE_LIMIT, case).await {
            Ok(Ok(())) => {}
            Ok(Err(failed)) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(failed) => panic!("{name}: {failed}"),
            },
            Err(_) => panic!("{name} hangs"),
        }
    });
}

/// The word by which [`gate::REQUIRED`] names a backend.
fn needed(backend: Backend) -> &'static str {
    match backend {
        Backend::Cuda => "cuda",
        Backend::Metal => "metal",
        Backend::Wgpu => "wgpu",
        _ => "cpu",
    }
}

/// Expands to one test per case for the backend that `$factory`, a constant expression, starts.
///
/// `conformance_suite!(factory)` has the cases of every backend. `conformance_suite!(factory, lacks [GridBarrier], here f)`
/// names what the backend lacks, see [`Absence`](crate::absence::Absence); `f`, a `fn(Absence) -> bool`, says what is missing
/// on this machine besides. `conformance_suite!(factory, host_only)` adds the cases whose handlers block, wait or panic with
/// text, which only a CPU can run.
#[macro_export]
macro_rules! conformance_suite {
    ($factory:expr) => {
        $crate::conformance_suite!($factory, lacks [], here |_| false);
    };
    ($factory:expr, lacks [$($absence:ident),* $(,)?], here $here:expr) => {
        static FACTORY: $crate::__Factory =
            $crate::__Factory::new(&$factory, &[$($crate::absence::Absence::$absence),*], $here);
        $crate::__conformance_cases! { [$crate::cases],
            absences {
                what_a_backend_lacks_is_refused_by_name
                what_a_backend_does_not_lack_works
            }
            allowances {
                limited_tenants_come_and_go
                a_quota_holds_while_kernels_come_and_go
            }
            audit_tags {
                a_tenant_runs_out_of_audit_tags_for_itself_alone
            }
            back_pressure {
                a_full_mailbox_hands_the_message_back
                the_bands_share_the_capacity
                a_send_waits_for_room
                a_send_waits_for_room_that_messages_from_kernels_have_taken
                a_send_that_waited_long_enough_hands_the_message_back
                nothing_is_lost_with_a_slow_consumer
                a_full_output_queue_holds_the_kernel_up
                a_kernel_that_waits_on_its_output_can_be_stopped
                a_handler_sees_how_much_output_room_there_is
                an_answer_behind_a_full_output_queue_is_not_lost
                an_output_that_finds_no_room_comes_back
            }
            bad_input {
                impossible_launch_options_are_refused
                impossible_runtime_options_are_refused
                a_state_of_another_type_is_refused
                an_oversized_payload_is_refused
                an_unhandled_message_type_is_a_typed_error_to_its_sender
                garbage_is_a_typed_error_or_a_dead_letter
                random_envelopes_do_no_harm
            }
            budgets {
                a_spent_budget_stops_what_leaves_the_runtime
            }
            dead_letters {
                the_oldest_dead_letters_give_way_and_are_counted
                taking_dead_letters_empties_the_ring
                a_dead_letter_can_be_sent_again
                dead_letters_survive_shutdown
            }
            deadlines {
                an_expired_message_becomes_a_dead_letter
                a_call_times_out_and_its_message_is_not_handled
                a_late_answer_becomes_a_dead_letter
                the_longest_timeout_is_not_too_long
                receiving_times_out
            }
            dispatch_by_type {
                a_mix_of_messages_finds_the_handlers_of_their_ids
                kernels_find_the_handlers_of_each_other_by_id
                the_same_id_is_another_handler_in_another_kernel
                an_id_without_a_handler_is_refused_by_name
            }
            faults {
                an_explicit_failure_has_its_code_and_line
                an_index_and_a_division_fault_on_their_line
                overflow_means_what_it_means_in_rust
                a_fault_dead_letters_what_is_queued_and_tells_callers
                a_failed_kernel_refuses_everything_but_termination
                the_neighbours_of_a_failing_kernel_go_on
                reporting_an_error_only_counts
                a_caller_hears_of_a_fault_last
            }
            k2k {
                a_kernel_is_reached_by_name_and_by_address
                a_one_way_answer_goes_to_the_answerers_own_output
                the_answer_to_a_request_arrives_at_the_asker
                polled_messages_are_taken_by_their_sender
                a_full_cycle_makes_progress_under_host_load
                hosts_leave_room_for_kernels
                messages_between_two_kernels_stay_in_order
                a_full_ring_of_polled_messages_holds_nothing_else_up
            }
            k2k_refusals {
                a_message_that_cannot_be_delivered_is_refused_with_the_reason
                a_full_outbox_gives_the_message_back
                a_full_target_holds_the_sender_up
                what_a_full_target_does_not_take_in_time_is_dead_lettered
                a_sender_that_ends_accounts_for_its_outbox
                a_target_that_ends_while_the_sender_waits_accounts_for_the_messages
                a_stale_address_never_reaches_a_new_actor
                an_answer_to_an_asker_that_is_gone_is_dead_lettered
                an_address_of_another_runtime_reaches_nobody
                a_message_to_itself_is_taken_or_comes_back
            }
            lane_mail {
                what_waits_for_lanes_is_handled_once
                lanes_handle_once_what_kernels_send
                lanes_answer_kernels
                lanes_take_hosts_and_kernels_messages_in_turns
                hosts_get_what_lanes_publish
            }
            lanes {
                a_block_reduces
                a_block_sums_prefixes
                a_block_sorts
                a_grid_counts_with_atomics
                a_grid_that_meets_counts_with_atomics
                a_grid_multiplies_tiles
                a_grid_that_meets_multiplies_tiles
                a_grid_that_meets_adds_up
                the_kernel_says_how_many_lanes_there_are
                lanes_exchange_values
            }
            lifecycle {
                activating_an_active_kernel_changes_nothing
                a_launched_kernel_queues_and_processes_nothing
                a_deactivated_kernel_keeps_its_state_and_its_messages
                illegal_transitions_name_both_states
                a_kernel_terminates_from_every_state_it_can_be_in
                terminating_dead_letters_what_is_queued_and_tells_callers
                waiting_always_wakes
                an_id_can_be_used_again_after_termination
                a_launch_that_is_given_up_leaves_no_kernel
                a_duplicate_id_is_refused
                an_unknown_kernel_lists_what_is_registered
                instances_of_one_kernel_have_states_of_their_own
            }
            memory {
                buffers_keep_what_is_copied_into_them
                impossible_buffers_and_copies_are_refused
                buffers_are_counted_and_given_back
                a_runtime_that_was_shut_down_gives_no_memory
            }
            order {
                messages_of_one_sender_and_band_stay_in_order
                a_waiting_message_of_a_higher_band_is_taken_first
                the_band_of_an_envelope_is_that_of_its_header
                order_survives_deactivation
            }
            replies {
                answers_go_to_their_own_callers
                no_answer_is_heard_at_once
                a_deferred_answer_reaches_its_caller_later
                a_right_to_answer_is_used_up
                a_right_to_answer_is_no_use_to_another_kernel
                the_oldest_right_to_answer_gives_way
                outputs_name_the_requests_that_they_answer
                clones_compete_for_the_output
                the_output_drains_after_termination
                an_answer_of_another_type_is_a_typed_error
                a_deferred_caller_hears_of_the_kernels_end
            }
            restart {
                a_restart_restores_the_initial_state
                queued_messages_survive_a_restart
                a_kernel_that_faults_too_often_stays_failed
                restarts_outside_of_the_window_do_not_count
                a_limit_of_zero_restarts_is_never
                a_restart_ends_the_rights_to_answer
            }
            telemetry {
                figures_of_a_kernel_agree_with_what_happened
                depths_are_those_of_the_queues
                latency_includes_the_time_in_the_mailbox
                the_runtimes_figures_conserve_messages
                readings_of_a_running_kernel_are_consistent
                memory_of_queues_is_counted_and_given_back
            }
            outside {
                an_endpoint_outside_reaches_kernels_inside
                a_kernel_reaches_an_endpoint_outside
                kernels_of_two_runtimes_reach_each_other
                a_call_from_outside_has_its_own_answer
                a_caller_outside_hears_why_there_is_no_answer
                a_call_from_outside_has_a_deadline
                a_kernel_asks_a_kernel_of_another_runtime
                receipts_say_what_a_kernel_did_not_take
                what_leaves_waits_for_room_outside
                what_leaves_does_not_wait_without_end
                a_full_kernel_of_another_runtime_holds_the_sender_up
                priorities_order_what_comes_from_outside
            }
            publish {
                hosts_get_what_a_kernel_publishes
                kernels_get_what_their_patterns_match
                publications_of_a_kernel_stay_in_order
                topics_of_two_tenants_are_kept_apart
                topics_go_on_under_another_quota_while_a_kernel_that_publishes_runs
                subscribers_without_room_miss_publications_and_are_told
                a_host_that_publishes_waits_for_room_at_kernels
                publications_that_a_kernel_does_not_handle_are_dead_letters
                a_kernel_that_comes_late_gets_what_is_retained
                a_kernel_without_a_place_among_the_subscribers_is_not_launched
                a_subscriber_stays_one_until_it_ends
                kernels_of_two_runtimes_publish_to_each_other
                a_tenants_kernels_publish_what_its_quota_allows
            }
            crossings {
                random_sends_of_three_tenants_reach_their_own_kernels_only
            }
            quotas {
                a_tenant_gets_what_its_quota_allows
                what_waits_for_room_counts_once
                what_kernels_send_to_each_other_counts
                ten_seconds_have_the_messages_of_ten_seconds
                device_memory_counts
            }
            tenants {
                a_message_is_on_the_account_that_it_was_sent_on
                a_tenant_sees_its_own_figures_and_dead_letters
                each_tenant_has_names_of_its_own
                looking_at_figures_puts_nothing_on_record
                no_message_crosses_from_one_tenant_to_another
                a_kernel_on_its_way_back_is_not_found_though_another_tenant_has_one
                the_time_of_handlers_is_charged_to_their_engagement
            }
            termination {
                a_kernel_can_end_itself
                every_caller_hears_of_a_shutdown
                messages_sent_during_shutdown_are_refused_or_accounted_for
                handles_of_a_runtime_that_was_shut_down_give_errors
                launching_during_shutdown_leaves_no_kernel_behind
                concurrent_shutdowns_agree
                dropping_the_runtime_ends_everything
            }
            threads {
                a_thread_without_an_executor_calls_sends_and_receives
                a_blocking_call_ends_at_its_deadline
                callers_of_a_quick_kernel_do_not_get_in_each_others_way
                a_fault_of_a_quick_kernel_is_not_its_callers
            }
            time {
                timestamps_of_a_kernel_strictly_increase
                an_answer_is_later_than_its_request_and_earlier_than_the_next
                time_goes_forward_from_kernel_to_kernel
                receipt_merges_the_senders_time
                a_message_from_too_far_ahead_becomes_a_dead_letter
                a_handler_cannot_merge_a_time_too_far_ahead
                the_hosts_next_message_is_later_than_what_it_received
                no_two_kernels_share_a_timestamp
            }
            vectors {
                lists_are_added_element_by_element
                lists_of_every_width_are_turned_around
                lists_grow_while_a_handler_runs
                an_index_beyond_a_list_faults
                a_list_grows_from_kernel_to_kernel
            }
            watchdog {
                a_handler_that_takes_long_is_visible_and_counted
            }
        }
    };
    ($factory:expr, host_only) => {
        $crate::conformance_suite!($factory);
        mod host_only {
            use super::FACTORY;
            $crate::__conformance_cases! { [$crate::cases::host_only],
                divergence {
                    lanes_that_return_early_are_named
                    barriers_on_two_lines_are_two
                    a_full_mask_in_a_branch_is_reported
                    a_shuffle_with_a_lane_elsewhere_is_reported
                    a_ballot_with_a_finished_lane_is_reported
                    masks_that_disagree_are_reported
                    a_block_that_misses_the_grid_is_named
                    barriers_of_two_names_are_two
                    loops_of_different_length_are_reported
                    lanes_that_wait_in_a_circle_are_named
                    getting_what_a_neighbour_sets_is_a_race
                    a_total_without_atomics_is_a_race
                    a_barrier_of_the_block_does_not_order_blocks
                    getting_block_memory_that_is_not_set_is_a_fault
                }
                in_hand {
                    deactivate_returns_after_the_message_in_hand
                    terminate_finishes_the_message_in_hand
                an_activation_overrules_a_waiting_deactivation
                an_async_handler_can_use_the_timers_of_tokio
                    an_answer_after_the_callers_timeout_is_dead_lettered
                    a_call_that_is_dropped_leaves_a_late_answer
                    a_target_that_ends_before_delivery_accounts_for_the_message
                    waiting_handlers_take_no_worker
                }
                lane_faults {
                    a_lane_that_faults_is_named_and_the_others_unwind
                    a_context_that_leaves_its_thread_is_refused
                    block_memory_has_a_size
                    a_lane_schedule_is_an_order_that_repeats
                    lanes_that_wait_for_cells_make_progress
                    every_lane_sends_and_one_answers
                    more_lanes_than_can_run_are_refused
                }
                panics {
                    a_panic_is_a_fault_with_its_text_and_place
                    a_panic_without_text_is_a_fault_all_the_same
                    a_kernel_restarts_after_a_panic
                    a_panicking_destructor_does_not_stop_the_termination
                a_panic_may_carry_another
                the_callers_fault_is_that_of_its_handler
                a_waiting_handler_that_panics_when_dropped_is_ended
                }
                stuck {
                    a_stuck_handler_is_visible_and_counted
                    other_kernels_go_on_when_every_worker_is_blocked
                    pausing_or_ending_a_stuck_kernel_gives_up_in_time
                    shutdown_is_bounded_and_names_stuck_kernels
                    a_handler_that_waits_for_ever_is_ended_by_shutdown
                }
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    (@topic [$($cases:tt)*], $topic:ident { $($case:ident)* }) => {
        mod $topic {
            use super::FACTORY;
            use $($cases)*::$topic as cases;
            $(#[test]
            fn $case() {
                let name = concat!(stringify!($topic), "::", stringify!($case));
                $crate::run_case(name, FACTORY, |factory| Box::pin(cases::$case(factory)));
            })*
        }
    };
    ($cases:tt, $($topic:ident $list:tt)*) => {
        $($crate::__conformance_cases!(@topic $cases, $topic $list);)*
    };
}
