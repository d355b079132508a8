//! Words of the screens, by the glossary.

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
            state::NOT_ACCEPTED => ("not accepted (final)", "不予采用"),
            _ => ("in another state", "其他状态"),
        }
    };
    if zh { cn } else { en }
}
