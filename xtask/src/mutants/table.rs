//! Which test finds which planted fault.

use doorstep_plant::Plant::{self, *};

/// A fault and the test that must fail by it.
pub(super) struct Mutant {
    /// The fault.
    pub(super) plant: Plant,
    /// The program that holds the test: an integration test, or a library (with `_` for `-`).
    pub(super) program: &'static str,
    /// The module of the test, ending in `::`; empty at the top.
    pub(super) module: &'static str,
    /// The test.
    pub(super) test: &'static str,
}

impl Mutant {
    /// The test's whole name.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.module, self.test)
    }
}

const GATE: (&str, &str) = ("gate_record", "");
const PHONE: (&str, &str) = ("sync", "");
const FILLING: (&str, &str) = ("session", "");
const PHONES: (&str, &str) = ("faults", "");
const POWER: (&str, &str) = ("durability", "");
const SIMULATION: (&str, &str) = ("simulation", "");
const DISK: (&str, &str) = server("sync::tests::faults::");
const PUSHING: (&str, &str) = server("sync::tests::pushing::");
const PULLING: (&str, &str) = server("sync::tests::pulling::");
const WAITING: (&str, &str) = server("sync::tests::waiting::");
const WALKING: (&str, &str) = server("sync::tests::scopes::");
const REBUILDING: (&str, &str) = server("sync::tests::rebuilding::");
const APPROVING: (&str, &str) = server("store::sqlite::review::tests::approving::");
const RECONCILING: (&str, &str) = server("store::sqlite::review::tests::reconciling::");
const MERGING: (&str, &str) = server("store::sqlite::review::tests::merging::");
const MERGED: (&str, &str) = server("store::conformance::on_sqlite::merging::");
const REVIEWING: (&str, &str) = server("store::conformance::on_sqlite::reviewing::");
const SCOPES: (&str, &str) = server("store::conformance::on_sqlite::scopes::");
const DEVICES: (&str, &str) = server("store::conformance::on_sqlite::devices::");
const ACCOUNTS: (&str, &str) = server("store::conformance::on_sqlite::accounts::");
const ASSIGNING: (&str, &str) = server("store::conformance::on_sqlite::assigning::");
const PUBLISHING: (&str, &str) = server("store::conformance::on_sqlite::publishing::");
const PLACING: (&str, &str) = server("store::conformance::on_sqlite::placing::");
const ATTACHING: (&str, &str) = server("store::conformance::on_sqlite::attaching::");
const SETTING_ASIDE: (&str, &str) = server("store::conformance::on_sqlite::quarantining::");
const HOUSEHOLDS: (&str, &str) = ("households", "");
const CARRYING: (&str, &str) = server("store::conformance::on_sqlite::households::");
const LIVES: (&str, &str) = ("lives", "restored::");

const fn situation(module: &'static str) -> (&'static str, &'static str) {
    ("situations", module)
}

const fn thread(module: &'static str) -> (&'static str, &'static str) {
    ("threads", module)
}

const fn server(module: &'static str) -> (&'static str, &'static str) {
    ("doorstep_server", module)
}

const fn by(plant: Plant, (program, module): (&'static str, &'static str), test: &'static str) -> Mutant {
    Mutant { plant, program, module, test }
}

/// Every fault, at least once.
pub(super) const MUTANTS: &[Mutant] = &[
    by(ForgedPred, GATE, "a_forged_pred_is_refused_and_the_honest_value_remains"),
    by(SeqGap, GATE, "a_gap_in_the_sequence_is_refused"),
    by(StartOpInflated, GATE, "the_operation_counter_must_follow_from_the_dependencies"),
    by(ForkAccepted, GATE, "the_same_number_with_other_content_is_a_fork"),
    by(AckBeforeCommit, DISK, "a_failed_commit_acknowledges_none_of_its_jobs_and_nothing_ever_again"),
    by(AckAfterFailure, DISK, "a_failed_commit_acknowledges_none_of_its_jobs_and_nothing_ever_again"),
    by(FailedJobKept, DISK, "a_job_that_fails_or_panics_takes_nothing_with_it"),
    by(ServerNotDurable, POWER, "promise_1_server_and_phone_acknowledge_only_what_is_synced"),
    by(PhoneNotDurable, POWER, "promise_1_server_and_phone_acknowledge_only_what_is_synced"),
    by(NoDedup, PUSHING, "a_replay_is_answered_again_and_another_body_under_its_id_is_refused"),
    by(
        SignatureUnchecked,
        PUSHING,
        "whole_envelopes_that_cannot_be_taken_are_refused_and_nothing_is_written",
    ),
    by(AuthorUnchecked, PUSHING, "whole_envelopes_that_cannot_be_taken_are_refused_and_nothing_is_written"),
    by(ActorUnbound, PUSHING, "an_actor_belongs_to_the_first_who_signs_with_it"),
    by(PushUnscoped, PUSHING, "an_edit_of_a_record_outside_the_scope_is_set_aside"),
    by(BeginUnscoped, PUSHING, "foreign_areas_and_unknown_forms_are_kept_and_not_applied"),
    by(PoisonSpreads, PUSHING, "a_fork_is_refused_alone"),
    by(DiscardSubmitted, PUSHING, "an_envelope_is_recorded_applied_and_counted"),
    by(
        WaitingDropped,
        WAITING,
        "the_missing_predecessor_is_named_and_the_release_takes_its_place_in_the_feed",
    ),
    by(
        ReleaseForgotten,
        WAITING,
        "the_missing_predecessor_is_named_and_the_release_takes_its_place_in_the_feed",
    ),
    by(WatermarkSkips, PUSHING, "the_watermark_never_passes_over_what_has_not_come"),
    by(
        RevokedWrites,
        ACCOUNTS,
        "closed_people_and_revoked_phones_deliver_into_quarantine_and_receive_nothing",
    ),
    by(
        RevokedReads,
        ACCOUNTS,
        "closed_people_and_revoked_phones_deliver_into_quarantine_and_receive_nothing",
    ),
    by(ChallengeReused, DEVICES, "a_challenge_is_answered_once"),
    by(CodeReused, DEVICES, "a_code_binds_one_key"),
    by(CursorUnbound, PULLING, "a_cursor_that_was_touched_or_belongs_to_another_phone_is_refused"),
    by(DraftsTold, WALKING, "a_supervisor_who_becomes_an_enumerator_loses_the_drafts_of_others"),
    by(PullUnscoped, SIMULATION, "a_few_schedules_keep_every_promise"),
    by(ScopeUnnoticed, WALKING, "gained_areas_are_filled_and_lost_ones_left"),
    by(FeedUnscoped, SCOPES, "the_other_area_leaves_no_trace"),
    by(ListUnscoped, SCOPES, "outside_the_scope_nothing_exists"),
    by(RecordUnscoped, SCOPES, "outside_the_scope_nothing_exists"),
    by(DatasetUnscoped, SCOPES, "outside_the_scope_nothing_exists"),
    by(ExportUnscoped, SCOPES, "outside_the_scope_nothing_exists"),
    by(PairsUnscoped, SCOPES, "outside_the_scope_nothing_exists"),
    by(SuspectsUnscoped, SCOPES, "the_other_area_leaves_no_trace"),
    by(WorkUnscoped, ASSIGNING, "work_is_given_inside_the_scope_only"),
    by(AsideUnscoped, SETTING_ASIDE, "what_was_set_aside_is_listed_to_whom_it_concerns"),
    by(ApproveUnseen, REVIEWING, "only_what_was_served_is_approved"),
    by(ApproveDisputed, REVIEWING, "different_answers_block_until_they_are_waived"),
    by(WaiverUnreasoned, REVIEWING, "different_answers_block_until_they_are_waived"),
    by(WinnerShown, REVIEWING, "different_answers_block_until_they_are_waived"),
    by(ApproveInvalid, APPROVING, "errors_block_are_told_and_may_be_waived"),
    by(ApproveStepsBack, APPROVING, "heads_that_lack_what_was_approved_are_refused_with_the_difference"),
    by(SendBackUnseen, APPROVING, "a_newer_submission_is_not_sent_back_unseen"),
    by(TestReviewed, PUBLISHING, "a_test_goes_to_chosen_phones_and_counts_nowhere"),
    by(MergedCounted, MERGED, "merged_households_count_once_and_later_edits_follow"),
    by(CarrySkipped, HOUSEHOLDS, "income_stays_and_the_health_edit_follows_the_son"),
    by(HeardCarried, CARRYING, "what_was_known_stays_and_what_was_unknown_stands_beside"),
    by(MoversAway, HOUSEHOLDS, "a_split_taken_back_counts_everybody_once_and_may_be_made_again"),
    by(PersonsDoubled, situation("s02_registered_twice::"), "one_household_with_two_ids"),
    by(SuccessorForgotten, PLACING, "what_lay_in_a_merged_area_lies_in_its_successor"),
    by(NamesOfToday, PLACING, "a_name_is_that_of_its_day"),
    by(FileHashUnchecked, ATTACHING, "only_what_was_named_is_kept"),
    by(CutForgets, ATTACHING, "what_arrived_before_a_cut_is_kept_and_sending_goes_on_there"),
    by(FileHolderUnchecked, ATTACHING, "knowing_a_name_gives_nothing"),
    by(ApproveWithoutFiles, ATTACHING, "a_missing_file_blocks_approval_until_it_arrives_or_is_waived"),
    by(
        ApproveDisputed,
        situation("s05_office_and_phone::"),
        "a_correction_stands_and_the_phones_answers_wait_beside_it",
    ),
    by(
        OtherAnswerUnlisted,
        situation("s06_longer_list::"),
        "text_of_the_shorter_list_waits_for_a_person_to_map_it",
    ),
    by(
        ApproveInvalid,
        situation("s07_causes::"),
        "main_causes_conflict_and_other_causes_unite_beyond_what_is_allowed",
    ),
    by(ApproveDisputed, situation("s10_income::"), "items_unite_totals_follow_and_what_was_told_stays"),
    by(
        ConflictMissed,
        thread("central_698::"),
        "the_second_edit_conflicts_although_it_follows_its_own_first",
    ),
    by(ConflictImagined, thread("central_815::"), "what_is_marked_is_listed_wherever_it_is_looked_for"),
    by(WaitingDropped, thread("central_805::"), "what_waits_for_days_is_not_applied_to_something_else"),
    by(WaitingDropped, thread("central_669::"), "a_run_begun_offline_is_whole_whatever_comes_first"),
    by(WaitingDropped, thread("central_808::"), "a_beginning_that_comes_last_is_no_error"),
    by(NoDedup, thread("collect_6164::"), "begun_and_edited_sent_together_and_edited_again"),
    by(WaitingDropped, thread("collect_6392::"), "a_part_of_a_run_waits_to_be_whole"),
    by(
        RebuildSkipsReleased,
        REBUILDING,
        "a_rebuild_makes_the_same_tables_again_and_phones_go_on_where_they_were",
    ),
    by(RebuildSkipsMerges, MERGING, "merged_is_one_household_one_row_each_person_once"),
    by(JudgedBeforeRebuild, RECONCILING, "what_was_judged_before_a_rebuild_is_judged_again"),
    by(LeftFormStale, FILLING, "what_came_while_a_form_was_left_is_in_it"),
    by(ChainUnchecked, REBUILDING, "a_log_that_was_touched_is_found"),
    by(CursorBeforePage, PHONE, "a_page_and_its_cursor_are_kept_together_or_not_at_all"),
    by(UnsentEvicted, PHONE, "a_record_out_of_scope_with_unsent_work_stays_until_it_is_told"),
    by(AckedForgotten, PHONE, "backed_up_envelopes_are_forgotten_and_acked_ones_kept"),
    by(QuarantineHidden, PHONE, "what_the_server_sets_aside_is_counted_as_needing_a_look"),
    by(ChangeUnqueued, PHONE, "two_devices_show_the_same_bytes_and_the_same_conflict"),
    by(EpochUnnoticed, PHONES, "a_restored_server_is_told_again_what_it_lost"),
    by(OldLifeKept, LIVES, "an_approval_after_the_backup_does_not_hold_on_phones_either"),
    by(ForkDropped, PHONES, "a_cloned_phone_loses_no_edit_and_no_submission"),
];
