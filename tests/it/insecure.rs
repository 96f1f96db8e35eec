//! Settings that turn TLS or its checks off: findings of `verify` in files of applied migrations, warnings of a plan.

use crate::command::Folder;

/// A migration that sets one setting of `file`.
fn setting(file: &str, key: &str, value: &str) -> String {
    format!(
        "schema = 1\ntitle = \"one setting\"\n[[step]]\nedit = \"{file}\"\ndo = [{{ set = \"{key}\", to = \"{value}\" }}]\n"
    )
}

/// A repository with the migration applied.
fn applied(file: &str, text: &str, key: &str) -> Folder {
    let migration = setting(file, key, "new");
    let folder = Folder::repository(&[("migrations/v0001_one.toml", &migration), (file, text)]);
    folder.migrate(&["up"]).expect(0);
    folder.migrate(&["verify"]).expect(0);
    folder
}

#[test]
fn a_hand_edit_that_turns_checks_off_is_a_finding_with_its_place() {
    let jdbc = "url=jdbc:postgresql://db/shop?sslfactory=org.postgresql.ssl.NonValidatingFactory\n";
    let bouncer = "[pgbouncer]\nname = old\nlisten_addr = *\n";
    let cases = [
        ("pgbouncer.ini", bouncer, "client_tls_sslmode = prefer\n", "D0102", "pgbouncer.ini:4:1"),
        ("app.yaml", "name: old\n", "sslmode: disable\n", "D0102", "app.yaml:2:1"),
        ("app.yaml", "name: old\n", "sslmode: prefer\n", "D0102", "app.yaml:2:1"),
        ("app.yaml", "name: old\n", "sslmode: no-verify\n", "D0122", "app.yaml:2:1"),
        ("app.yaml", "name: old\n", "ssl:\n  rejectUnauthorized: false\n", "D0122", "app.yaml:3:3"),
        ("app.env", "name=old\n", "NODE_TLS_REJECT_UNAUTHORIZED=0\n", "D0123", "app.env:2:1"),
        ("app.properties", "name=old\n", jdbc, "D0122", "app.properties:2:1"),
        (
            "app.yaml",
            "name: old\n",
            "db: Host=db;SSL Mode=Require;Trust Server Certificate=true\n",
            "D0122",
            "app.yaml:2:1",
        ),
    ];
    for (file, text, edit, code, place) in cases {
        let folder = applied(file, text, if text.starts_with('[') { "pgbouncer.name" } else { "name" });
        let now = folder.read(file) + edit;
        folder.write(file, now.as_bytes());
        let answer = folder.migrate(&["verify"]).expect(1);
        for words in [code, place, "1 finding", "it was meant? leave the file out"] {
            assert!(answer.stdout.contains(words), "`{words}` for {edit}\n{}", answer.stdout);
        }
        assert!(folder.migrate(&["doctor"]).stdout.contains(code), "doctor judges {edit} otherwise");
        folder.migrate(&["verify", "--except", file]).expect(0);
    }
}

#[test]
fn what_is_weak_or_elsewhere_is_no_finding_of_verify() {
    let folder = applied("app.yaml", "name: old\n", "name");
    folder.write("other.yaml", b"sslmode: disable\n");
    for edit in
        ["sslmode: require\n", "host: localhost\nsslmode: disable\n", "server: Server=db;TrustServerCertificate=true\n"]
    {
        folder.write("app.yaml", format!("name: new\n{edit}").as_bytes());
        folder.migrate(&["verify"]).expect(0);
    }
    let fresh = Folder::repository(&[("app.yaml", "sslmode: disable\n")]);
    fresh.migrate(&["verify"]).expect(0);
}

/// An `ssl` object that a URL throws away: with most modes the connection fails, and with `disable` it goes on in the clear.
#[test]
fn a_dropped_object_is_a_finding_where_nothing_fails() {
    let folder = applied("app.yaml", "name: old\n", "name");
    let cases =
        [("sslmode=require", 0), ("sslmode=disable", 1), ("sslmode=no-verify", 1), ("ssl=false", 1), ("ssl=true", 0)];
    for (mode, code) in cases {
        let now = format!("name: new\npool:\n  url: postgres://shop@db/shop?{mode}\n  ssl:\n    ca: pem\n");
        folder.write("app.yaml", now.as_bytes());
        let answer = folder.migrate(&["verify"]).expect(code);
        assert_eq!(answer.stdout.contains("D0104"), code == 1, "{mode}: {}", answer.stdout);
        assert!(folder.migrate(&["doctor"]).stdout.contains("D0104"), "{mode}");
    }
}

#[test]
fn a_plan_warns_of_what_it_makes_insecure_only() {
    let with = |mode: &str, text: &str| {
        Folder::repository(&[("migrations/v0001_one.toml", &setting("app.yaml", "sslmode", mode)), ("app.yaml", text)])
    };
    let weaker = with("disable", "host: db\nsslmode: verify-full\n");
    for words in [&["plan"][..], &["up", "-n"], &["up"]] {
        let answer = weaker.migrate(words).expect(0);
        let all = answer.stdout + &answer.stderr;
        assert!(all.contains("warning[D0102]") && all.contains("app.yaml:2:1"), "{words:?}: {all}");
    }
    weaker.migrate(&["verify"]).expect(1);
    let before = [("verify-full", "host: db\nsslmode: disable\n"), ("prefer", "host: db\nsslmode: allow\n")];
    for (mode, text) in before {
        let answer = with(mode, text).migrate(&["plan"]).expect(0);
        assert!(!(answer.stdout + &answer.stderr).contains("D0102"), "{mode}");
    }
}
