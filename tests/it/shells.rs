//! What shells and manuals know: completions under both names of the program, and a page for each command.

use std::process::Command;

use crate::command::Folder;

#[test]
fn shells_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.migrate(&["completions", shell]).expect(0).stdout;
        for word in ["verify", "renumber", "report", "detailed-exitcode"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    folder.migrate(&["completions", "cobol"]).expect(2);
    let script = |shell: &str| folder.migrate(&["completions", shell]).expect(0).stdout;
    for (shell, line) in [
        ("bash", "-o default migrate settings-migrate\n"),
        ("zsh", "#compdef migrate settings-migrate\n"),
        ("fish", "complete -c settings-migrate -w migrate\n"),
    ] {
        assert!(script(shell).contains(line), "{shell} does not complete the other name");
        assert!(script(shell).contains("rdjson"), "{shell} does not know the formats of reports");
    }
    let bash = "source /dev/stdin; COMP_WORDS=(migrate plan --report ''); COMP_CWORD=3; _migrate migrate '' --report; echo \"${COMPREPLY[*]}\"";
    folder.write("completions", script("bash").as_bytes());
    let mut run = Command::new("bash");
    run.args(["-c", &bash.replace("/dev/stdin", "completions")]).current_dir(folder.path());
    let offered = run.output().expect("bash");
    assert!(String::from_utf8_lossy(&offered.stdout).contains("markdown"), "{offered:?}");
}

#[test]
fn there_is_a_manual_page_for_the_program_and_for_each_command() {
    let folder = Folder::new();
    let page = folder.migrate(&["man"]).expect(0).stdout;
    assert_eq!(page.matches("\n.TH ").count(), 1, "one page is one manual");
    for word in [
        "migrate\\-renumber",
        ".SH \"EXIT STATUS\"",
        ".SH ENVIRONMENT",
        ".SH FILES",
        ".SH EXAMPLES",
        "\\-\\-max\\-size",
    ] {
        assert!(page.contains(word) || page.contains(&word.replace('"', "")), "{word} is not in the manual");
    }
    let page = folder.migrate(&["man", "plan"]).expect(0).stdout;
    assert!(page.contains("migrate plan [OPTIONS] [MIGRATION]...") && page.contains("detailed\\-exitcode"), "{page}");
    assert!(!page.contains("max\\-size"), "the options of every command are in one page: {page}");
    folder.migrate(&["man", "nothing"]).expect(2);
    folder.migrate(&["man", "--dir", "missing"]).expect(4);
    folder.write("pages/other", b"");
    folder.migrate(&["man", "--dir", "pages"]).expect(0);
    for name in ["migrate.1", "migrate-up.1", "migrate-report-merge.1"] {
        let page = folder.read(&format!("pages/{name}"));
        let mandoc =
            Command::new("man").args(["--warnings", "-l"]).arg(folder.path().join("pages").join(name)).output();
        assert!(page.contains(&format!(".TH {} 1", name.trim_end_matches(".1"))), "{page}");
        if let Ok(shown) = mandoc {
            assert!(shown.stderr.is_empty(), "{}", String::from_utf8_lossy(&shown.stderr));
        }
    }
}
