//! The type column: every type pyxform knows, with its aliases.

/// What a group of rows is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Group,
    Repeat,
    /// Once for every choice of a list.
    Loop,
}

/// Where the choices of a select stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The sheet choices.
    Sheet(String),
    /// The sheet external_choices.
    External(String),
    /// A file beside the workbook.
    File(String),
    /// An answer of a repeat.
    Answer(String),
}

/// How many choices an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    One,
    Many,
    Order,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowType {
    Begin(Control),
    End(Control),
    Select {
        takes: Takes,
        source: Source,
        other: bool,
    },
    Text,
    Integer,
    /// A whole number within fixed bounds.
    Within(u32, u32),
    Decimal,
    Range,
    Date,
    DateTime,
    Time,
    Note,
    Point,
    Line,
    Area,
    /// A place taken without asking.
    SilentPoint,
    File,
    Acknowledge,
    Calculate,
    Hidden,
    /// The day of the record.
    Today,
    /// When the form was opened.
    Start,
    /// What a record keeps of itself.
    Metadata,
    /// A file of data or a recording without a question.
    Silent,
    /// A setting written on the survey sheet.
    Setting,
    Unknown,
}

/// Commands of selects, longest first so that none hides another.
const SELECTS: &[(&str, Takes)] = &[
    ("add select multiple prompt using", Takes::Many),
    ("add select one prompt using", Takes::One),
    ("select all that apply from", Takes::Many),
    ("select multiple from file", Takes::Many),
    ("select_multiple_from_file", Takes::Many),
    ("select all that apply", Takes::Many),
    ("select one from file", Takes::One),
    ("select_one_from_file", Takes::One),
    ("select_one_external", Takes::One),
    ("select multiple from", Takes::Many),
    ("select one external", Takes::One),
    ("select multiple using", Takes::Many),
    ("select one from", Takes::One),
    ("select one using", Takes::One),
    ("select_multiple", Takes::Many),
    ("select multiple", Takes::Many),
    ("select one", Takes::One),
    ("select_one", Takes::One),
    ("select1", Takes::One),
    ("rank", Takes::Order),
];

/// Reads a type.
pub(crate) fn parse(text: &str) -> RowType {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    if let Some(control) = control(&lower) {
        return control;
    }
    if let Some(select) = select(&text, &lower) {
        return select;
    }
    match lower.as_str() {
        "text" | "string" | "q string" | "add text prompt" | "barcode" | "q barcode"
        | "add barcode prompt" => RowType::Text,
        "integer" | "int" | "q int" | "add integer prompt" => RowType::Integer,
        "percentage" => RowType::Within(0, 100),
        "number of days in last month" => RowType::Within(0, 31),
        "number of days in last six months" => RowType::Within(0, 183),
        "number of days in last year" => RowType::Within(0, 365),
        "decimal" | "q decimal" | "add decimal prompt" => RowType::Decimal,
        "range" => RowType::Range,
        "date" | "q date" | "add date prompt" => RowType::Date,
        "datetime"
        | "date time"
        | "q date time"
        | "q datetime"
        | "add date time prompt"
        | "add datetime prompt" => RowType::DateTime,
        "time" => RowType::Time,
        "note" | "q note" | "add note prompt" => RowType::Note,
        "geopoint" | "gps" | "location" | "q geopoint" | "q location" | "add location prompt" => {
            RowType::Point
        }
        "geotrace" | "q geotrace" => RowType::Line,
        "geoshape" | "q geoshape" => RowType::Area,
        "start-geopoint" | "background-geopoint" => RowType::SilentPoint,
        "image" | "photo" | "q image" | "q picture" | "add image prompt" | "add photo prompt" | "audio"
        | "q audio" | "add audio prompt" | "video" | "q video" | "add video prompt" | "file"
        | "add file prompt" => RowType::File,
        "acknowledge" | "q acknowledge" | "add acknowledge prompt" | "trigger" => RowType::Acknowledge,
        "calculate" | "q calculate" | "add calculate prompt" => RowType::Calculate,
        "hidden" => RowType::Hidden,
        "today" | "get today" => RowType::Today,
        "start" | "start time" | "get start time" => RowType::Start,
        "end" | "end time" | "get end time" | "deviceid" | "device id" | "imei" | "get device id"
        | "subscriberid" | "subscriber id" | "get subscriber id" | "simserial" | "sim id" | "get sim id"
        | "phonenumber" | "phone number" | "get phone number" | "username" | "email" | "uri:deviceid"
        | "uri:subscriberid" | "uri:simserial" | "uri:phonenumber" | "uri:username" | "uri:email"
        | "audit" | "instanceid" | "instancename" => RowType::Metadata,
        "xml-external" | "csv-external" | "background-audio" => RowType::Silent,
        "form_title" | "set_form_title" | "form_id" | "set_form_id" | "prefix" => RowType::Setting,
        _ if lower == "osm" || lower.starts_with("osm ") => RowType::Silent,
        _ => RowType::Unknown,
    }
}

fn control(lower: &str) -> Option<RowType> {
    let (begin, rest) = match lower.split_once([' ', '_'])? {
        ("begin", rest) => (true, rest),
        ("end", rest) => (false, rest),
        _ => return None,
    };
    // `begin loop over list` and `begin repeat over list` name a list.
    let word = rest.split(' ').next().unwrap_or(rest);
    let control = match word {
        "group" => Control::Group,
        "repeat" | "lgroup" | "looped" => Control::Repeat,
        "loop" => Control::Loop,
        _ => return None,
    };
    Some(if begin { RowType::Begin(control) } else { RowType::End(control) })
}

fn select(text: &str, lower: &str) -> Option<RowType> {
    let (command, takes) = SELECTS
        .iter()
        .find(|(command, _)| lower.strip_prefix(command).is_some_and(|rest| rest.starts_with(' ')))?;
    // Lower case may change the length of a text, but not that of a command of ASCII letters.
    let rest = text.get(command.len()..)?.trim();
    let (list, tail) = rest.split_once(' ').unwrap_or((rest, ""));
    let tail = tail.to_lowercase();
    if !matches!(tail.as_str(), "" | "or specify other" | "or_other" | "or other") {
        return None;
    }
    let source = if let Some(name) = list.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Source::Answer(name.trim().to_owned())
    } else if command.ends_with("external") {
        Source::External(list.to_owned())
    } else if command.ends_with("file") {
        Source::File(list.to_owned())
    } else {
        Source::Sheet(list.to_owned())
    };
    Some(RowType::Select { takes: *takes, source, other: !tail.is_empty() })
}

/// `start=1 end=10 step=1`, in any order, separated by spaces, commas or semicolons.
pub(crate) fn parameters(text: &str) -> Vec<(String, String)> {
    let text = text.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    text.split([' ', ',', ';', '\n', '\t'])
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_with_their_aliases() {
        let sheet =
            |takes, list: &str, other| RowType::Select { takes, source: Source::Sheet(list.into()), other };
        let cases = [
            ("begin group", RowType::Begin(Control::Group)),
            ("begin_group", RowType::Begin(Control::Group)),
            ("end repeat ", RowType::End(Control::Repeat)),
            ("begin  repeat", RowType::Begin(Control::Repeat)),
            ("begin loop over l", RowType::Begin(Control::Loop)),
            ("select_one yes_no", sheet(Takes::One, "yes_no", false)),
            ("select_multiple  Flood or_other", sheet(Takes::Many, "Flood", true)),
            ("select one from 性别 or specify other", sheet(Takes::One, "性别", true)),
            ("rank fruits", sheet(Takes::Order, "fruits", false)),
            ("int", RowType::Integer),
            ("dateTime", RowType::DateTime),
            ("end", RowType::Metadata),
            ("photo", RowType::File),
            ("audit", RowType::Metadata),
            ("nonsense", RowType::Unknown),
            ("select_one", RowType::Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
        let from = |text: &str| match parse(text) {
            RowType::Select { source, .. } => source,
            other => panic!("{other:?}"),
        };
        assert_eq!(from("select_one_from_file towns.csv"), Source::File("towns.csv".into()));
        assert_eq!(from("select_one_external towns"), Source::External("towns".into()));
        assert_eq!(from("select_one ${name}"), Source::Answer("name".into()));
    }

    #[test]
    fn parameters_are_read_however_they_are_separated() {
        let pairs = [("start".to_owned(), "1".to_owned()), ("end".to_owned(), "10".to_owned())];
        for text in ["start=1 end=10", "start=1, end=10", "start = 1; end= 10"] {
            assert_eq!(parameters(text), pairs, "{text}");
        }
    }
}
