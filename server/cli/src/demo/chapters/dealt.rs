//! Whose phone fills what: the places below a chapter's root are dealt over field phones, the office's phone covers all.

use std::collections::BTreeMap;

use doorstep_server::areas::Area;

/// Phones in the field, beside the one of the office.
pub(super) const FIELD_PHONES: usize = 3;
/// The phone of the office, which covers the whole chapter.
pub(super) const OFFICE_PHONE: usize = 0;

/// The places of each phone.
pub(super) struct Dealt {
    /// Areas of each phone's person, the office first; never empty.
    pub(super) areas: Vec<Vec<String>>,
    phone_of: BTreeMap<String, usize>,
}

impl Dealt {
    /// Deals the children of `root` in turn. `areas` come parents first and may hold other places too.
    pub(super) fn over(root: &str, areas: &[Area]) -> Dealt {
        let mut phone_of = BTreeMap::from([(root.to_owned(), OFFICE_PHONE)]);
        let mut lists = vec![vec![root.to_owned()]];
        let mut children = 0;
        for area in areas {
            let Some(parent) = area.parent.as_deref() else { continue };
            if parent == root {
                let phone = 1 + children % FIELD_PHONES;
                children += 1;
                if lists.len() <= phone {
                    lists.push(Vec::new());
                }
                lists[phone].push(area.code.clone());
                phone_of.insert(area.code.clone(), phone);
            } else if let Some(phone) = phone_of.get(parent).copied().filter(|phone| *phone != OFFICE_PHONE) {
                phone_of.insert(area.code.clone(), phone);
            }
        }
        Dealt { areas: lists, phone_of }
    }

    /// The phone that fills records of an area, about a record of another area; none for a place outside the chapter.
    pub(super) fn phone(&self, area: &str, subject_area: Option<&str>) -> Option<usize> {
        let own = *self.phone_of.get(area)?;
        match subject_area {
            Some(subject) if *self.phone_of.get(subject)? != own => Some(OFFICE_PHONE),
            _ => Some(own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, parent: Option<&str>) -> Area {
        Area {
            code: code.into(),
            parent: parent.map(Into::into),
            level: "village".into(),
            name_zh: code.into(),
            name_en: code.into(),
            valid_from: None,
            valid_to: None,
        }
    }

    #[test]
    fn subtrees_stay_with_one_phone_and_what_joins_two_goes_to_the_office() {
        let areas = [
            area("p", None),
            area("r", Some("p")),
            area("a", Some("r")),
            area("b", Some("r")),
            area("c", Some("r")),
            area("d", Some("r")),
            area("a1", Some("a")),
            area("other", Some("p")),
        ];
        let dealt = Dealt::over("r", &areas);
        assert_eq!(dealt.areas, [vec!["r"], vec!["a", "d"], vec!["b"], vec!["c"]]);
        assert_eq!(dealt.phone("a1", None), Some(1));
        assert_eq!(dealt.phone("d", Some("a1")), Some(1));
        assert_eq!(dealt.phone("b", Some("a1")), Some(OFFICE_PHONE));
        assert_eq!(dealt.phone("r", Some("a")), Some(OFFICE_PHONE));
        assert_eq!(dealt.phone("other", None), None);
    }
}
