//! Plain tables: columns as wide as their widest cell, Chinese characters counted as two places.

/// Lines of a table under a heading; nothing for no rows.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate().take(widths.len()) {
            widths[column] = widths[column].max(width(cell));
        }
    }
    let mut text = line(heading.iter().copied(), &widths);
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str), &widths));
    }
    text
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, places) in cells.zip(widths) {
        let clean: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&clean);
        text.extend(std::iter::repeat_n(' ', places.saturating_sub(width(&clean)) + 2));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Places of a text on a terminal: East Asian wide characters take two (UAX #11, the common ranges).
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c as u32 {
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F => 2,
            0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_names_keep_the_columns_straight() {
        let rows = vec![
            vec!["99".into(), "示例县".into(), "x".into()],
            vec!["9911".into(), "Qinghe\n".into(), "y".into()],
        ];
        assert_eq!(
            table(&["code", "name", "z"], &rows),
            "code  name     z\n99    示例县   x\n9911  Qinghe   y\n"
        );
    }
}
