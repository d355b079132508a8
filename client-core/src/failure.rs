//! What went wrong, where, and what to do: in both languages and as JSON. The command line adds its commands, a screen its
//! buttons.

use doorstep_protocol::pull::Area;
use serde_json::{Value, json};

use crate::DeviceError;
use crate::store::{Saved, StoreError};
use crate::sync::{Blocked, SyncFailure, TransportError};

/// A failure for a person.
#[derive(Debug)]
pub struct Failure {
    /// A word for programs.
    pub kind: &'static str,
    /// English and Chinese.
    pub said: Box<(String, String)>,
    /// Where: a path, a record, a code, an address.
    pub place: Option<String>,
    /// What to do, English and Chinese.
    pub help: Option<Box<(String, String)>>,
    /// Wrong answers, for a refused submission.
    pub violations: Vec<Value>,
}

impl Failure {
    /// A failure without a place.
    pub fn new(kind: &'static str, en: impl Into<String>, zh: impl Into<String>) -> Failure {
        Failure {
            kind,
            said: Box::new((en.into(), zh.into())),
            place: None,
            help: None,
            violations: Vec::new(),
        }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Failure {
        self.place = Some(place.into());
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, en: impl Into<String>, zh: impl Into<String>) -> Failure {
        self.help = Some(Box::new((en.into(), zh.into())));
        self
    }

    /// The same in other words.
    #[must_use]
    pub fn saying(mut self, en: impl Into<String>, zh: impl Into<String>) -> Failure {
        *self.said = (en.into(), zh.into());
        self
    }

    /// The same with a list before it.
    #[must_use]
    pub fn after(mut self, list: &str) -> Failure {
        *self.said = (format!("{list}\n{}", self.said.0), format!("{list}\n{}", self.said.1));
        self
    }

    /// The sentence in one language.
    pub fn message(&self, zh: bool) -> &str {
        if zh { &self.said.1 } else { &self.said.0 }
    }

    /// As JSON in one language.
    pub fn to_json(&self, zh: bool) -> Value {
        let mut error = json!({"kind": self.kind, "message": self.message(zh)});
        if let Some(place) = &self.place {
            error["where"] = json!(place);
        }
        if let Some((en, cn)) = self.help.as_deref() {
            error["help"] = json!(if zh { cn } else { en });
        }
        if !self.violations.is_empty() {
            error["violations"] = json!(self.violations);
        }
        json!({"error": error})
    }

    /// As JSON in both languages: `{kind, en, zh, where?, help?: {en, zh}, violations?}`.
    pub fn in_both(&self) -> Value {
        let mut json = json!({"kind": self.kind, "en": self.said.0, "zh": self.said.1});
        if let Some(place) = &self.place {
            json["where"] = json!(place);
        }
        if let Some((en, zh)) = self.help.as_deref() {
            json["help"] = json!({"en": en, "zh": zh});
        }
        if !self.violations.is_empty() {
            json["violations"] = json!(self.violations);
        }
        json
    }

    /// As lines of text in one language.
    pub fn text(&self, zh: bool) -> String {
        let mut text = match &self.place {
            Some(place) => format!("{place}: {}", self.message(zh)),
            None => self.message(zh).to_owned(),
        };
        if let Some((en, cn)) = self.help.as_deref() {
            text.push('\n');
            text.push_str(if zh { cn } else { en });
        }
        text
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Store(error) => store(&error),
            DeviceError::Sync(error) => sync(error),
            DeviceError::NotEnrolled => {
                Failure::new("not_enrolled", "This device belongs to nobody yet.", "本设备尚未登记。")
                    .help("Ask your supervisor for a code.", "请向审核员索取登记码。")
            }
            DeviceError::AlreadyEnrolled { url } => Failure::new(
                "already_enrolled",
                format!("This device is enrolled with {url}."),
                format!("本设备已登记到 {url}。"),
            ),
            DeviceError::NoBundleKey => Failure::new(
                "no_bundle_key",
                "The server has not told this device how to seal a bundle.",
                "服务器尚未告知本设备数据包的加密公钥。",
            )
            .help(
                "Sync once; a server of an older version takes no bundles.",
                "请先同步一次；旧版本的服务器不支持数据包。",
            ),
            DeviceError::UnknownRecord(id) => {
                Failure::new("unknown_record", "No such record on this device.", "本设备没有这条记录。")
                    .at(id)
                    .help("Synchronise to fetch new records.", "同步可获取新记录。")
            }
            DeviceError::AmbiguousRecord(id) => {
                Failure::new("ambiguous_record", "Several records begin like this.", "有多条记录以此开头。")
                    .at(id)
                    .help("Give more digits.", "请多输入几位。")
            }
            DeviceError::UnknownForm { form, known } => unknown_form(form, &known),
            DeviceError::FormClosed { form } => Failure::new(
                "form_closed",
                "This form takes no new records any more.",
                "该表单已停止新增记录。",
            )
            .at(form)
            .help(
                "What was begun before can be finished. Ask your administrator which form to use.",
                "已开始的记录仍可继续填写；请向管理员询问应使用的表单。",
            ),
            DeviceError::FormUnusable { form, version } => Failure::new(
                "form_unusable",
                format!("Version {version} of this form needs a newer program."),
                format!("该表单第 {version} 版需要更新程序。"),
            )
            .at(form),
            DeviceError::AreaNeeded { choices } => areas(
                Failure::new("area_needed", "Say in which area the record lies.", "请选择行政区划。"),
                &choices,
            ),
            DeviceError::UnknownArea { code, choices } => areas(
                Failure::new("unknown_area", "Not one of your areas.", "不在您的区划范围内。").at(code),
                &choices,
            ),
            DeviceError::SubjectNeeded(form) => Failure::new(
                "subject_needed",
                "This form is about a record: choose it.",
                "该表单须指明所属记录，请选择。",
            )
            .at(form),
            DeviceError::SubjectNotAllowed(form) => Failure::new(
                "subject_not_allowed",
                "This form is about no other record.",
                "该表单不从属于其他记录。",
            )
            .at(form),
            DeviceError::Answer { path, error, suggestions } => answer(path, &error, &suggestions),
            DeviceError::Incomplete(violations) => Failure::new(
                "incomplete",
                format!("{} answers need attention; nothing was submitted.", violations.len()),
                format!("有 {} 处需要处理，未提交。", violations.len()),
            )
            .help(
                "Correct them, or complete it with a note: the supervisor sees what stands.",
                "请更正；也可附说明完成，审核员会看到这些问题。",
            ),
            DeviceError::WasSubmitted(id) => Failure::new(
                "was_submitted",
                "It was submitted: only a supervisor can set it aside.",
                "记录已提交，只有审核员可以处理。",
            )
            .at(id.to_string()),
            DeviceError::StandsForOthers(id) => Failure::new(
                "stands_for_others",
                "Another registration was merged into it: only a supervisor can set it aside.",
                "已有重复登记合并到该记录，只有审核员可以处理。",
            )
            .at(id.to_string()),
            DeviceError::Discarded(id) => {
                Failure::new("discarded", "It was set aside as entered by mistake.", "该记录已作废。")
                    .at(id.to_string())
                    .help("Take that back first.", "请先撤销作废。")
            }
            DeviceError::NoAttachment { path } => {
                Failure::new("no_attachment", "No file is attached there.", "此处没有附件。").at(path)
            }
            DeviceError::NoConflict { path } => {
                Failure::new("no_conflict", "No different answers stand there.", "此处没有填写不一致。")
                    .at(path)
            }
            DeviceError::Write(error) => Failure::new(
                "not_written",
                format!("The change cannot be made: {error}"),
                format!("无法保存修改：{error}"),
            ),
            other @ DeviceError::Unreadable(..) => {
                Failure::new("unreadable", other.to_string(), "记录无法读取，原文件已保留。")
            }
        }
    }
}

fn answer(path: String, error: &doorstep_forms::AnswerError, suggestions: &[String]) -> Failure {
    let failure = Failure::new("answer", error.message("en"), error.message("zh")).at(path);
    if suggestions.is_empty() {
        return failure;
    }
    let list = suggestions.join(", ");
    failure.help(format!("Did you mean: {list}"), format!("是否指：{list}"))
}

fn unknown_form(form: String, known: &[String]) -> Failure {
    let failure = Failure::new("unknown_form", "No such form on this device.", "本设备没有该表单。").at(form);
    if known.is_empty() {
        return failure.help("Synchronise to fetch the forms.", "同步可获取表单。");
    }
    let list = known.join(", ");
    failure.help(format!("There are: {list}"), format!("可用的表单：{list}"))
}

fn areas(failure: Failure, choices: &[Area]) -> Failure {
    if choices.is_empty() {
        return failure.help("Synchronise to fetch your areas.", "同步可获取区划。");
    }
    let list = |name: fn(&Area) -> &str| {
        let shown = choices.iter().take(20).map(|area| format!("  {} {}", area.code, name(area)));
        let more = choices.len().saturating_sub(20);
        let more = (more > 0).then(|| format!("  … +{more}"));
        shown.chain(more).collect::<Vec<_>>().join("\n")
    };
    failure.help(list(|area| &area.name_en), list(|area| &area.name_zh))
}

fn store(error: &StoreError) -> Failure {
    match error {
        StoreError::InUse => Failure::new("store_in_use", "Another program has this store open.", "该数据文件正被其他程序使用。")
            .help("Wait until it is done.", "请等待其结束。"),
        StoreError::Damaged { set_aside, saved } => damaged(set_aside, *saved),
        StoreError::Corrupt => Failure::new(CORRUPT, "The store is damaged.", "数据文件已损坏。"),
        StoreError::TooNew { .. } => Failure::new("store_too_new", "The store was written by a newer program. Please update.", "数据文件由更新的程序写入，请更新程序。"),
        StoreError::Full => Failure::new("disk_full", "No space left: the last step was not kept.", "磁盘已满，上一步未保存。").help("Make space, then repeat it.", "请清理空间后重试。"),
        StoreError::DiskFailed => Failure::new("disk_failed", "The disk answered an error: nobody knows whether the last step was kept.", "磁盘读写出错，无法确认上一步是否已保存。")
            .help("Look whether it is there, and repeat it if not. If this comes again, copy the file to another disk.", "请查看上一步是否已保存，未保存请重做；若再次出现，请将数据文件复制到其他磁盘。"),
        StoreError::Sqlite(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) => Failure::new("store_not_opened", "The store's files cannot be opened or made.", "无法打开或创建数据文件。")
            .help("Check the path, its permissions and the free space, then repeat the last step.", "请检查路径、权限和剩余空间，然后重做上一步。"),
        other => Failure::new("store_failed", source_text(other), format!("本地数据出错：{}", source_text(other))),
    }
}

/// The store turned out to be damaged after it was opened.
pub const CORRUPT: &str = "store_corrupt";

fn damaged(set_aside: &str, saved: Option<Saved>) -> Failure {
    let facts = saved.map_or(0, |saved| saved.facts);
    let failure = Failure::new(
        "store_damaged",
        format!("The store was damaged. It is kept, not deleted; {facts} unsent entries were saved from it."),
        format!("数据文件已损坏，原文件已保留；已找回 {facts} 条未上传的内容。"),
    )
    .at(set_aside);
    match saved {
        Some(Saved { enrolled: true, .. }) => failure.help(
            "Synchronise as soon as there is a network: what was saved is sent, and your records come back. Do not enter them \
             again before. Give the damaged file to your administrator.",
            "有网络后请立即同步：找回的内容会上传，记录会重新下载。在此之前请勿重新填写。请将损坏的文件交给管理员。",
        ),
        _ => failure.help(
            "Ask your supervisor for a new code and enrol again; what was saved is sent then. Give the damaged file to your \
             administrator: more may be in it.",
            "请向审核员索取新的登记码并重新登记，找回的内容届时上传。请将损坏的文件交给管理员，其中可能还有数据。",
        ),
    }
}

fn source_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(source) = at {
        text = format!("{text}: {source}");
        at = source.source();
    }
    text
}

fn sync(failure: SyncFailure) -> Failure {
    match failure {
        SyncFailure::Offline(TransportError::Insecure(url)) => Failure::new(
            "insecure",
            "Plain http is allowed to this machine only.",
            "只有本机可以使用不加密的 http。",
        )
        .at(url)
        .help("Use https://", "请使用 https://"),
        SyncFailure::Offline(TransportError::BadAddress(url)) => {
            Failure::new("bad_address", "Not a server address.", "不是有效的服务器地址。")
                .at(url)
                .help("It looks like https://survey.example", "形如 https://survey.example")
        }
        SyncFailure::Offline(error) => Failure::new("offline", format!("{error}."), "无法连接服务器。").help(
            "Your work is safe on this device. Try again when there is a network.",
            "数据已保存在本设备，有网络时请重试。",
        ),
        SyncFailure::Problem(problem) => {
            let kind = problem.kind();
            let (en, zh) = kind.map_or((problem.title.as_str(), problem.title.as_str()), |kind| {
                (kind.title_en(), kind.title_zh())
            });
            let failure = Failure::new("problem", en, zh);
            match (&problem.detail, kind) {
                (Some(detail), _) => failure.help(detail.clone(), detail.clone()),
                _ => failure,
            }
        }
        SyncFailure::NotOurs { status } => Failure::new(
            "not_a_server",
            format!("What answered (HTTP {status}) is no Doorstep server."),
            format!("对方（HTTP {status}）不是入户服务器。"),
        )
        .help(
            "Check the address; a sign-in page of the network may be in between.",
            "请检查地址；也可能被网络登录页面拦截。",
        ),
        SyncFailure::Blocked(Blocked::Revoked) => Failure::new(
            "revoked",
            "This device was revoked. Its work stays on it.",
            "本设备已停用，数据仍保留在设备上。",
        )
        .help("Ask your supervisor for a new code.", "请向审核员索取新的登记码。"),
        SyncFailure::Blocked(Blocked::Update) => Failure::new(
            "update",
            "This program is too old or too new for the server. Its work stays here.",
            "程序版本与服务器不匹配，数据仍保留。",
        )
        .help("Please update.", "请更新程序。"),
        SyncFailure::Blocked(Blocked::Unknown) => Failure::new(
            "unknown_device",
            "The server does not know this device: it may have been restored from a backup. Its work stays on it.",
            "服务器不认识本设备，可能已由备份恢复。数据仍保留在设备上。",
        )
        .help(
            "Ask your supervisor for a new code and enrol again.",
            "请向审核员索取新的登记码并重新登记。",
        ),
    }
}
