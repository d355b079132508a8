//! The one style of printed pages, and the only way a text gets into them.

use std::fmt::Write;

use crate::language::Language;

/// `text` as HTML text or attribute value.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters have no place on paper and some confuse readers of HTML.
            c if c.is_control() && c != '\n' && c != '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = "\
@page { size: A4; margin: 18mm 15mm 18mm 15mm }\n\
* { box-sizing: border-box }\n\
body { font: 10.5pt/1.5 'Noto Serif CJK SC', 'Source Han Serif SC', SimSun, serif; color: #000; margin: 0 auto; max-width: 180mm; padding: 0 0.3mm }\n\
h1 { font-size: 16pt; text-align: center; margin: 0 0 2mm }\n\
h2 { font-size: 12pt; border-bottom: 0.4mm solid #000; margin: 6mm 0 2mm; break-after: avoid }\n\
h3 { font-size: 10.5pt; margin: 3mm 0 1mm; break-after: avoid }\n\
p { margin: 0 0 1.5mm } .head { text-align: center; color: #333; margin-bottom: 4mm }\n\
.note { color: #444; font-size: 9pt } .star { font-weight: bold }\n\
.q { break-inside: avoid; padding: 1mm 0; border-bottom: 0.1mm dotted #999 } .q .title { font-weight: bold }\n\
.codes span { display: inline-block; margin-right: 5mm } .line { display: inline-block; border-bottom: 0.2mm solid #000; min-width: 60mm; height: 1.2em }\n\
.line.short { min-width: 28mm } table { border-collapse: collapse; width: 100%; margin: 1.5mm 0; table-layout: auto }\n\
th, td { border: 0.2mm solid #000; padding: 0.8mm 1.5mm; text-align: left; vertical-align: top; font-size: 9.5pt; overflow-wrap: anywhere }\n\
th { background: #eee; font-weight: bold; word-break: keep-all; overflow-wrap: normal } tr { break-inside: avoid }\n\
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td.s { white-space: nowrap }\n\
table.pairs { table-layout: fixed } table.pairs td:first-child { width: 42% }\n\
thead { display: table-header-group } .blank td { height: 8mm }\n\
.sign { display: flex; flex-wrap: wrap; gap: 4mm; margin-top: 6mm; break-inside: avoid; break-before: avoid } .sign div { border: 0.2mm solid #000; flex: 1 1 50mm; min-height: 22mm; padding: 1.5mm }\n\
.foot { margin-top: 5mm; font-size: 9pt; color: #333 }\n";

/// Cells of so few characters, such as a unit, stay on one line.
const UNBROKEN: usize = 6;

/// A page being written.
pub struct Page {
    body: String,
    title: String,
    language: Language,
}

impl Page {
    /// Begins a page with its heading.
    pub fn new(title: &str, language: Language) -> Page {
        Page { body: format!("<h1>{}</h1>\n", escape(title)), title: title.to_owned(), language }
    }

    /// The Chinese or the English of two.
    pub fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.language == Language::Zh { zh } else { en }
    }

    /// The tag of the language.
    pub fn locale(&self) -> &'static str {
        self.language.tag()
    }

    /// An element with text.
    pub fn text(&mut self, element: &str, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let _ = writeln!(self.body, "<{element}{class}>{}</{element}>", escape(text));
    }

    /// Markup of this module's own making; texts inside it are escaped already.
    pub(super) fn markup(&mut self, html: &str) {
        self.body.push_str(html);
        self.body.push('\n');
    }

    /// A table; `numeric` columns stand right. Rows may be empty cells to write into. Without a heading it holds pairs of
    /// question and answer, and all such tables of a page have the same columns.
    pub fn table(&mut self, heading: &[String], rows: &[Vec<String>], numeric: &[usize]) {
        let class = |i: usize| if numeric.contains(&i) { " class=\"n\"" } else { "" };
        let blank = rows.iter().all(|row| row.iter().all(String::is_empty));
        self.body.push_str(match (blank, heading.is_empty()) {
            (true, _) => "<table class=\"blank\">",
            (false, true) => "<table class=\"pairs\">",
            (false, false) => "<table>",
        });
        if !heading.is_empty() {
            self.body.push_str("<thead><tr>");
            for (i, cell) in heading.iter().enumerate() {
                let _ = write!(self.body, "<th{}>{}</th>", class(i), escape(cell));
            }
            self.body.push_str("</tr></thead>");
        }
        self.body.push_str("<tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for (i, cell) in row.iter().enumerate() {
                let short = (1..=UNBROKEN).contains(&cell.chars().count()) && !heading.is_empty();
                let class = if short && class(i).is_empty() { " class=\"s\"" } else { class(i) };
                let _ = write!(self.body, "<td{class}>{}</td>", escape(cell));
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table>\n");
    }

    /// Boxes to sign in, each with what is said in it.
    pub fn signatures(&mut self, boxes: &[(String, String)]) {
        self.body.push_str("<div class=\"sign\">");
        for (title, said) in boxes {
            let _ = write!(self.body, "<div><b>{}</b><br>{}</div>", escape(title), escape(said));
        }
        self.body.push_str("</div>\n");
    }

    /// The whole document.
    pub fn finish(self) -> String {
        let lang = if self.language == Language::Zh { "zh-CN" } else { "en" };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{}</title>\n<style>{STYLE}</style></head>\n<body>\n{}</body></html>\n",
            escape(&self.title),
            self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let bad = "<script>alert('1')</script>\" onload=\"x&\u{1}";
        let mut page = Page::new(bad, Language::Zh);
        page.text("p", "note", bad);
        page.table(&[bad.to_owned()], &[vec![bad.to_owned()]], &[]);
        page.signatures(&[(bad.to_owned(), bad.to_owned())]);
        let html = page.finish();
        assert_eq!(
            html.matches("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;x&amp; ")
                .count(),
            7
        );
        assert!(!html.contains("<script") && !html.contains("onload=\"") && !html.contains('\u{1}'));
    }
}
