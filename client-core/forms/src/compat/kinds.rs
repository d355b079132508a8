//! Every kind of change between two versions, with its class and words.
//!
//! `{}` stands for the particulars. Kinds of class D say which lens is needed, kinds of class E the way out, a few
//! others what to look at.

use serde::{Serialize, Serializer};

/// How much a change can hurt, from nothing to too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A: how it looks. Automatic.
    Cosmetic,
    /// B: more may be answered than before. Automatic.
    Widening,
    /// C: other rules. What was right may be wrong now; a person confirms.
    Rules,
    /// D: answers stand elsewhere or cannot be read as they are. Needs a lens.
    Structural,
    /// E: cannot be published.
    Forbidden,
}

impl Class {
    /// `A` to `E`.
    pub fn letter(self) -> char {
        match self {
            Class::Cosmetic => 'A',
            Class::Widening => 'B',
            Class::Rules => 'C',
            Class::Structural => 'D',
            Class::Forbidden => 'E',
        }
    }

    /// One word in Chinese for `zh...`, else in English.
    pub fn word(self, locale: &str) -> &'static str {
        let zh = locale.starts_with("zh");
        match self {
            Class::Cosmetic => {
                if zh {
                    "文字和布局"
                } else {
                    "cosmetic"
                }
            }
            Class::Widening => {
                if zh {
                    "放宽"
                } else {
                    "widening"
                }
            }
            Class::Rules => {
                if zh {
                    "规则变化"
                } else {
                    "rules changed"
                }
            }
            Class::Structural => {
                if zh {
                    "结构变化"
                } else {
                    "structural"
                }
            }
            Class::Forbidden => {
                if zh {
                    "不允许"
                } else {
                    "forbidden"
                }
            }
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Class {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChangeClass".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let says = "How much a change can hurt: A cosmetic, ..., E forbidden.";
        schemars::json_schema!({"enum": ["A", "B", "C", "D", "E"], "description": says})
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(self.letter())
    }
}

macro_rules! kinds {
    ($($variant:ident $code:literal $class:ident $en:literal $zh:literal $(=> $way_en:literal $way_zh:literal)?;)*) => {
        /// The kinds of changes. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ChangeKind { $(#[doc = $en] $variant),* }

        impl ChangeKind {
            /// All kinds.
            pub const ALL: &'static [ChangeKind] = &[$(ChangeKind::$variant),*];

            /// The stable code, as serialised.
            pub fn code(self) -> &'static str {
                match self { $(ChangeKind::$variant => $code),* }
            }

            /// The class of every change of this kind.
            pub fn class(self) -> Class {
                match self { $(ChangeKind::$variant => Class::$class),* }
            }

            /// What changed, in English and Chinese.
            pub(super) fn words(self) -> (&'static str, &'static str) {
                match self { $(ChangeKind::$variant => ($en, $zh)),* }
            }

            /// What to do about it, in English and Chinese; nothing for most of A to C.
            pub(super) fn way_out(self) -> Option<(&'static str, &'static str)> {
                match self { $(ChangeKind::$variant => kinds!(@way $($way_en $way_zh)?)),* }
            }
        }
    };
    (@way) => { None };
    (@way $en:literal $zh:literal) => { Some(($en, $zh)) };
}

kinds! {
    // A
    FormTextChanged "form_text_changed" Cosmetic "texts of the form as a whole: {}" "表单名称或说明有变：{}";
    LocalesChanged "locales_changed" Cosmetic "languages: {}" "语言有变：{}";
    LayoutChanged "layout_changed" Cosmetic "pages, groups or their order" "页面、分组或其顺序有变";
    OrderChanged "order_changed" Cosmetic "the order of questions" "题目顺序有变";
    TitleChanged "title_changed" Cosmetic "title: {}" "题目文字有变：{}";
    TitleReplaced "title_replaced" Cosmetic "the title says something else: {}" "题目文字完全不同：{}"
        => "If something else is asked now, give the new question a new key and keep this one for what was answered before." "如果问的已是另一件事，请用新键新建题目，原键留给原来的答案。";
    HintChanged "hint_changed" Cosmetic "hint" "提示文字有变";
    UnitSymbolChanged "unit_symbol_changed" Cosmetic "symbol of the unit: {}" "单位符号有变：{}";
    OptionLabelChanged "option_label_changed" Cosmetic "labels of codes: {}" "选项文字有变：{}";
    OptionLabelReplaced "option_label_replaced" Cosmetic "labels that say something else: {}" "选项文字完全不同：{}"
        => "If a code means something else now, give the new meaning a new code and close this one." "如果代码含义已变，请为新含义新增代码，并停用原代码。";
    OptionOrderChanged "option_order_changed" Cosmetic "the order of codes" "选项顺序有变";
    MessageChanged "message_changed" Cosmetic "the message of the rule {}" "规则 {} 的提示文字有变";
    RowLabelChanged "row_label_changed" Cosmetic "what a row is called" "行的显示名有变";
    ListLabelChanged "list_label_changed" Cosmetic "what a record is called in lists, or what search looks through" "列表名称或搜索内容有变";
    UnusedListChanged "unused_list_changed" Cosmetic "a code list that no question uses: {}" "未被使用的选项表有变：{}";
    GoldensChanged "goldens_changed" Cosmetic "golden records" "样例记录有变";
    LensAdded "lens_added" Cosmetic "how records of version {} are read" "新增对第 {} 版的读取规则";
    // B
    QuestionAdded "question_added" Widening "new optional question" "新增选填题";
    OptionAdded "option_added" Widening "new codes: {}" "新增选项：{}";
    OptionReopened "option_reopened" Widening "codes offered again: {}" "恢复可选：{}";
    BoundLoosened "bound_loosened" Widening "more is accepted: {}" "限制放宽：{}";
    RequiredRemoved "required_removed" Widening "required no more" "不再必填";
    RequiredLoosened "required_loosened" Widening "required under a condition only" "改为有条件必填";
    RelevanceRemoved "relevance_removed" Widening "always asked now" "改为始终询问";
    ConstraintRemoved "constraint_removed" Widening "the rule {} is gone" "取消规则 {}";
    FilterRemoved "filter_removed" Widening "all codes of the list are offered now" "选项不再筛选";
    TransitionsWidened "transitions_widened" Widening "more moves are allowed: {}" "允许更多状态变化：{}";
    ReadOnlyRemoved "read_only_removed" Widening "may be typed now" "改为可填写";
    SubjectWidened "subject_widened" Widening "a record may be with or without subject now" "可关联也可不关联对象";
    WideningUnproven "widening_unproven" Widening "it could not be proved that all earlier answers still fit: {}" "未能证明原有答案全部仍然有效：{}"
        => "Look at the dry run before publishing." "发布前请查看试算结果。";
    // C
    RequiredQuestionAdded "required_question_added" Rules "new required question" "新增必填题";
    RequiredAdded "required_added" Rules "required now" "改为必填";
    RequiredChanged "required_changed" Rules "required under another condition" "必填条件有变";
    LeastRaised "least_raised" Rules "at least {} rows or ticks now" "现至少须有 {} 行或勾选";
    RelevanceAdded "relevance_added" Rules "asked under a condition now" "改为有条件询问";
    RelevanceChanged "relevance_changed" Rules "asked under another condition" "询问条件有变";
    CalculationChanged "calculation_changed" Rules "calculated otherwise" "计算方法有变";
    CalculationRemoved "calculation_removed" Rules "typed now, calculated before" "由计算改为填写";
    ConstraintAdded "constraint_added" Rules "new rule {}" "新增规则 {}";
    ConstraintChanged "constraint_changed" Rules "the rule {} says something else" "规则 {} 有变";
    SeverityChanged "severity_changed" Rules "severity of the rule {}" "规则 {} 的严重程度有变";
    LocationChanged "location_changed" Rules "the rule {} is told at another place" "规则 {} 的位置有变";
    FilterChanged "filter_changed" Rules "other codes of the list are offered" "选项筛选条件有变";
    OptionClosed "option_closed" Rules "codes offered no more, valid where they were answered: {}" "停用选项（已填的仍有效）：{}";
    ListColumnsChanged "list_columns_changed" Rules "parents, levels or other columns of codes: {}" "选项的上级、层级或其他列有变：{}";
    TransitionsChanged "transitions_changed" Rules "moves of the state: {}" "状态变化规则有变：{}";
    ReadOnlyAdded "read_only_added" Rules "not typed any more" "不再手工填写";
    PreloadChanged "preload_changed" Rules "copied from elsewhere: {}" "带出来源有变：{}";
    HiddenChanged "hidden_changed" Rules "when it is shown" "显示时机有变";
    PrivacyChanged "privacy_changed" Rules "how private it is: {}" "隐私级别有变：{}";
    SensitivityChanged "sensitivity_changed" Rules "who may see records of this form: {}" "表单敏感级别有变：{}";
    UnitAdded "unit_added" Rules "a unit where none was said: {}" "补充单位：{}"
        => "Publish only if the answers were given in this unit all along." "仅当原有答案一直以此为单位时才发布。";
    AutoApproveChanged "auto_approve_changed" Rules "whether valid submissions pass without a person" "是否自动通过有变";
    ConfirmChanged "confirm_changed" Rules "whether headquarters confirm what was approved" "是否需要复核有变";
    IdentityChanged "identity_changed" Rules "what counts as evidence of the same household" "认定同一户的依据有变";
    SubjectChanged "subject_changed" Rules "whether a record names its subject" "关联对象规则有变";
    AreaPathChanged "area_path_changed" Rules "which answer holds the area" "行政区划题有变";
    UnitSymbolReplaced "unit_symbol_replaced" Rules "the symbol of the unit says something else: {}" "单位符号完全不同：{}"
        => "Publish only if the same measure is meant. For another measure ask it under a new key." "仅当所指仍为同一单位时才发布；若单位已变，请用新键提问。";
    SignatureChanged "signature_changed" Rules "which answers a signature stands for, or whether it is given again" "签名所涵盖的题目或重签规则有变";
    AnnotationChanged "annotation_changed" Rules "what is kept for others: {}" "供其他程序使用的说明有变：{}";
    // D
    QuestionMoved "question_moved" Structural "moved from {}" "由 {} 移来"
        => "Write where the answers stood: \"x-from\": \"{}\"." "请写明原位置：\"x-from\": \"{}\"。";
    QuestionRemoved "question_removed" Structural "the question is gone" "题目取消"
        => "Add {\"op\": \"remove\", \"at\": \"{}\"} to {lens}: the answers are kept. If the question only moved, write x-from there." "请在 {lens} 中加入 {\"op\": \"remove\", \"at\": \"{}\"}，原有答案保留；若只是换了位置，请在新位置写 x-from。";
    QuestionRetyped "question_retyped" Structural "another kind of question: {}" "题型有变：{}"
        => "Add a step \"convert\" for it to {lens}." "请在 {lens} 中加入对该题的 convert。";
    Narrowed "narrowed" Structural "less is accepted: {}" "限制收紧：{}"
        => "Say it as a constraint (a new rule breaks no answer), or add a step \"convert\" for it to {lens}; then every record must pass the dry run." "请改写为约束（新规则不破坏已有答案），或在 {lens} 中加入对该题的 convert，且全部记录须通过试算。";
    OptionRemoved "option_removed" Structural "codes gone: {}" "取消选项：{}"
        => "Close the codes instead (\"x-closed\": true, or `true` in the column closed), or say in {lens} with \"map_codes\" what they are read as." "请改为停用（\"x-closed\": true，或 closed 列填 true），或在 {lens} 中用 map_codes 说明应读作哪个代码。";
    BecameCalculated "became_calculated" Structural "calculated now, typed before" "由填写改为计算"
        => "Calculate it under a new key; what was typed stays readable under this one." "请用新键计算，原键保留已填内容。";
    BecamePreloaded "became_preloaded" Structural "copied from the subject now, typed before" "由填写改为带出"
        => "Copy it under a new key; what was typed stays readable under this one." "请用新键带出，原键保留已填内容。";
    LensDropped "lens_dropped" Structural "the version before could read {}, this one cannot" "上一版能读取 {}，本版不能"
        => "Carry it on: copy it from the version before, and lead it to this version." "请从上一版带入，并改为直接读到本版。";
    NotCovered "not_covered" Structural "some earlier answers do not fit any more: {}" "部分原有答案不再符合：{}"
        => "Accept all that was accepted before, or add a step \"convert\" for it to {lens}." "请保留原来允许的全部内容，或在 {lens} 中加入对该题的 convert。";
    // E
    FormIdChanged "form_id_changed" Forbidden "another form: {}" "不是同一表单：{}"
        => "Publish it as a form of its own, from version 1." "请作为新表单从第 1 版发布。";
    FormKindChanged "form_kind_changed" Forbidden "register and event are different things: {}" "台账表与事件表不能互换：{}"
        => "Publish a new form under a new id." "请用新编号发布新表单。";
    EntityChanged "entity_changed" Forbidden "records would be about something else: {}" "记录对象有变：{}"
        => "Publish a new form under a new id." "请用新编号发布新表单。";
    ShapeChanged "shape_changed" Forbidden "one answer and several cannot become each other: {}" "单个答案与多个答案不能互换：{}"
        => "Ask it under a new key; take the old question away with a step \"remove\"." "请用新键提问，旧题用 remove 取消。";
    KeyReused "key_reused" Forbidden "the key meant something else in version {}" "此键在第 {} 版中另有含义"
        => "Take a key that was never used." "请换用从未用过的键。";
    CodeReused "code_reused" Forbidden "codes that meant something else before: {}" "代码曾有其他含义：{}"
        => "Take codes that were never used." "请换用从未用过的代码。";
    UnitChanged "unit_changed" Forbidden "another unit: {}" "单位有变：{}"
        => "Ask it under a new key. Numbers are carried over by \"x-from\": \"{path}\" and a step \"convert\" with the factor in {lens}; anything else is kept by a step \"remove\"." "请用新键提问。数值可在新键处写 \"x-from\": \"{path}\"，并在 {lens} 中用 convert 写明换算系数带入；其余用 remove 保留。";
    RowsOfChanged "rows_of_changed" Forbidden "names rows of another roster: {}" "所指子表有变：{}"
        => "Ask it under a new key." "请用新键提问。";
}
