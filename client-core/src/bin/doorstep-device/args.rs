//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A headless device for scripts, training and load. 无界面的调查设备，用于脚本、培训和压力测试。
#[derive(Debug, Parser)]
#[command(name = "doorstep-device", version)]
pub(crate) struct Args {
    /// The device's store; made when it does not exist. 设备数据文件
    #[arg(long, global = true, default_value = "doorstep-device.sqlite", value_name = "FILE")]
    pub(crate) store: PathBuf,
    /// One JSON object on standard output. 输出 JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language: zh or en (default: by the system). 语言
    #[arg(long, global = true, value_name = "LANG", value_parser = ["zh", "en"])]
    pub(crate) lang: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Belong to the person who was given a one-time code. 用登记码登记设备
    Enrol {
        /// Address of the server, such as https://survey.example 服务器地址
        url: String,
        /// The one-time code 登记码
        code: String,
        /// What the device is called in lists 设备名称
        #[arg(long, default_value = "doorstep-device")]
        name: String,
    },
    /// Send what waits, fetch what is new. 同步
    Sync,
    /// Write what waits to be sent into a file sealed to the server, for somebody to carry. 离线数据包
    Bundle {
        /// The file to write; more go to FILE.2, FILE.3 要写入的文件
        file: PathBuf,
    },
    /// Begin a record. 新建记录
    New {
        /// Form id 表单编号
        form: String,
        /// Area code 行政区划代码
        #[arg(long)]
        area: Option<String>,
        /// The record it is about 所属农户记录
        #[arg(long)]
        subject: Option<String>,
        /// Under the test version given to this device: kept, counted nowhere 用测试版填写，不计入任何统计
        #[arg(long)]
        test: bool,
        /// To practise: sent and kept, counted nowhere 练习：照常上传保存，不计入任何统计
        #[arg(long, conflicts_with = "test")]
        practice: bool,
    },
    /// Answer questions: PATH=VALUE; ?dk ?refused ?na; empty clears; `members/+a/name=X` begins a row. 填写
    Set {
        /// Record id, or how it begins 记录编号
        record: String,
        /// PATH=VALUE
        #[arg(required = true)]
        answers: Vec<String>,
    },
    /// Sign a record as it stands: PATH=NAME. 签名
    Sign {
        /// Record id, or how it begins 记录编号
        record: String,
        /// PATH=NAME, or PATH=the row id of a member
        signature: String,
        /// As what, such as head of household 身份
        #[arg(long)]
        role: Option<String>,
    },
    /// Attach a file to a question: PATH=FILE. 添加附件
    Attach {
        /// Record id, or how it begins 记录编号
        record: String,
        /// PATH=FILE
        file: String,
    },
    /// Fetch the file of an answer; goes on where it was cut. 下载附件
    Fetch {
        /// Record id, or how it begins 记录编号
        record: String,
        /// Path of the answer 答案路径
        path: String,
        /// Where to write it; default: it is only kept in the store 写入的文件
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Show a record with every answer that stands. 查看记录
    Show {
        /// Record id, or how it begins 记录编号
        record: String,
    },
    /// Say that a record is complete. 提交
    Submit {
        /// Record id, or how it begins 记录编号
        record: String,
        /// A note for the supervisor 给审核员的说明
        #[arg(long)]
        note: Option<String>,
        /// Submit although errors stand 有错误也提交
        #[arg(long)]
        with_errors: bool,
    },
    /// List records. 列出记录
    List {
        /// Only lines with these words: name, first letters of its sounds, place, end of a number 搜索（姓名、拼音首字母、地点、号码）
        #[arg(long)]
        search: Option<String>,
        /// Only this form 表单
        #[arg(long)]
        form: Option<String>,
    },
    /// List different answers. 填写不一致
    Conflicts {
        /// Only this record 记录编号
        record: Option<String>,
    },
    /// Choose an answer where answers differ. 选定答案
    Resolve {
        /// Record id, or how it begins 记录编号
        record: String,
        /// PATH=VALUE
        answer: String,
        /// Why 原因
        #[arg(long)]
        reason: Option<String>,
    },
    /// Set a record aside as entered by mistake. 作废
    Discard {
        /// Record id, or how it begins 记录编号
        record: String,
        /// Take it back 撤销作废
        #[arg(long)]
        undo: bool,
    },
    /// Remark on a record, or on one answer. 批注
    Comment {
        /// Record id, or how it begins 记录编号
        record: String,
        /// The remark 内容
        text: String,
        /// The answer's path 答案路径
        #[arg(long)]
        path: Option<String>,
    },
    /// List the work given to the person, what is due first. 任务
    Assignments,
    /// List the areas of the person's scope. 列出行政区划
    Areas,
    /// List the forms on the device. 列出表单
    Forms,
}
