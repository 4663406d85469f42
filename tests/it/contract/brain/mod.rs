//! What every brain must do.
//!
//! [`suite!`] makes one test of each check for one brain; [`shared_suite!`] adds the checks for two
//! handles on one store. A brain hands in a function that gives a fresh, empty [`Store`].

pub(crate) mod agenda;
pub(crate) mod claims;
pub(crate) mod commits;
pub(crate) mod documents;
pub(crate) mod index;
pub(crate) mod limits;
pub(crate) mod logs;
pub(crate) mod model;
pub(crate) mod shared;
pub(crate) mod story;
pub(crate) mod timeline;
pub(crate) mod timers;

use std::any::Any;
use std::sync::Arc;

use warroom::brain::Brain;

/// A store that nothing has been written to yet.
pub(crate) struct Store {
    /// A handle on it.
    pub brain: Arc<dyn Brain>,
    /// Another process' handle on it, for brains that can be shared.
    pub other: Option<Arc<dyn Brain>>,
    /// What has to live as long as the test: a scratch folder, a server.
    pub _keep: Box<dyn Any + Send>,
}

macro_rules! each {
    ($make:path, $($module:ident :: { $($check:ident),+ $(,)? })+) => {$(
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let store = $make().await;
                    $crate::contract::brain::$module::$check(&store).await;
                }
            )+
        }
    )+};
}

/// One test of each check for the brain that this function makes.
macro_rules! suite {
    ($make:path) => {
        $crate::contract::brain::each! { $make,
            commits::{
                a_commit_is_loaded_as_it_was_written,
                replaying_the_events_gives_the_stored_state,
                the_answers_stand_in_the_order_of_the_commits,
                two_commits_for_one_case_in_one_call_are_applied_in_order,
                a_commit_that_saw_an_old_version_conflicts,
                a_commit_that_conflicts_writes_nothing,
                a_repeated_command_gets_its_first_answer,
                a_case_conflicts_when_its_group_has_another,
                a_case_may_replace_the_one_it_saw,
                what_begins_needs_the_current_case_of_its_group,
                one_of_two_cases_that_begin_at_once_conflicts,
                one_of_many_rivals_wins_each_version,
                only_the_wanted_members_are_loaded,
                members_that_are_not_written_stay,
                forgetting_deletes_every_row,
                forgetting_an_old_case_keeps_the_groups_new_one,
                an_empty_commit_changes_only_the_agenda,
            }
            timeline::{
                events_are_paged_from_any_number,
                events_are_found_by_their_numbers,
                a_large_commit_is_read_back_whole,
                live_cases_are_paged_without_those_that_are_over,
                numbers_are_dense,
                numbers_given_at_once_all_differ,
                a_watcher_hears_of_what_changes,
                health_names_the_brain,
            }
            claims::{
                what_is_due_is_claimed_once_and_earliest_first,
                no_more_than_asked_for_is_claimed,
                rivals_never_claim_the_same_row,
                a_lease_that_ends_is_claimed_again_with_a_larger_token,
                a_lease_can_be_renewed,
                a_lost_lease_is_not_renewed,
                a_row_given_back_is_due_again_later,
                the_next_due_time_counts_leases,
                an_effect_survives_its_claim_unchanged,
            }
            agenda::{
                effects_of_class_a_and_b_are_claimed_at_birth,
                effects_without_a_lease_are_due_at_once,
                a_settled_row_is_gone,
                a_lost_token_settles_nothing,
                a_stranger_to_the_row_settles_nothing,
                a_commit_that_conflicts_settles_nothing,
                a_row_settles_a_commit_of_another_case,
            }
            timers::{
                a_timer_rings_at_its_time,
                a_timer_set_again_rings_only_at_the_new_time,
                no_later_than_keeps_the_earlier_setting,
                a_cancelled_timer_does_not_ring,
                a_timer_set_by_the_commit_that_settles_it_stands,
                a_timer_set_while_it_is_claimed_still_rings,
                no_later_than_while_it_is_claimed_still_rings,
                each_case_and_kind_has_its_own_timer,
            }
            index::{
                a_single_key_finds_the_newest_put,
                removing_another_value_leaves_the_key,
                every_kind_of_key_is_found,
                inhibitors_are_a_set,
                the_index_is_written_with_its_commit,
                a_conflict_keeps_what_others_find,
                keys_are_answered_in_order,
            }
            documents::{
                a_document_is_written_and_read,
                a_document_of_another_version_conflicts,
                a_deleted_document_is_gone_and_may_come_again,
                documents_are_listed_by_kind_and_id,
                one_of_many_rivals_writes_each_version,
            }
            limits::{
                a_limit_admits_its_burst_and_refills,
                a_refusal_says_when,
                all_limits_are_granted_or_none,
                the_latest_refusal_is_named,
                a_limit_asked_at_once_admits_no_more,
                no_limit_at_all_is_granted,
            }
            logs::{
                entries_are_numbered_and_read_in_order,
                one_id_is_one_entry,
                entries_appended_at_once_leave_no_gap,
                what_is_too_large_for_a_log_is_refused,
                one_answer_holds_only_so_many_bytes,
                a_discarded_log_is_gone_and_begins_anew,
                a_watcher_hears_of_an_entry,
            }
            model::{
                random_operations_agree_with_a_simple_model,
                the_cost_of_a_commit_leaves_other_members_alone,
            }
        }
    };
}

/// The checks for brains that several processes share.
macro_rules! shared_suite {
    ($make:path) => {
        $crate::contract::brain::each! { $make,
            shared::{
                what_one_process_writes_the_other_reads,
                two_processes_never_claim_the_same_row,
                a_row_of_a_dead_process_is_taken_over,
                a_watcher_hears_the_other_process,
                a_repeated_command_is_known_to_the_other_process,
                a_limit_is_shared,
                numbers_of_two_processes_differ,
                a_log_is_one_for_two_processes,
            }
        }
    };
}

pub(crate) use {each, shared_suite, suite};
