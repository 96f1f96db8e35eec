//! What a terminal shows, drawn as a picture: text with its colours as SVG, in dark and in light, without script or font.

use std::fmt::Write as _;

/// Pixels of a cell, and around all of them.
const CELL: (f64, f64) = (7.83, 17.0);
const EDGE: f64 = 16.0;

const STYLE: &str = "\
  .back { fill: #ffffff; stroke: #d0d7de; }
  text { fill: #1f2328; font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; \
white-space: pre; }
  .red { fill: #cf222e; } .green { fill: #116329; } .yellow { fill: #7d4e00; } .blue { fill: #0550ae; }
  .cyan { fill: #1b7c83; } .dim { fill: #59636e; } .bold { font-weight: 700; } .line { text-decoration: underline; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; stroke: #30363d; }
    text { fill: #e6edf3; }
    .red { fill: #ff7b72; } .green { fill: #3fb950; } .yellow { fill: #d29922; } .blue { fill: #79c0ff; }
    .cyan { fill: #56d4dd; } .dim { fill: #9198a1; }
  }
";

/// Characters in a row that look the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Run {
    classes: Vec<&'static str>,
    text: String,
}

/// `text`, with the escape sequences of colours in it, as a terminal of so many columns shows it.
pub fn picture(text: &str, columns: usize, title: &str) -> String {
    let rows = rows(text, columns);
    let width = columns as f64 * CELL.0 + 2.0 * EDGE;
    let height = rows.len() as f64 * CELL.1 + 2.0 * EDGE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"back\" x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\n",
        escaped(title),
        width - 1.0,
        height - 1.0
    );
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        // Writing to a String can not fail.
        let _ = write!(svg, "<text x=\"{EDGE:.0}\" y=\"{:.0}\">", EDGE + at as f64 * CELL.1 + 13.0);
        for run in row {
            match run.classes.is_empty() {
                true => svg.push_str(&escaped(&run.text)),
                false => {
                    let _ = write!(svg, "<tspan class=\"{}\">{}</tspan>", run.classes.join(" "), escaped(&run.text));
                }
            }
        }
        svg.push_str("</text>\n");
    }
    svg + "</svg>\n"
}

/// The rows of the screen; a line that is too long goes on in the next one.
fn rows(text: &str, columns: usize) -> Vec<Vec<Run>> {
    let mut rows = Vec::new();
    let mut classes = Vec::new();
    for line in text.lines() {
        let mut row: Vec<Run> = Vec::new();
        let mut column = 0;
        let mut rest = line.chars();
        while let Some(character) = rest.next() {
            if character == '\u{1b}' {
                let sequence: String = rest.by_ref().take_while(|c| *c != 'm').collect();
                painted(sequence.trim_start_matches('['), &mut classes);
                continue;
            }
            if column == columns {
                rows.push(std::mem::take(&mut row));
                column = 0;
            }
            column += 1;
            match row.last_mut() {
                Some(last) if last.classes == classes => last.text.push(character),
                _ => row.push(Run { classes: classes.clone(), text: character.to_string() }),
            }
        }
        rows.push(row);
    }
    rows
}

/// What a sequence of colours adds to how the next characters look, or that it takes all back.
fn painted(sequence: &str, classes: &mut Vec<&'static str>) {
    for code in sequence.split(';') {
        match code {
            "" | "0" => classes.clear(),
            "1" => classes.push("bold"),
            "2" => classes.push("dim"),
            "4" => classes.push("line"),
            "31" | "91" => classes.push("red"),
            "32" | "92" => classes.push("green"),
            "33" | "93" => classes.push("yellow"),
            "34" | "94" => classes.push("blue"),
            "36" | "96" => classes.push("cyan"),
            other => panic!("how `{other}` looks is not known"),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn a_line_that_is_too_long_goes_on_and_colours_end_where_they_are_taken_back() {
    let shown = rows("\u{1b}[1m\u{1b}[31mabc\u{1b}[0m<d\n\nef", 4);
    let run = |classes: &[&'static str], text: &str| Run { classes: classes.to_vec(), text: text.to_owned() };
    let expected =
        vec![vec![run(&["bold", "red"], "abc"), run(&[], "<")], vec![run(&[], "d")], vec![], vec![run(&[], "ef")]];
    assert_eq!(shown, expected);
    assert!(picture("a<b&c", 9, "t").contains("a&lt;b&amp;c"));
}
