//! What to do about a failure, in commands.

pub(crate) use doorstep_client_core::failure::{CORRUPT, Failure};

/// Says the commands and options where the sentences of the core name none.
pub(crate) fn with_commands(failure: Failure) -> Failure {
    match failure.kind {
        "not_enrolled" | "unknown_device" => failure.help(
            "Ask your supervisor for a code, then: doorstep-device enrol URL CODE",
            "请向审核员索取登记码，然后运行：doorstep-device enrol 地址 登记码",
        ),
        "already_enrolled" => failure.help("Use another file with --store.", "请用 --store 指定另一个文件。"),
        "unknown_record" => failure.help(
            "doorstep-device list shows the records; doorstep-device sync fetches new ones.",
            "doorstep-device list 列出记录；doorstep-device sync 获取新记录。",
        ),
        "area_needed" => {
            failure.saying("Say in which area the record lies: --area CODE", "请用 --area 指定行政区划代码")
        }
        "subject_needed" => failure.saying(
            "This form is about a record: --subject RECORD",
            "该表单须指明所属记录：--subject 记录编号",
        ),
        "subject_not_allowed" => failure.saying(
            "This form is about no other record: leave --subject out.",
            "该表单不从属于其他记录，请去掉 --subject。",
        ),
        "incomplete" => {
            failure.help("Correct them, or submit with --with-errors.", "请更正，或用 --with-errors 提交。")
        }
        "discarded" => {
            failure.help("Take that back with: discard RECORD --undo", "可用 discard 记录编号 --undo 撤销。")
        }
        "no_attachment" => {
            failure.help("Attach one with: attach RECORD PATH=FILE", "可用 attach 记录编号 路径=文件 添加。")
        }
        "no_conflict" => {
            failure.help("Change the answer with: set RECORD PATH=VALUE", "可用 set 记录编号 路径=值 修改。")
        }
        "store_in_use" => failure.help(
            "Wait until it is done, or use another file with --store.",
            "请等待其结束，或用 --store 指定另一个文件。",
        ),
        _ => failure,
    }
}
