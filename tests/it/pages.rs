//! The HTML report: what stands in it, what it never does, and how a real browser shows it.

use std::path::Path;
use std::process::Command;

use crate::command::Folder;

const CANARY: &str = "S3CR3T-canary";

const HOSTILE: &str = "<script>alert(1)</script> </style></title><img src=x onerror=alert(1)> `x` &amp; \"' ::error::x \u{1b}[2J \u{202e}";

fn hostile() -> Folder {
    let env = format!("# {HOSTILE}\nLEVEL=debug # {HOSTILE}\nAPI_TOKEN={CANARY}\nTEXT={HOSTILE}\nNEXT=1\n");
    let step = "[[step]]\nedit = \"*.env\"\ndo = [\n  { set = \"LEVEL\", to = \"<b>info</b>\" },\n  { set = \"TEXT\", to = \"</table><script>x</script>\" },\n  { set = \"NEXT\", to = 2 },\n  { set = \"NEW\", to = 1 },\n]\n";
    let migration = format!("schema = 1\ntitle = \"<i>@team</i> </h2>\"\n\n{step}");
    let files =
        [("<b>'\" a.env", env.as_str()), ("migrations/v0001_log_level.toml", &migration), ("b.env", "LEVEL=1\n")];
    Folder::repository(&files)
}

fn page(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let answer = folder.migrate_with(&[arguments, &["--report", "html"]].concat(), environment);
    assert!(answer.code < 4, "{}", answer.stderr);
    answer.stdout
}

/// The names of the elements that `page` opens, and a fault where one is not closed in its turn.
fn elements(page: &str) -> Vec<String> {
    let (mut names, mut open) = (Vec::new(), Vec::<String>::new());
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let end = tag.find('>').expect("the end of a tag");
        let name: String = tag.chars().skip_while(|c| *c == '/').take_while(|c| c.is_ascii_alphanumeric()).collect();
        for forbidden in [" style=", " src=", " href=", " on"] {
            assert!(!tag[..end].contains(forbidden), "{}", &tag[..end]);
        }
        rest = &tag[end + 1..];
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_ref(), Some(&name), "{page}");
        } else if !tag.starts_with('!') {
            names.push(name.clone());
            match name.as_str() {
                "meta" | "input" | "col" => {}
                "style" | "script" => {
                    rest = &rest[rest.find(&format!("</{name}")).expect("its end") + name.len() + 3..];
                }
                _ => open.push(name),
            }
        }
    }
    assert_eq!(open, Vec::<String>::new());
    names
}

#[test]
fn a_page_holds_nothing_but_its_own_elements() {
    for environment in [&[][..], &[("GITHUB_ACTIONS", "true")]] {
        let folder = hostile();
        let mut pages = vec![page(&folder, &["plan"], environment), page(&folder, &["check"], environment)];
        folder.migrate(&["up"]).expect(0);
        folder.write("b.env", format!("LEVEL={HOSTILE}\n").as_bytes());
        pages.extend([page(&folder, &["verify"], environment), page(&folder, &["down", "-n"], environment)]);
        for page in pages {
            let names = elements(&page);
            assert!(names.iter().filter(|name| *name == "script").count() <= 1, "{page}");
            for name in ["img", "link", "iframe", "b", "i", "a", "form"] {
                assert!(!names.iter().any(|own| own == name), "<{name}>: {page}");
            }
            assert!(!page.contains(CANARY) && !page.contains("http://") && !page.contains("https://"), "{page}");
            let hidden = |c: char| c.is_control() && c != '\n' && c != '\t' || c == '\u{202e}';
            assert!(!page.contains(hidden), "{page}");
            assert!(page.contains("default-src 'none'; style-src 'sha256-") && !page.contains("unsafe-"), "{page}");
        }
    }
}

#[test]
fn a_page_has_the_settings_the_lines_and_both_sides_of_them() {
    let folder = hostile();
    let page = page(&folder, &["plan"], &[]);
    for part in [
        "<h1>Settings plan ",
        "<td><code>LEVEL</code></td><td class=\"removed\"><code>debug</code></td><td class=\"added\"><code>&lt;b&gt;info&lt;/b&gt;</code></td>",
        "<td><code>NEW</code></td><td class=\"quiet\">–</td><td class=\"added\"><code>1</code></td>",
        "<tr class=\"added\"><td class=\"number\"></td><td class=\"number\">5</td><td class=\"text\">+NEXT=2</td></tr>",
        "<tr><td class=\"number\">5</td><td class=\"text removed\">NEXT=1</td><td class=\"number\">5</td><td class=\"text added\">NEXT=2</td></tr>",
        "<tr><td class=\"number\"></td><td class=\"text\"></td><td class=\"number\">6</td><td class=\"text added\">NEW=1</td></tr>",
        "Apply exactly this: <code>migrate up --expect ",
        "API_TOKEN=•••",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    folder.migrate(&["up"]).expect(0);
    let page = self::page(&folder, &["plan"], &[]);
    assert!(page.contains("<h1>Settings plan: nothing would change</h1>"), "{page}");
}

/// What a browser made of `page`: the document, and what its console says.
fn browsed(name: &str, page: &str) -> Option<(String, String)> {
    let folder = Folder::with(&[(name, page)]);
    let program = ["chromium", "chromium-browser"].into_iter().find(|name| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
    });
    let Some(program) = program else {
        let required = std::env::var("MIGRATE_E2E").is_ok_and(|value| value == "require");
        assert!(!required, "no browser: `.ci/run` installs Chromium");
        println!("no browser looks at the page: Chromium is not installed");
        return None;
    };
    let run = Command::new("timeout")
        .args(["60", program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", folder.path().join(Path::new(name)).display()))
        .env("HOME", folder.path())
        .output()
        .expect("the browser");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let log = String::from_utf8_lossy(&run.stderr).into_owned();
    let console = log.lines().filter(|line| line.contains("CONSOLE")).collect::<Vec<_>>().join("\n");
    Some((String::from_utf8_lossy(&run.stdout).into_owned(), console))
}

/// Clicks through the views and types into the filter, and writes down what is to be seen.
const PROBE: &str = r#"<script>
const seen = (name) => Array.from(document.querySelectorAll(name)).filter((one) => one.offsetParent !== null).length;
const said = [];
// In a view the columns of numbers are narrow, and those of the text take what is left, as much on each side.
const laid = (table) => {
  const whole = table.getBoundingClientRect().width;
  const row = Array.from(table.rows).find((row) => row.cells.length > 2);
  const widths = (name) => Array.from(row.querySelectorAll(name)).map((cell) => cell.getBoundingClientRect().width);
  const [numbers, texts] = [widths("td.number"), widths("td.text")];
  const even = Math.max(...texts) - Math.min(...texts) < 2;
  const wide = texts.reduce((sum, width) => sum + width, 0) / whole > 0.8;
  return numbers.every((width) => width > 20 && width < 70) && even && wide ? "well" : `${numbers} ${texts} of ${whole}`;
};
for (const view of ["paths", "unified", "split"]) {
  document.querySelector(`label[for=view-${view}]`).click();
  said.push(`${view} ${seen(".paths")} ${seen(".unified")} ${seen(".split")}`);
  if (view !== "paths") said.push(laid(document.querySelector(`table.${view}`)));
}
field.value = "b.env level";
field.dispatchEvent(new Event("input"));
said.push(`filter ${seen("details.file")} ${count.textContent} ${seen("h2")}`);
field.value = "nowhere";
field.dispatchEvent(new Event("input"));
said.push(`none ${seen("details.file")} ${seen("h2")}`);
document.title = said.join(", ");
</script></body>"#;

#[test]
fn a_browser_shows_the_page_and_has_nothing_to_complain_of() {
    let page = page(&hostile(), &["plan"], &[]);
    let Some((document, console)) = browsed("page.html", &page) else { return };
    assert_eq!(console, "", "{page}");
    assert!(document.contains("<td class=\"text\">+NEXT=2</td>"), "{document}");
    assert!(
        document.contains("id=\"filter\" placeholder=\"Filter\" aria-label=\"Filter files\">"),
        "no script: {document}"
    );
    // The policy stops what is not of the page itself.
    let foreign = page.replace("</body>", "<script>document.title = \"foreign\"</script></body>");
    let (document, console) = browsed("foreign.html", &foreign).expect("the browser");
    assert!(console.contains("Content Security Policy") && !document.contains("<title>foreign"), "{console}");
    let policy = page.lines().find(|line| line.contains("Content-Security-Policy")).expect("the policy");
    let probed = page.replace(policy, "").replace("</body>", PROBE);
    let (document, console) = browsed("probed.html", &probed).expect("the browser");
    let said = "<title>paths 2 0 0, unified 0 2 0, well, split 0 0 2, well, filter 1 1 of 2 1, none 0 0</title>";
    assert!(document.contains(said) && console.is_empty(), "{console}\n{}", &document[..document.len().min(900)]);
}
