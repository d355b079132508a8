//! The help of every command and option in Chinese; in English it stands beside them in `args`.

use clap::Command;

/// `command`, `command option` or `option` of all commands, and what it is for.
const CHINESE: &[(&str, &str)] = &[
    ("doorstep", "入户调查服务器及其全部操作命令"),
    ("data", "数据目录；首个需要它的命令会创建。默认：$DOORSTEP_DATA，否则 ./doorstep-data"),
    ("json", "输出一个 JSON 值而不是文本"),
    ("lang", "输出语言；默认取自 LC_ALL、LC_MESSAGES 或 LANG"),
    ("as", "以谁的名义执行；默认见 docs/operations.md"),
    ("serve", "为设备和 REST 接口提供服务，直到收到 SIGINT 或 SIGTERM"),
    ("serve listen", "监听地址；端口 0 表示任选空闲端口"),
    ("serve url", "设备访问服务器的地址，印在登记码旁；默认为监听地址"),
    ("serve behind_proxy", "前置代理负责 TLS：允许监听非本机地址"),
    ("area", "行政区划"),
    ("area import", "从 CSV 文件导入区划：code,parent,level,name_zh,name_en,valid_from,valid_to"),
    ("area import file", "CSV 文件"),
    ("area list", "列出全部区划"),
    ("area list as_of", "按当时的名称列出：时间或日期"),
    ("area succeed", "终止由其他区划接续的区划：合并、换代码或拆分（一个 --from 对多个 --to）"),
    ("area succeed from", "终止的区划代码；可多次给出"),
    ("area succeed to", "后续区划代码；给出多个表示拆分，记录由人逐条归属"),
    ("area succeed on", "后续区划的首日，如 2015-07-01"),
    ("user", "账号"),
    ("user add", "添加账号"),
    ("user add name", "用户名"),
    ("user add role", "enumerator（调查员）、supervisor（审核员）或 admin（管理员）"),
    ("user add areas", "区划代码，账号管辖其下所有区划；可多次给出"),
    ("user add password", "密码本身（本机其他人可见，建议用 --password-stdin）"),
    ("user add password_stdin", "从标准输入的第一行读取密码"),
    ("user post", "说明某人的职务（如 doctor、cadre）：填写不一致时建议采用谁的答案"),
    ("user post name", "用户名"),
    ("user post post", "一个词；省略则取消职务"),
    ("user list", "列出账号"),
    ("device", "设备：登记码、列表、停用"),
    ("device invite", "生成一次性登记码（10 分钟有效），用于为某用户登记设备"),
    ("device invite user", "用户名"),
    ("device invite url", "要显示的服务器地址；默认为上次 doorstep serve 的地址"),
    ("device list", "列出设备"),
    ("device revoke", "停用设备：可交付已签名的数据，不再接收任何数据"),
    ("device revoke device", "设备编号，见 device list"),
    ("bundle", "离线数据包：无网络的设备已签名的数据，由他人带来"),
    ("bundle import", "导入 doorstep-device bundle 写出的数据包；重复导入不会产生变化"),
    ("bundle import file", "数据包文件"),
    ("import", "从文件导入数据"),
    ("import households", "导入农户台账；重复导入不会产生变化"),
    ("import households file", "CSV（UTF-8、BOM 或 GB18030）或 XLSX 文件"),
    ("import households all_or_nothing", "只要有一行有误就全部不导入；默认导入无误的行"),
    ("import households dry_run", "只检查文件，不写入任何内容"),
    ("import xlsform", "把 XLSForm 工作簿转成表单包，并逐一说明未导入的单元格"),
    ("import xlsform file", "XLSX、XLSM 或 XLS 文件"),
    ("import xlsform out", "表单包文件夹；须不存在或为空"),
    ("import xlsform language", "未注明语言的文字所用的语言，如 es；默认按文字判断"),
    ("form", "表单包"),
    ("form check", "检查表单包并列出全部错误；不发布"),
    ("form check path", "表单包文件夹"),
    ("form publish", "检查并发布表单包；会影响已有记录的更改先对其试运行"),
    ("form publish path", "表单包文件夹"),
    ("form new", "写出一个可通过检查的小表单包，作为起点"),
    ("form new id", "表单编号：小写字母、数字和下划线"),
    ("form new kind", "register：每户一份长期记录；event：每次一份新记录"),
    ("form new out", "要写入的文件夹，不存在时创建"),
    ("form render", "按 --lang 的语言把表单写成纸质问卷（A4 网页）"),
    ("form render path", "表单包文件夹"),
    ("form render out", "要写入的网页文件"),
    ("form editor-schemas", "写出供编辑器补全和检查 form.json、schema.json 的 JSON Schema"),
    ("form editor-schemas out", "要写入的文件夹，不存在时创建"),
    ("print", "A4 打印页：已填记录、公示名单、报表"),
    ("print record", "已填的记录，附签名栏"),
    ("print record record", "记录编号"),
    ("print posting", "公示名单：只列审核通过农户的姓名、组别和类别"),
    ("print posting form", "identification_case 或 household_register"),
    ("print posting area", "区划代码，含其下级"),
    ("print posting as_of", "该时刻的台账：RFC 3339 时间，或日期（当日结束）；默认现在"),
    ("print report", "报表，附填表人、审核人和截止时间"),
    ("print report name", "报表名称，如 T8a"),
    ("print report compiler", "填表人"),
    ("print report reviewer", "审核人"),
    ("print report as_of", "统计截至该时刻审核通过的数据：RFC 3339 时间，或日期（当日结束）；默认现在"),
    ("print report valid_at", "统计当日成立的事实"),
    ("print * out", "要写入的网页文件；默认写到标准输出"),
    ("form publish confirm", "已查看对已有记录的影响并同意发布"),
    ("form publish base", "制作时所依据的最新已发布版本的内容哈希；默认为命令开始时的最新版本"),
    ("form publish dry_run", "只说明有哪些更改、对已有记录有何影响，不发布"),
    ("form list", "列出已发布的表单和测试版"),
    ("form diff", "列出两个版本之间的全部更改及其类别和处理办法；有不允许的更改（E 类）时返回失败"),
    ("form diff old", "旧版本：文件夹，或已发布的“表单@版本号”"),
    ("form diff new", "新版本：写法相同"),
    ("form dry-run", "对全部已有记录和草稿试运行表单包；不发布"),
    ("form dry-run path", "表单包文件夹"),
    ("form test", "把表单包作为测试版发给指定设备；用它填写的记录不计入任何统计"),
    ("form test path", "表单包文件夹"),
    ("form test devices", "设备编号，见 device list；可多次给出"),
    ("form test user", "此人的全部设备"),
    ("form close", "停止用某版本新增记录；已有记录和草稿仍然有效"),
    ("form close form", "表单编号"),
    ("form close number", "版本号"),
    ("form reopen", "重新允许用某版本新增记录"),
    ("form reopen form", "表单编号"),
    ("form reopen number", "版本号"),
    ("mapping", "选项表中没有的填写内容，及其对应的代码"),
    ("mapping list", "列出待对应代码的填写内容"),
    ("mapping list form", "仅此表单"),
    ("mapping apply", "把填写内容对应到代码：在每条记录中单独记为一次改动，待审核"),
    ("mapping apply form", "表单编号"),
    ("mapping apply text", "填写内容，须一字不差"),
    ("mapping apply code", "选项表中的代码"),
    ("mapping apply reason", "理由，记入记录的历史"),
    ("mapping apply records", "仅此记录，可多次给出；默认为所有待对应处"),
    ("quarantine", "已保存、未采用的内容：列出、重新判定"),
    ("quarantine list", "列出已保存、未采用的内容：由谁提交、为何未采用、写了什么"),
    ("quarantine list record", "仅与此记录有关"),
    ("quarantine list reason", "仅此原因，按列表所示填写"),
    ("quarantine retry", "按现行规则重新判定这些记录的待核查内容"),
    ("quarantine retry records", "记录编号"),
    ("duplicate", "重复登记：列出、合并、撤销合并、排除"),
    ("duplicate list", "列出疑似重复的记录"),
    ("duplicate list state", "open（待处理）、merged（已合并）或 dismissed（已排除）"),
    ("duplicate merge", "合并重复登记：保留较早的一份，另一份成为它的别名"),
    ("duplicate unmerge", "撤销合并：该记录恢复为独立登记"),
    ("duplicate unmerge record", "已并入其他登记的记录编号"),
    ("duplicate dismiss", "确认两份登记不是同一户"),
    ("duplicate * one", "其中一份的记录编号"),
    ("duplicate * other", "另一份的记录编号"),
    ("household", "成员离开农户：分户，或转入其他农户"),
    ("household split", "分户：所选成员另立一户"),
    ("household move-member", "把成员转入台账中的其他农户，如婚嫁、收养"),
    ("household * record", "原户的记录编号"),
    ("household * rows", "成员行号，用逗号分隔：members/ 之后的编号"),
    ("household * on", "日期，如 2015-07-01"),
    ("household * relations", "成员与所入户户主的关系，ROW=CODE；可多次给出"),
    ("household * reason", "理由，记入两份记录的历史"),
    ("household * area", "新户的区划代码；默认与原户相同"),
    ("household * to", "所入户的记录编号"),
    ("household * state", "在原户的成员状态，即表单中的代码，如 married_out"),
    ("record", "单份记录"),
    ("record history", "该记录自始至今的一切经过，由早到晚"),
    ("record history record", "记录编号"),
    ("print history", "该记录自始至今的一切经过"),
    ("print history record", "记录编号"),
    ("review", "审核"),
    ("review list", "列出待审核的记录"),
    ("review list form", "仅此表单"),
    ("review list area", "仅此区划及其下级"),
    ("review list state", "draft、submitted、sent_back、approved、confirmed 或 not_accepted"),
    ("review list test", "改为列出用测试版填写的记录，不论状态"),
    ("review list flag", "仅带此标记：conflict、invalid、duplicate_suspect 等"),
    ("review approve", "按当前内容审核通过"),
    ("review send-back", "退回给调查员修改"),
    ("review not-accept", "不予采用：保留记录，不进入数据集"),
    ("review confirm", "复核通过：由管理员对已审核通过的记录作出（表单要求复核时）"),
    ("review reopen", "撤回审核通过或不予采用的决定，记录重新待审核；撤回复核通过，则仍为审核通过"),
    ("review * records", "记录编号"),
    ("review * all", "该表单（--form）全部已提交且无填写不一致、无错误的记录"),
    ("review * form", "--all 所指的表单"),
    ("review * comments", "对某个答案的批注，供调查员查看"),
    ("review * waivers", "说明原因后接受某个错误或填写不一致；KEY 为规则名，或 KEY@PATH"),
    ("review * note", "对整条记录的说明"),
    ("assign", "任务：由谁、在何日之前、为哪些农户填写哪种表单"),
    (
        "assign add",
        "分配任务：用 --subject 指定农户，用 --area --households 指定全部农户，或指定要新登记的数量",
    ),
    ("assign move", "将未完成的任务转给他人；已填内容保留"),
    ("assign close", "关闭不再需要的任务"),
    ("assign list", "列出任务及进度"),
    ("assign * to", "调查员用户名"),
    ("assign * from", "该用户全部未关闭的任务"),
    ("assign * form", "表单编号"),
    ("assign * subjects", "农户记录编号；可多次给出"),
    ("assign * area", "行政区划代码"),
    ("assign * households", "该区划的每一农户各一项任务"),
    ("assign * register", "--households 所取的农户台账表单"),
    ("assign * quantity", "要在该区划新登记的记录数"),
    ("assign * due", "截止日期，如 2015-07-13"),
    ("assign * note", "说明"),
    ("assign * reason", "原因"),
    ("assign * closed", "包括已关闭的任务"),
    ("assign * assignments", "任务编号"),
    ("sample", "抽查：从台账抽取农户，核查并比对"),
    ("sample draw", "从审核通过的台账抽取农户：由种子决定，按层分配，永久留存"),
    ("sample draw area", "行政区划代码"),
    ("sample draw percent", "抽取比例（%），户数向下取整：30 或 12.5"),
    ("sample draw count", "抽取户数"),
    ("sample draw by", "按何分层：village（村）或 status（台账状态）；默认不分层"),
    ("sample draw seed", "决定抽中哪些农户的数字；请事先商定，只抽一次"),
    ("sample draw filter", "registered（建档立卡户）或 all（全部农户）"),
    ("sample draw name", "抽样名称"),
    ("sample draw as_of", "截至此时审核通过的台账：RFC 3339 时间，或日期（当日结束）；默认现在"),
    ("sample draw register", "农户台账表单"),
    ("sample draw check", "抽查所填的表单"),
    ("sample list", "列出抽样"),
    ("sample show", "显示一次抽样：底册、各层、农户"),
    ("sample assign", "把尚未布置的农户交给调查员"),
    ("sample assign to", "调查员用户名；可多次给出"),
    ("sample assign in_turn", "逐户轮流分配；默认每村交给一人"),
    ("sample assign due", "截止日期，如 2015-07-13"),
    ("sample assign note", "说明；默认为抽样名称"),
    ("sample replace", "无法抽查的农户由同层备用名单的下一户替换"),
    ("sample replace record", "无法抽查的农户"),
    ("sample replace reason", "原因，留存并显示在覆盖情况中"),
    ("sample cover", "抽查覆盖情况：抽中、已走访、完成、替换及原因"),
    ("sample report", "审核通过的抽查与抽查当日台账的差异"),
    ("sample report area", "仅此区划及其下级"),
    ("sample report check", "未指定抽样时，抽查所填的表单"),
    ("sample * sample", "抽样编号"),
    ("check", "运行跨记录的核对规则，结果成为记录上的标记"),
    ("check today", "以该日为今日；默认为当日"),
    ("progress", "调查进度：按调查员、村和日期统计；可疑的提交；待办事项"),
    ("progress form", "表单编号"),
    ("progress area", "仅此区划及其下级"),
    ("progress fast", "列出填写时间少于此秒数的提交；默认 180"),
    ("progress far", "列出距农户超过此米数的提交；默认 500"),
    ("progress today", "从该日起计算剩余天数；默认为当日"),
    ("report", "按审核通过的数据集统计报表"),
    ("report name", "报表名称，如 T8a"),
    ("report all", "全部报表"),
    ("report drill", "列出每个数字背后的记录（与 --json 一起使用）"),
    ("report area", "只统计该行政区划以内；默认全部，与 --all 一起时每个数字按其所指的区划统计"),
    ("report as_of", "统计到此时为止审核通过的：RFC 3339 时间，或日期（当日结束）；默认现在"),
    ("report valid_at", "统计当日成立的事实：不计之后的走访、当日不在的成员和以后年份的答案"),
    ("export", "将某表单审核通过的数据集写成文件"),
    ("export form", "表单编号"),
    ("export format", "文件格式"),
    ("export out", "记录写入 FILE.csv（各名册在旁），或写入文件夹；默认只把记录写到标准输出"),
    ("export with_sensitive", "明文写出个人信息；默认遮盖"),
    ("export valid_at", "当日成立的事实：不计之后的走访、当日不在的成员和以后年份的答案"),
    ("export as_of", "该时刻的数据集：RFC 3339 时间，或日期（当日结束）；默认现在"),
    ("backup", "把服务器的全部数据复制到一个文件夹；服务器可照常运行"),
    ("backup to", "要写入的文件夹；须不存在或为空"),
    ("backup phones_keep", "设备继续保留备份中已有的数据：用于尚未存放到安全处的备份"),
    ("restore", "由备份建立数据目录；备份中没有的数据由设备再次上传"),
    ("restore from", "备份文件夹"),
    ("restore verify", "只检查备份是否完整，不写入任何内容"),
    ("rebuild", "清除全部派生数据并由日志重建"),
    ("verify", "逐字节核对日志链和全部附件；不作任何改动"),
    ("demo", "一个镇的调查全过程：真实设备、真实服务器、不稳定的网络"),
];

/// The command tree with its help in Chinese.
pub fn in_chinese(command: Command) -> Command {
    let command = command.about(lookup("doorstep").unwrap_or_default());
    translated(command, "")
}

fn translated(command: Command, path: &str) -> Command {
    command
        .mut_args(|arg| {
            let id = arg.get_id().to_string();
            let help = argument(path, &id);
            match help {
                Some(help) => arg.help(help).long_help(help),
                None => arg,
            }
        })
        .mut_subcommands(|inner| {
            let path = format!("{path} {}", inner.get_name()).trim().to_owned();
            let inner = match lookup(&path) {
                Some(about) => inner.about(about).long_about(about),
                None => inner,
            };
            translated(inner, &path)
        })
}

fn argument(path: &str, id: &str) -> Option<&'static str> {
    let family = path.split_once(' ').map_or(path, |(family, _)| family);
    let id = if id == "acting" { "as" } else { id };
    lookup(&format!("{path} {id}")).or_else(|| lookup(&format!("{family} * {id}"))).or_else(|| lookup(id))
}

fn lookup(key: &str) -> Option<&'static str> {
    CHINESE.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    fn missing(command: &Command, path: &str, found: &mut Vec<String>) {
        for arg in command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
        {
            if argument(path, arg.get_id().as_str()).is_none() {
                found.push(format!("{path} {}", arg.get_id()));
            }
        }
        for inner in command.get_subcommands() {
            let path = format!("{path} {}", inner.get_name()).trim().to_owned();
            if lookup(&path).is_none() {
                found.push(path.clone());
            }
            // The demo keeps its options to itself.
            if path != "demo" {
                missing(inner, &path, found);
            }
        }
    }

    #[test]
    fn every_command_and_option_is_explained_in_chinese() {
        let mut found = Vec::new();
        missing(&Cli::command(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
        in_chinese(Cli::command()).debug_assert();
    }
}
