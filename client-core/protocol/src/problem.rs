//! RFC 9457 problems: the closed list of what can go wrong at the border, in both languages.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $en:literal, $zh:literal;)*) => {
        /// Every kind of problem a server answers. The text form is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemKind { $($(#[$doc])* $name,)* }

        impl ProblemKind {
            /// Every kind, for tests and documentation.
            pub const ALL: &[ProblemKind] = &[$(ProblemKind::$name),*];

            /// The stable name, the last part of the problem's `type`.
            pub fn name(self) -> &'static str {
                match self { $(ProblemKind::$name => $text),* }
            }
            /// HTTP status.
            pub fn status(self) -> u16 {
                match self { $(ProblemKind::$name => $status),* }
            }
            /// One plain English sentence.
            pub fn title_en(self) -> &'static str {
                match self { $(ProblemKind::$name => $en),* }
            }
            /// One plain Chinese sentence.
            pub fn title_zh(self) -> &'static str {
                match self { $(ProblemKind::$name => $zh),* }
            }
        }
    };
}

kinds! {
    /// The body cannot be read as the expected message.
    BadRequest = "bad_request", 400, "The request cannot be read.", "请求无法识别。";
    /// No session, or one that has ended.
    SignInRequired = "sign_in_required", 401, "Please sign in again.", "请重新登录。";
    /// Name or password is wrong, or the account is closed.
    SignInFailed = "sign_in_failed", 401, "Name or password is wrong.", "用户名或密码不正确。";
    /// The role does not allow this.
    NotAllowed = "not_allowed", 403, "Your role does not allow this.", "您的角色无权进行此操作。";
    /// The device was revoked: it may deliver signed work, and receives nothing.
    DeviceRevoked = "device_revoked", 403, "This device was revoked. Ask your supervisor for a new code.", "本设备已停用，请向审核员索取新的登记码。";
    /// Does not exist, or lies outside the scope: the two look alike.
    NotFound = "not_found", 404, "Not found.", "未找到。";
    /// Method not allowed on this route.
    MethodNotAllowed = "method_not_allowed", 405, "This address does not take that method.", "该地址不支持此方法。";
    /// Someone else changed it first.
    Conflict = "conflict", 409, "Somebody else changed this first. Look again and repeat.", "他人已先行修改，请刷新后重试。";
    /// The record changed since these heads were served.
    NotSeen = "not_seen", 409, "The record holds content you have not been shown. Open it again.", "该记录有您尚未看到的内容，请重新打开。";
    /// Different answers stand against each other.
    DifferentAnswers = "different_answers", 409, "Different answers must be settled, or waived with a reason, first.", "存在填写不一致，请先选定答案或说明原因。";
    /// Errors stand against an approval.
    InvalidAnswers = "invalid_answers", 409, "Errors must be corrected, or waived with a reason, first.", "存在错误，请先更正或说明原因。";
    /// Publishing this changes rules over stored records: what it does to them must be confirmed.
    ConfirmationNeeded = "confirmation_needed", 409, "Stored records are affected. Look at the list and confirm.", "已有记录会受影响，请查看清单后确认。";
    /// Stored records cannot be read under the form version that was to be published.
    RecordsUnreadable = "records_unreadable", 409, "Stored records cannot be read under this version. Correct its lenses.", "部分已有记录无法按此版本读取，请更正转换规则。";
    /// A published form may not be changed like this.
    ChangeForbidden = "change_forbidden", 422, "A published form may not be changed like this; see the list.", "已发布的表单不能这样更改，详见清单。";
    /// The move is not allowed from the present state.
    WrongState = "wrong_state", 409, "This cannot be done in the record's present state.", "记录当前状态不允许此操作。";
    /// A one-time code is unknown, used or too old: the three look alike.
    CodeUnusable = "code_unusable", 410, "This code was used or is too old. Ask for a new one.", "登记码已使用或已过期，请重新索取。";
    /// Larger than a limit allows.
    TooLarge = "too_large", 413, "More data than one request may carry.", "数据超出单次请求上限。";
    /// The media type is not ours.
    UnsupportedMedia = "unsupported_media", 415, "This media type is not understood.", "不支持该数据类型。";
    /// The content is understood and wrong; `violations` tell where.
    Invalid = "invalid", 422, "Some values are wrong; see the list.", "部分内容有误，详见清单。";
    /// The same envelope id arrived with another body.
    EnvelopeIdReused = "envelope_id_reused", 422, "This envelope id was used for other content.", "该上传编号已用于其他内容。";
    /// The signature does not fit the device key.
    SignatureInvalid = "signature_invalid", 422, "The signature does not fit the device.", "签名与设备不符。";
    /// The user named in an envelope does not work on this device.
    UserNotOnDevice = "user_not_on_device", 422, "This person does not work on this device.", "该人员未在本设备登记。";
    /// No protocol version in common.
    ProtocolUnsupported = "protocol_unsupported", 426, "This app is too old or too new for the server. Please update.", "应用版本与服务器不匹配，请更新。";
    /// Too many requests.
    TooMany = "too_many", 429, "Too many tries. Please wait.", "尝试次数过多，请稍候。";
    /// A fault of the server; the request id finds it in the log.
    Internal = "internal", 500, "The server failed. Nothing was recorded; please try again.", "服务器出错，数据未记录，请重试。";
    /// The disk is full or failing: nothing was acknowledged.
    StorageFailed = "storage_failed", 507, "The server cannot store data now. Keep it on the device and tell the administrator.", "服务器暂时无法存储，请将数据保留在设备上并告知管理员。";
    /// Shutting down or starting.
    Unavailable = "unavailable", 503, "The server is not ready. Please try again soon.", "服务器尚未就绪，请稍后重试。";
}

/// A problem document, `application/problem+json` or CBOR on sync routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `urn:doorstep:problem:<kind>`.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind's sentence in the asked language (English by default).
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What, where and what to do, for this occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The request id under which the server's log tells more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What is wrong where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<ProblemViolation>,
}

/// One wrong place in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProblemViolation {
    /// JSON pointer, path of an answer, or `file#pointer`.
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

impl Problem {
    /// The problem of a kind, titled in English or, for `zh`, Chinese.
    pub fn new(kind: ProblemKind, language: &str) -> Problem {
        let title = if language.starts_with("zh") { kind.title_zh() } else { kind.title_en() };
        Problem {
            type_uri: format!("urn:doorstep:problem:{}", kind.name()),
            title: title.to_owned(),
            status: kind.status(),
            detail: None,
            instance: None,
            violations: Vec::new(),
        }
    }

    /// The kind, when it is one this build knows.
    pub fn kind(&self) -> Option<ProblemKind> {
        let name = self.type_uri.strip_prefix("urn:doorstep:problem:")?;
        ProblemKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_and_speaks_both_languages() {
        for kind in ProblemKind::ALL {
            assert_eq!(Problem::new(*kind, "zh-CN").kind(), Some(*kind));
            assert!((400..600).contains(&kind.status()));
            assert!(kind.title_en().is_ascii() && !kind.title_zh().is_ascii());
        }
    }
}
