//! Publishing as admins do it: the change is classified, tried on what is stored, confirmed, and made only on the base
//! it was made against.

use doorstep_forms::{Class, Comparison, Form, FormHash, FormPackage, compare_all};
use doorstep_protocol::ProblemKind;
use schemars::JsonSchema;
use serde::Serialize;

use super::dry_run::{self, DryRun, Ran, Versions};
use super::{Published, Step, place};
use crate::language::Said;
use crate::store::forms::{Forms, PublishedForm};
use crate::store::publishing::{Attempt, Basis, Publishing};
use crate::store::{Scope, StoreError};

/// How often records that arrive during a publication are read as well, before it is given up.
const TRIES: usize = 50;

/// How a version is to be published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// The newest published version its maker looked at. None: whatever is the newest when this begins.
    pub base: Option<FormHash>,
    /// What happens to stored records was seen and is wanted.
    pub confirm: bool,
}

/// What a version would change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Impact {
    /// Form id.
    pub form: String,
    /// Its number.
    pub version: u32,
    /// Hash of the newest published version, which it was compared with; none for the first version.
    pub base: Option<String>,
    /// Number of that version.
    pub base_version: Option<u32>,
    /// The worst class of change; A for a first version.
    pub class: char,
    /// Every change.
    pub comparison: Option<Comparison>,
    /// What it would do to stored records; none when it was not asked for.
    pub dry_run: Option<DryRun>,
}

/// Why a version was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A change of class E, or of class D without its lens.
    Forbidden,
    /// Stored records cannot be read under it.
    Unreadable,
    /// Rules change: what that does to stored records must be confirmed.
    Confirm,
}

impl Refusal {
    /// The problem this is at the border.
    pub fn kind(self) -> ProblemKind {
        match self {
            Refusal::Forbidden => ProblemKind::ChangeForbidden,
            Refusal::Unreadable => ProblemKind::RecordsUnreadable,
            Refusal::Confirm => ProblemKind::ConfirmationNeeded,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Published, or published already with this content.
    Published(PublishedForm, Box<Impact>),
    /// Nothing was published.
    Refused(Refusal, Box<Impact>),
}

/// What a version is compared with.
struct Earlier {
    /// Every published version below it, oldest first.
    forms: Vec<Form>,
    /// Every published version.
    published: Vec<Published>,
}

impl Earlier {
    fn latest(&self) -> Option<Published> {
        self.published.iter().copied().max_by_key(|published| published.version)
    }
}

/// Says what a version would change, and with `try_it` what it would do to stored records.
///
/// # Errors
/// Those of the store; [`ProblemKind::Unavailable`] when it was stopped.
pub fn impact<S: Forms + Publishing + ?Sized>(
    store: &S,
    scope: &Scope,
    form: &Form,
    try_it: bool,
    stop: &dyn Fn() -> bool,
) -> Result<Impact, StoreError> {
    let earlier = earlier(store, scope, form)?;
    let mut impact = compared(&earlier, form);
    if try_it {
        impact.dry_run = Some(tried(store, scope, &earlier, form, None, stop)?.found);
    }
    Ok(impact)
}

/// Publishes a sound package.
///
/// # Errors
/// Those of the store: a conflict when somebody else published meanwhile, or the number is taken;
/// [`ProblemKind::Unavailable`] when it was stopped.
pub fn publish<S: Forms + Publishing + ?Sized>(
    store: &S,
    scope: &Scope,
    form: &Form,
    asked: Asked,
    stop: &dyn Fn() -> bool,
    now_ms: i64,
) -> Result<Outcome, StoreError> {
    let earlier = earlier(store, scope, form)?;
    let latest = earlier.latest().map(|latest| latest.hash);
    let base = asked.base.or(latest);
    let mut impact = compared(&earlier, form);
    let package = form.package();
    let placed = place(package.version(), package.hash(), &earlier.published);
    if base != latest || placed != Ok(Step::New) {
        // Overtaken, taken, or nothing to do: the store says which.
        return match store.form_publish_on(scope, package, Basis { base, read_to: None }, now_ms)? {
            Attempt::Published(published) => Ok(Outcome::Published(published, Box::new(impact))),
            Attempt::Behind => Err(StoreError::refused(ProblemKind::Conflict)),
        };
    }
    if impact.comparison.as_ref().is_some_and(|comparison| comparison.blocking().next().is_some()) {
        return Ok(Outcome::Refused(Refusal::Forbidden, Box::new(impact)));
    }
    let class = class(&impact);
    let must_read = class >= Class::Structural;
    let mut read_to = None;
    // A confirmed change of rules is not tried again: its effect was seen.
    if must_read || class == Class::Rules && !asked.confirm {
        let ran = tried(store, scope, &earlier, form, None, stop)?;
        let unreadable = must_read && !ran.found.all_read();
        let confirm = !asked.confirm && (class == Class::Rules || ran.found.invalid > 0);
        read_to = must_read.then_some(ran.read_to);
        impact.dry_run = Some(ran.found);
        if unreadable || confirm {
            let refusal = if unreadable { Refusal::Unreadable } else { Refusal::Confirm };
            return Ok(Outcome::Refused(refusal, Box::new(impact)));
        }
    }
    for _ in 0..TRIES {
        if let Attempt::Published(published) =
            store.form_publish_on(scope, package, Basis { base, read_to }, now_ms)?
        {
            return Ok(Outcome::Published(published, Box::new(impact)));
        }
        let ran = tried(store, scope, &earlier, form, read_to, stop)?;
        read_to = Some(ran.read_to);
        if !ran.found.all_read() {
            impact.dry_run = Some(ran.found);
            return Ok(Outcome::Refused(Refusal::Unreadable, Box::new(impact)));
        }
    }
    Err(StoreError::Refused(
        ProblemKind::Unavailable,
        Some(Said::new(
            "Records of this form keep arriving faster than they can be tried. Nothing was published; try again when it \
             is quieter.",
            "该表单的记录不断到达，无法试运行完毕，未发布；请在较空闲时重试。",
        )),
    ))
}

/// Compares any two versions.
pub fn compare_packages(earlier: &[Form], new: &Form) -> Comparison {
    compare_all(&earlier.iter().collect::<Vec<_>>(), new)
}

/// One published version, compiled.
pub fn compiled<S: Forms + ?Sized>(
    store: &S,
    scope: &Scope,
    form: &str,
    version: u32,
) -> Result<Form, StoreError> {
    compile(store.form_package(scope, form, version)?)
}

fn compile(package: FormPackage) -> Result<Form, StoreError> {
    Form::compile(package).map_err(|_| StoreError::Damaged("a published form no longer compiles"))
}

fn earlier<S: Forms + ?Sized>(store: &S, scope: &Scope, form: &Form) -> Result<Earlier, StoreError> {
    let id = &form.manifest().id;
    let mut published = Vec::new();
    for view in store.form_list(scope)?.into_iter().filter(|view| view.form == *id) {
        let hash = view.hash.parse().map_err(|_| StoreError::Damaged("the hash of a form version"))?;
        published.push(Published { version: view.version, hash });
    }
    published.sort_by_key(|published| published.version);
    let below = published.iter().filter(|other| other.version < form.manifest().version);
    let forms = below.map(|other| compiled(store, scope, id, other.version)).collect::<Result<_, _>>()?;
    Ok(Earlier { forms, published })
}

fn compared(earlier: &Earlier, form: &Form) -> Impact {
    let comparison = (!earlier.forms.is_empty()).then(|| compare_packages(&earlier.forms, form));
    let latest = earlier.latest();
    Impact {
        form: form.manifest().id.clone(),
        version: form.manifest().version,
        base: latest.map(|latest| latest.hash.to_string()),
        base_version: latest.map(|latest| latest.version),
        class: comparison.as_ref().map_or(Class::Cosmetic, Comparison::class).letter(),
        comparison,
        dry_run: None,
    }
}

fn class(impact: &Impact) -> Class {
    impact.comparison.as_ref().map_or(Class::Cosmetic, Comparison::class)
}

fn tried<S: Publishing + ?Sized>(
    store: &S,
    scope: &Scope,
    earlier: &Earlier,
    form: &Form,
    touched_after: Option<i64>,
    stop: &dyn Fn() -> bool,
) -> Result<Ran, StoreError> {
    let versions = Versions { old: earlier.forms.last(), new: form };
    let ran = dry_run::run(store, scope, &versions, touched_after, stop)?;
    ran.ok_or_else(|| {
        let said = Said::new(
            "The dry run was stopped before its end; nothing was published.",
            "试运行中途停止，未发布。",
        );
        StoreError::Refused(ProblemKind::Unavailable, Some(said))
    })
}
