//! The form itself: `form.json`, layout, rules of the whole, lists nobody uses.

use super::diff::{Diff, turned_option};
use super::kinds::ChangeKind as K;
use super::words::{differ, listed, turned, turned_text};
use super::{options, rules};
use crate::Form;
use crate::model::Options;
use crate::package::{Manifest, SubjectRule};

pub(super) fn compare(diff: &mut Diff<'_>) {
    let (old, new) = (diff.old, diff.new);
    manifest(diff, old.manifest(), new.manifest());
    if differ(&old.manifest().title, &new.manifest().title) {
        let detail = turned_text(&old.manifest().title, &new.manifest().title);
        diff.add("", K::FormTextChanged, detail);
    }
    if old.model.about.0 != new.model.about.0 {
        diff.add("", K::FormTextChanged, "schema.json");
    }
    if old.model.about.1 != new.model.about.1 {
        diff.add("", K::AnnotationChanged, "x-entity, x-membership, x-moves");
    }
    let locales = new.manifest().locales.iter().filter(|locale| old.manifest().locales.contains(locale));
    let laid_out = old.package.ui.is_some() || new.package.ui.is_some();
    if laid_out && locales.clone().any(|locale| layout(old, new, locale) != layout(new, old, locale)) {
        diff.add("", K::LayoutChanged, "");
    }
    rules::compare(diff, "", &old.model.constraints, &new.model.constraints);
    let goldens = |form: &Form| -> Vec<(String, Vec<u8>)> {
        let files = form.package.files().iter().filter(|(name, _)| name.starts_with("tests/"));
        files.map(|(name, content)| (name.clone(), content.clone())).collect()
    };
    if goldens(old) != goldens(new) {
        diff.add("", K::GoldensChanged, "");
    }
    unused_lists(diff);
}

fn manifest(diff: &mut Diff<'_>, old: &Manifest, new: &Manifest) {
    if old.id != new.id {
        diff.add("", K::FormIdChanged, turned(&old.id, &new.id));
    }
    if old.kind != new.kind {
        diff.add("", K::FormKindChanged, turned(format!("{:?}", old.kind), format!("{:?}", new.kind)));
    }
    if old.entity != new.entity {
        diff.add("", K::EntityChanged, turned(&old.entity, &new.entity));
    }
    if old.locales != new.locales {
        diff.add("", K::LocalesChanged, turned(listed(&old.locales), listed(&new.locales)));
    }
    if old.sensitivity != new.sensitivity {
        diff.add("", K::SensitivityChanged, turned(&old.sensitivity, &new.sensitivity));
    }
    if old.auto_approve != new.auto_approve {
        diff.add("", K::AutoApproveChanged, "");
    }
    if old.confirm != new.confirm {
        diff.add("", K::ConfirmChanged, "");
    }
    if old.label != new.label || old.search != new.search {
        diff.add("", K::ListLabelChanged, "");
    }
    if old.identity != new.identity || old.person != new.person {
        diff.add("", K::IdentityChanged, "");
    }
    if old.area_path != new.area_path {
        diff.add("", K::AreaPathChanged, turned_option(old.area_path.as_deref(), new.area_path.as_deref()));
    }
    match (old.subject_rule(), new.subject_rule()) {
        (before, after) if before == after => {}
        (_, SubjectRule::Optional) => diff.add("", K::SubjectWidened, ""),
        _ => diff.add("", K::SubjectChanged, ""),
    }
}

/// Pages without the questions that `other` lacks, as text.
fn layout(form: &Form, other: &Form, locale: &str) -> String {
    use crate::form::{PageItem, PageView};
    fn write(items: Vec<PageItem>, other: &Form, out: &mut String) {
        for item in items {
            match item {
                PageItem::Question(template) if other.model.by_template.contains_key(&template) => {
                    out.push_str(&template);
                    out.push('\n');
                }
                PageItem::Question(_) => {}
                PageItem::Group { title, items } => {
                    out.push_str(&format!("[{title}\n"));
                    write(items, other, out);
                    out.push_str("]\n");
                }
            }
        }
    }
    let mut out = String::new();
    for PageView { key, title, items } in form.pages(locale) {
        out.push_str(&format!("# {key} {title}\n"));
        write(items, other, &mut out);
    }
    out
}

fn unused_lists(diff: &mut Diff<'_>) {
    let (old, new) = (diff.old, diff.new);
    let used = |form: &Form, name: &str| {
        form.model.questions.iter().any(|q| matches!(&q.options, Options::List { list, .. } if list == name))
    };
    let names = |form: &Form| form.package.codes.keys().cloned().collect::<Vec<_>>();
    let mut all = names(old);
    all.extend(names(new));
    all.sort();
    all.dedup();
    for name in all.iter().filter(|name| !used(old, name) && !used(new, name)) {
        if options::list_differs(old.package.code_list(name), new.package.code_list(name)) {
            diff.add("", K::UnusedListChanged, name);
        }
    }
}
