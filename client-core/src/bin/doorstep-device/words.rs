//! Words of the screens, by the glossary.

use doorstep_client_core::device::Work;
use doorstep_client_core::store::{RecordRow, state};

/// What a person reads as the state of a record.
pub(crate) fn state_word(row: &RecordRow, zh: bool) -> &'static str {
    let (en, cn) = if row.discarded {
        ("entered by mistake", "作废")
    } else if row.unsent_submission {
        ("completed, not sent", "已完成待上传")
    } else {
        match row.state.as_str() {
            state::DRAFT => ("in progress", "填写中"),
            state::SUBMITTED => ("sent", "已上传"),
            state::SENT_BACK => ("sent back", "退回修改"),
            state::APPROVED => ("approved", "审核通过"),
            state::CONFIRMED => ("confirmed", "复核通过"),
            state::NOT_ACCEPTED => ("not accepted (final)", "不予采用"),
            _ => ("in another state", "其他状态"),
        }
    };
    if zh { cn } else { en }
}

/// A piece of work in one line: form, what about, how far, what is left of the time.
pub(crate) fn work_line(work: &Work, zh: bool) -> String {
    let given = &work.assignment;
    let about = match given.subject {
        Some(subject) => format!("{subject}  {}", work.label),
        None => format!("{}  {}/{}", given.area, work.completed, given.quantity),
    };
    let progress = match () {
        () if work.completed >= given.quantity => ("completed", "已完成"),
        () if work.completed + work.begun > 0 => ("in progress", "填写中"),
        () => ("not begun", "未开始"),
    };
    let left = match (work.days_left, zh) {
        (None, _) => String::new(),
        (Some(days), false) if days < 0 => format!("  overdue by {} days", -days),
        (Some(days), false) => format!("  {days} days left"),
        (Some(days), true) if days < 0 => format!("  已逾期 {} 天", -days),
        (Some(days), true) => format!("  剩余 {days} 天"),
    };
    let note = given.note.as_deref().map(|note| format!("  {note}")).unwrap_or_default();
    let progress = if zh { progress.1 } else { progress.0 };
    format!("{}  {about}  {progress}{left}{note}", given.form)
}
