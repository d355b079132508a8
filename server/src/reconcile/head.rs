//! Who heads a household: after the head has died or left, or when two phones named two, nobody decides but a person.
//!
//! Relations stay as they were answered, to the head of before; the household is flagged and counts once like any other.

use super::flag::{Flag, FlagKind};
use super::reading::Reading;
use super::rulebook::About;

/// The flag of a household whose head is not clear. Where people disagree about a relation or a membership, nobody's
/// answer is taken.
pub(super) fn undecided(raw: &Reading, about: &About) -> Option<Flag> {
    let membership = about.membership.as_ref().filter(|membership| membership.relation.is_some())?;
    if !membership.has_members(&raw.answers) {
        return None;
    }
    let relation = membership.relation.as_deref().unwrap_or_default();
    let clear = |row: &&str| {
        let disputed = |key: &str| raw.is_disputed(&format!("{row}/{key}"));
        !disputed(relation) && !disputed(&membership.state) && !disputed("_deleted")
    };
    let heads: Vec<&str> = membership.heads(&raw.answers).into_iter().filter(clear).collect();
    let key = match heads.as_slice() {
        [_] => return None,
        [] => "none",
        _ => "several",
    };
    Some(Flag { detail: heads.join(" "), ..Flag::at(FlagKind::HeadUndecided, key, &membership.roster) })
}

#[cfg(test)]
mod tests {
    use doorstep_forms::Membership;
    use serde_json::{Value, json};

    use super::*;
    use crate::reconcile::reading::Dispute;

    const A: &str = "members/0AAAAAAAAAAAAAAAAAAAAAAAAA";
    const B: &str = "members/0BBBBBBBBBBBBBBBBBBBBBBBBB";

    fn about() -> About {
        let membership = Membership {
            roster: "members".into(),
            state: "state".into(),
            open: vec!["active".into()],
            relation: Some("relation".into()),
            head: Some("head".into()),
            ..Membership::default()
        };
        About { membership: Some(membership), ..About::default() }
    }

    fn found(more: &[(&str, &str, Value)], disputed: &[(&str, &str)]) -> Option<(String, String)> {
        let mut reading = Reading::default();
        for (row, relation) in [(A, "head"), (B, "son")] {
            reading.answers.insert(format!("{row}/relation"), relation.into());
        }
        for (row, key, value) in more {
            reading.answers.insert(format!("{row}/{key}"), value.clone());
        }
        let dispute =
            |(row, key): &(&str, &str)| Dispute { path: format!("{row}/{key}"), kind: "different_answers" };
        reading.disputes = disputed.iter().map(dispute).collect();
        undecided(&reading, &about()).map(|flag| (flag.key, flag.detail))
    }

    #[test]
    fn one_head_who_belongs_is_decided_and_anything_else_is_not() {
        let none = Some(("none".to_owned(), String::new()));
        assert_eq!(found(&[], &[]), None);
        assert_eq!(found(&[(A, "state", json!("died"))], &[]), none);
        assert_eq!(found(&[(A, "_deleted", json!(true))], &[]), none);
        assert_eq!(
            found(&[(B, "relation", json!("head"))], &[]),
            Some(("several".to_owned(), format!("{A} {B}")))
        );
        assert_eq!(found(&[(A, "state", json!("died")), (B, "relation", json!("head"))], &[]), None);
        let people = [(A, "state", json!("died")), (B, "relation", json!("head"))];
        assert_eq!(found(&people, &[(B, "relation")]), none, "the winner of a dispute is nobody's head");
        assert_eq!(found(&[], &[(A, "state")]), none, "perhaps he died");
        assert_eq!(found(&[], &[(B, "relation")]), None, "the head is clear");
    }

    #[test]
    fn an_empty_household_and_a_form_without_heads_have_none_to_decide() {
        assert_eq!(undecided(&Reading::default(), &about()), None);
        let mut reading = Reading::default();
        reading.answers.insert(format!("{A}/relation"), "son".into());
        assert_eq!(undecided(&reading, &About::default()), None);
    }
}
