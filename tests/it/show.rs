//! `show --why`: which migration set a line, and who recorded it.

use crate::command::Folder;

const MIGRATION: &str = "schema = 1\ntitle = \"Another port\"\n[[step]]\nedit = \"app.yaml\"\n\
                         do = [{ set = \"server.port\", to = 8080 }]\n";

#[test]
fn a_line_leads_to_the_migration_that_set_it() {
    let folder = Folder::repository(&[
        ("app.yaml", "server:\n  port: 80 # public\n  debug: true\n"),
        ("migrations/v0001_port.toml", MIGRATION),
    ]);
    folder.migrate(&["up"]).expect(0);
    let why = |place: &str| folder.migrate(&["show", "--why", place]);
    assert_eq!(why("app.yaml:2").expect(0).stdout, "v0001_port  server.port  Another port\n");
    assert!(why("app.yaml:3").expect(0).stdout.contains("no applied migration set line 3"));
    assert!(why("app.yaml").expect(2).stderr.contains("FILE:LINE"));
    folder.commit();
    assert!(why("app.yaml:2").expect(0).stdout.contains("Another port  ("), "git knows who recorded it");
    assert!(folder.migrate(&["show", "port"]).expect(0).stdout.contains("recorded    "));
}
