//! The list that is posted in the village: name, group, class, and nothing else.
//!
//! What is posted is chosen, not left out: a [`Posted`] has no room for an ID number, a disease or a member of the
//! household, so none of them can appear. A head of household who is, or may be, a minor is posted without a name.

use super::html::Page;
use crate::language::Language;

/// The head of a household as the list names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Head {
    /// An adult, by name.
    Adult(String),
    /// A minor.
    Minor,
    /// Nobody knows of what age, or who: the name is kept back until it is known.
    AgeUnknown,
}

/// One household on the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posted {
    /// Name of the group it lives in.
    pub group: String,
    /// Who is head of it.
    pub head: Head,
    /// Its class or register status, in words.
    pub class: String,
}

/// The list and what stands around it.
#[derive(Debug, Clone, Default)]
pub struct Posting {
    /// Name of the place it is posted in.
    pub area: String,
    /// What is posted: the title of the form.
    pub subject: String,
    /// The day it was made, civil date.
    pub day: String,
    /// The households.
    pub households: Vec<Posted>,
}

/// The list as a page.
pub fn posting(posting: &Posting, language: Language) -> String {
    let title = match language {
        Language::Zh => format!("{}公示名单", posting.area),
        Language::En => format!("Posting list of {}", posting.area),
    };
    let mut page = Page::new(&title, language);
    page.text("p", "head", &posting.subject);
    let mut households = posting.households.clone();
    households.sort();
    let heading = [
        page.pick("序号", "no."),
        page.pick("姓名", "name"),
        page.pick("组别", "group"),
        page.pick("类别", "class"),
    ];
    let minor = page.pick("（未成年人，姓名不公示）", "(a minor; the name is not posted)");
    let unknown =
        page.pick("（出生日期不详，姓名暂不公示）", "(date of birth unknown; the name is not posted yet)");
    let rows: Vec<Vec<String>> = households
        .iter()
        .enumerate()
        .map(|(i, posted)| {
            let name = match &posted.head {
                Head::Adult(name) => name.as_str(),
                Head::Minor => minor,
                Head::AgeUnknown => unknown,
            };
            vec![(i + 1).to_string(), name.to_owned(), posted.group.clone(), posted.class.clone()]
        })
        .collect();
    page.table(&heading.map(str::to_owned), &rows, &[0]);
    let foot = match language {
        Language::Zh => {
            format!("共 {} 户。公示日期：{}。如有异议，请向村民委员会或乡镇反映。", rows.len(), posting.day)
        }
        Language::En => format!(
            "{} households. Posted on {}. Objections go to the village committee or the township.",
            rows.len(),
            posting.day
        ),
    };
    page.text("p", "foot", &foot);
    page.signatures(&[(
        page.pick("村民委员会（盖章）", "Village committee (seal)").to_owned(),
        String::new(),
    )]);
    page.finish()
}
