//! What every implementation of [`Store`] must do, as one suite. The cases know nothing but the trait: a second
//! implementation adds a [`Subject`] and one line of [`suite!`], and changes no case.

mod cases;
mod phone;
mod sqlite;
pub(crate) mod world;

pub(crate) use phone::{Phone, create, write};
pub(crate) use sqlite::Sqlite;
pub(crate) use world::{EAST, FORM, PAGE, TOWN, WEST, World, member, quarantined};

use super::Store;
use crate::source::Entropy;

/// A store under test, with what keeps its data.
pub(crate) trait Subject: Sized {
    /// The implementation.
    type Store: Store;

    /// An empty store.
    fn fresh(entropy: &dyn Entropy) -> Self;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// The same data, closed and opened again.
    fn reopened(self, entropy: &dyn Entropy) -> Self;
}

/// Every case, named once, as tests of one implementation.
macro_rules! suite {
    ($name:ident: $subject:ty) => {
        mod $name {
            $crate::store::conformance::suite! { @cases $subject;
                accounts:
                    an_account_sees_what_its_areas_hold_from_now_on
                    sessions_end
                    closed_people_and_revoked_phones_deliver_into_quarantine_and_receive_nothing;
                devices:
                    a_code_binds_one_key
                    a_challenge_is_answered_once
                    a_phone_session_lasts_an_hour;
                settings:
                    areas_are_imported_once
                    forms_are_published_once;
                pushing:
                    an_envelope_is_recorded_once
                    an_id_stands_for_one_content
                    what_cannot_be_applied_is_kept_apart_and_stops_no_neighbour
                    what_comes_early_waits_and_is_released
                    any_order_of_arrival_ends_in_the_same_documents;
                pulling:
                    a_first_sync_brings_all_of_the_scope
                    only_what_is_missing_follows
                    nothing_new_is_said_in_few_bytes
                    a_gained_area_is_filled_and_a_lost_one_left
                    a_record_that_moves_leaves_one_area_and_enters_the_other
                    asking_about_a_record_teaches_nothing;
                reconciling:
                    many_at_once_come_to_the_same_as_one_by_one;
                placing:
                    a_name_is_that_of_its_day
                    what_lay_in_a_merged_area_lies_in_its_successor
                    what_lay_in_a_divided_area_waits_for_a_person
                    areas_end_once_and_only_in_reach;
                reviewing:
                    only_what_was_served_is_approved
                    different_answers_block_until_they_are_waived
                    what_is_sent_back_reaches_the_phone
                    newer_answers_become_an_amendment
                    the_office_settles_different_answers
                    the_answer_of_who_should_know_is_suggested
                    headquarters_confirm_what_was_approved;
                assigning:
                    work_reaches_its_person_and_goes_to_another_without_loss
                    lists_tell_how_far_work_is
                    work_is_given_inside_the_scope_only
                    what_is_said_of_a_draft_is_told_to_whose_work_it_is
                    edits_of_a_draft_wait_until_it_is_submitted_or_given;
                attaching:
                    what_arrived_before_a_cut_is_kept_and_sending_goes_on_there
                    only_what_was_named_is_kept
                    two_phones_send_the_same_file_and_neither_spoils_it
                    knowing_a_name_gives_nothing
                    a_missing_file_blocks_approval_until_it_arrives_or_is_waived
                    files_and_flags_survive_a_rebuild_and_all_are_verified
                    a_revoked_phone_sends_and_fetches_no_files;
                quarantining:
                    what_was_set_aside_is_listed_to_whom_it_concerns
                    what_was_set_aside_is_taken_once_its_cause_is_gone
                    what_a_revoked_phone_had_signed_is_taken_by_a_persons_decision
                    what_is_wrong_in_itself_stays_set_aside;
                mapping:
                    a_text_outside_the_list_waits_until_a_reviewer_maps_it
                    only_reviewers_map_and_only_what_is_in_their_hands;
                moving:
                    an_approved_case_moves_the_register_once
                    a_forbidden_move_is_flagged_on_both_and_written_nowhere
                    a_move_goes_back_with_its_approval_where_that_is_allowed
                    what_waits_for_review_stays_approvable_after_a_move
                    a_move_of_a_record_that_was_sent_back_waits_for_a_person
                    nothing_moves_where_people_differ;
                merging:
                    merged_households_count_once_and_later_edits_follow
                    unmerged_households_stand_as_they_did
                    dismissed_pairs_are_not_asked_again
                    a_draft_that_stands_for_others_is_not_set_aside;
                sampling:
                    a_draw_is_the_same_whatever_the_order_of_arrival
                    households_are_given_replaced_and_counted
                    a_check_is_compared_with_the_register_of_its_day
                    samples_exist_inside_their_scope_only;
                households:
                    a_split_begins_a_household_and_later_edits_follow_the_member
                    what_was_known_stays_and_what_was_unknown_stands_beside
                    a_draft_follows_as_a_draft_until_it_is_submitted
                    an_edit_follows_a_member_over_every_move_and_back
                    a_split_is_taken_back_by_a_merge_and_stands_again_after_it
                    what_was_never_approved_waits_on_both_sides
                    members_move_only_where_that_makes_sense
                    a_household_without_one_head_is_flagged_and_counts_once
                    the_history_tells_everything_inside_the_scope
                    only_reviewers_move_members_and_inside_their_scope;
                dataset:
                    a_rebuild_gives_the_same_dataset
                    a_store_opened_again_goes_on
                    a_ledger_is_imported_once;
                publishing:
                    a_publication_rests_on_its_base
                    of_two_who_publish_at_once_one_wins
                    a_publication_waits_for_records_that_must_be_read
                    a_test_goes_to_chosen_phones_and_counts_nowhere
                    a_test_is_replaced_by_the_next_of_its_number
                    what_is_submitted_under_a_test_version_brings_no_real_record_into_the_dataset
                    a_closed_version_is_told_and_what_comes_late_is_flagged
                    stored_records_come_in_batches_and_without_tests
                    only_admins_publish;
                scopes:
                    outside_the_scope_nothing_exists
                    enumerators_decide_nothing
                    the_other_area_leaves_no_trace;
            }
        }
    };
    (@cases $subject:ty; $($room:ident: $($case:ident)+;)+) => {
        $(mod $room {
            use $crate::store::conformance::{cases, *};
            $(#[test]
            fn $case() {
                cases::$room::$case::<$subject>();
            })+
        })+
    };
}
use suite;

suite!(on_sqlite: Sqlite);
