//! Lines over sizes as one SVG file, both axes logarithmic. A drawing library would be larger than the drawing.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Colours that stay apart for the colour-blind (Okabe, Ito 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/// Lines of the vertical axis.
const TICKS: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];

/// The drawing: a line for each name, through its points of size and value.
pub(crate) fn svg(title: &str, lines: &[(&str, Vec<(f64, f64)>)]) -> String {
    let sizes = || lines.iter().flat_map(|(_, points)| points.iter().map(|(size, _)| *size));
    let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(1.0, f64::max));
    let x = |size: f64| {
        let part = (size / least).ln() / (most / least).ln().max(1e-9);
        LEFT + part * (WIDTH - LEFT - RIGHT)
    };
    let y = |value: f64| {
        let part = (value / TICKS[0]).ln() / (TICKS[TICKS.len() - 1] / TICKS[0]).ln();
        HEIGHT - BOTTOM - part.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    };
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n<text x=\"{LEFT}\" y=\"22\" font-size=\"14\">{title}</text>\n"
    );
    for tick in TICKS {
        let at = y(tick);
        let _ = writeln!(
            text,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick} x</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0
        );
    }
    let mut shown: Vec<f64> = sizes().collect();
    shown.sort_by(f64::total_cmp);
    shown.dedup();
    for size in shown {
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} households</text>",
            x(size),
            HEIGHT - BOTTOM + 22.0,
            crate::table::whole(size)
        );
    }
    for (place, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[place % COLOURS.len()];
        let path: Vec<String> =
            points.iter().map(|(size, value)| format!("{:.1} {:.1}", x(*size), y(*value))).collect();
        let _ = writeln!(
            text,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>",
            path.join("L"),
            WIDTH - RIGHT + 12.0,
            TOP + 14.0 + 18.0 * place as f64
        );
    }
    text.push_str("</svg>\n");
    text
}
