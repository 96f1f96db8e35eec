//! The laws of reports and of the command line: what a file says opens nothing and closes nothing in them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use settings_migrate::cli::check_command_line;
use settings_migrate::diagnostic::{Code, Diagnostic};
use settings_migrate::format::location;
use settings_migrate::migration::Changed;
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{Action, Direction, FileStep, Plan, Step};
use settings_migrate::report::{Answer, renderer};
use settings_migrate::text::Span;
use settings_migrate::tree::FileState;

/// A page has room for this many bytes, which is less than some inputs need.
const ROOM: usize = 4_000;

/// The report `name` of a file that is the part of the input before its first zero byte, and becomes the rest.
fn report(name: &str, input: &[u8]) -> Option<String> {
    let zero = input.iter().position(|byte| *byte == 0)?;
    let path = RepoPath::new("config/app.env").ok()?;
    let state = |bytes: &[u8]| Some(FileState::new(bytes.to_vec(), 0o644));
    let file =
        FileStep::new(path.clone(), (state(&input[..zero]), state(&input[zero + 1..])), Changed::default(), false);
    let text = String::from_utf8_lossy(&input[..zero]).into_owned();
    let problem = Diagnostic::error(Code::Computed, text.lines().next().unwrap_or("").to_owned())
        .at(location(&path, &text, Span::at(0), "here"))
        .help(text.lines().last().unwrap_or("").to_owned());
    let step = Step {
        version: None,
        slug: "change".parse().ok()?,
        title: text.lines().next().unwrap_or("a title").to_owned(),
        action: Action::Apply,
        files: vec![file],
        unchanged: BTreeMap::from([(path, vec![text.lines().last().unwrap_or("").to_owned()])]),
        kept: BTreeMap::new(),
        by_hand: BTreeMap::<RepoPath, BTreeSet<String>>::new(),
        unrelated: 0,
        warnings: vec![problem.clone()],
        remark: text.clone(),
    };
    let plan = Plan { direction: Direction::Up, steps: vec![step], bookkeeping: Vec::new() };
    let answer = Answer {
        command: "plan",
        plan: Some(&plan),
        approval: None,
        diagnostics: &[problem],
        written: false,
        mends: &[],
        checked: &[],
        touched: &[],
        result: None,
        elsewhere: None,
        prefix: "",
        context: 3,
        max_size: ROOM,
        show_secrets: false,
    };
    let renderer = renderer(name).expect("a report");
    let bytes = (renderer.render)(&answer).expect("a report is made of every plan");
    Some(String::from_utf8(bytes).expect("a report is UTF-8"))
}

/// Tags that a page is made of; what a file says is none.
const TAGS: [&str; 12] = [
    "<!-- ",
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<code>",
    "</code>",
    "<pre>",
    "</pre>",
    "<b>",
    "</b>",
    "<br>",
];

/// Every fence that opens closes, and outside of them there is no tag but those of the page, and nobody is called.
pub fn markdown(input: &[u8]) {
    let Some(page) = report("markdown", input) else { return };
    assert!(!page.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{page:?}");
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if ticks.len() >= open.len() && line.trim_end() == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let plain = without_code(line);
                let mut tags = plain.match_indices('<').map(|(at, _)| &plain[at..]);
                let opens = |rest: &str| rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
                let odd = tags.find(|rest| opens(rest) && !TAGS.iter().any(|tag| rest.starts_with(tag)));
                assert!(odd.is_none() && !plain.contains('@'), "{line}\n---\n{page}");
            }
        }
    }
    assert!(fence.is_none(), "a fence stays open\n{page}");
}

/// `line` without what stands between as many backticks as it opened with.
fn without_code(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        plain.push_str(&rest[..at]);
        let open = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let (ticks, behind) = rest[at..].split_at(open);
        let runs = behind.match_indices(ticks).map(|(close, _)| close);
        let mut runs =
            runs.filter(|close| !behind[..*close].ends_with('`') && !behind[close + open..].starts_with('`'));
        rest = match runs.next() {
            Some(close) => &behind[close + open..],
            None => {
                plain.push_str(ticks);
                behind
            }
        };
    }
    plain + rest
}

/// It is JSON of the version that it says, and its lines are from one.
pub fn sarif(input: &[u8]) {
    let Some(log) = report("sarif", input) else { return };
    assert!(!log.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{log:?}");
    let log: serde_json::Value = serde_json::from_str(&log).expect("SARIF is JSON");
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().expect("results");
    for result in results {
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        for place in result["locations"].as_array().into_iter().flatten() {
            let line = &place["physicalLocation"]["region"]["startLine"];
            assert!(line.is_null() || line.as_u64().is_some_and(|line| line >= 1), "{result}");
        }
    }
}

/// The arguments, each behind a zero byte, are a command line, or it is said why they are none.
pub fn command_line(input: &[u8]) {
    let given = input.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec()));
    let arguments: Vec<OsString> = std::iter::once(OsString::from("migrate")).chain(given).collect();
    if let Err(said) = check_command_line(arguments) {
        assert!(!said.trim().is_empty());
    }
}
