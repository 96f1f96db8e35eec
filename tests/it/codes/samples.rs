//! For each code a small repository and a command that raise it.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::Duration;

use settings_migrate::commit::{Durability, Session, Site, preflight};
use settings_migrate::diagnostic::{Code, Diagnostic, Location};
use settings_migrate::fs::{Access, FaultFs, RealFs};
use settings_migrate::history::History;
use settings_migrate::migration::{BuiltIn, Catalogue, Extent, Native, Repository, Targets, Variables};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{self, FileChange, Given, Place, Request, Target};
use settings_migrate::text::Span;
use settings_migrate::tree::{FileState, Memory, TreeError};

use super::Sample;
use crate::command::Folder;
use crate::{dial, doctor};

const COMPOSE: &str = "services:\n  web:\n    environment:\n      DB_HOST: db\n      PGSSLMODE: disable\n";
const POOL: &str = "import { Pool } from 'pg';\nconst one = new Pool({ max: 5 });\nconst two = new Pool({ max: 9 });\n";
const CERTS: &str = "certs=/etc/certs";

/// A run that raises `code`.
pub fn sample(code: Code) -> Sample {
    let certs = |command: &'static str| vec![command, "--set", CERTS];
    match code {
        Code::ServerWithoutTls => Sample::Printed(dial::refused(b"N")),
        Code::NoHandshake => Sample::Printed(dial::refused(b"HTTP/1.1 400")),
        Code::ClientRefused => Sample::Printed(dial::client_refused()),
        Code::LoginRefused => Sample::Printed(dial::login_refused()),
        Code::BadConfiguration => printed(&repository(&[("migrate.toml", "nmae = \"Shop\"\n")]), &["status"]),
        Code::BadMigration => {
            let step = edit("compose.yaml", r#"{ sett = "services.web.environment.PGSSLMODE", to = "require" }"#);
            printed(&own(&step, &[("compose.yaml", COMPOSE)]), &["up"])
        }
        Code::UnknownMigration => printed(&repository(&[]), &["show", "enabel_ssl"]),
        Code::UnknownVariable => {
            let step = edit(".env", r#"{ set = "PGSSLMODE", to = "{{sslmod}}" }"#);
            let text = format!("\n[vars]\nsslmode = {{ default = \"require\" }}\n{step}");
            printed(&own(&text, &[(".env", "PGHOST=db\n")]), &["up"])
        }
        Code::MissingVariable => printed(&repository(&[(".env", "PGHOST=db\n")]), &["up"]),
        Code::BadVariable => {
            printed(&repository(&[(".env", "PGHOST=db\n")]), &["up", "--set", CERTS, "--set", "sslmode=required"])
        }
        Code::Usage => printed(&repository(&[(".env", "PGHOST=db\n")]), &["edit", ".env"]),
        Code::UnusedVariable => {
            let text = format!("\n[vars]\nport = {{ default = 8080 }}\n{}", edit(".env", r#"{ set = "A", to = "1" }"#));
            printed(&own(&text, &[(".env", "A=0\n")]), &["lint"])
        }
        Code::Overlap => {
            let step = edit(".env", "{ set = \"A\", to = \"1\" },\n  { set = \"A\", to = \"2\" }");
            printed(&own(&step, &[(".env", "A=0\n")]), &["lint"])
        }
        Code::HomePath => {
            let step = edit(".env", r#"{ set = "CERTS", to = "/Users/me/projectx/certificates" }"#);
            printed(&own(&step, &[(".env", "CERTS=certs\n")]), &["lint"])
        }
        Code::NoExample => printed(&own(&edit(".env", r#"{ set = "A", to = "1" }"#), &[(".env", "A=0\n")]), &["lint"]),
        Code::NeedlessWayBack => {
            let step = edit(".env", r#"{ set = "A", to = "1" }"#);
            let back = "[[down.step]]\nedit = \".env\"\ndo = [{ set = \"A\", to = \"0\" }]\n";
            printed(&own(&format!("{step}\n{back}"), &[(".env", "A=0\n")]), &["lint"])
        }
        Code::Invisible => {
            let step = edit(".env", "{ set = \"A\", to = \"1\u{200b}\" }");
            printed(&own(&step, &[(".env", "A=0\n")]), &["lint"])
        }
        Code::NoTarget => {
            let step = edit("frontend/.env.production", r#"{ set = "A", to = "1" }"#);
            printed(&own(&step, &[("frontend/shop/.env.production", "A=0\n")]), &["up"])
        }
        Code::OutsideRepository => {
            let outside = Folder::with(&[("shared.env", "PGHOST=db\n")]);
            let folder = repository(&[]);
            symlink(outside.path().join("shared.env"), folder.path().join(".env")).expect("a link");
            printed(&folder, &certs("up"))
        }
        Code::ReadOnlyFile => {
            let folder = repository(&[(".env", "PGHOST=db\n")]);
            std::fs::set_permissions(folder.path().join(".env"), Permissions::from_mode(0o444)).expect("the mode");
            printed(&folder, &certs("up"))
        }
        Code::NotAFile => {
            let folder = repository(&[("config/app.yaml", "a: 1\n")]);
            printed(&folder, &["edit", "config", "--set", "a", "2"])
        }
        Code::TooLarge => {
            let folder = Folder::with(&[(".env", &"# nothing of interest\n".repeat(500_000))]);
            printed(&folder, &certs("up"))
        }
        Code::HardLinked => {
            let folder = repository(&[(".env", "PGHOST=db\n")]);
            std::fs::hard_link(folder.path().join(".env"), folder.path().join("other")).expect("a link");
            printed(&folder, &["up", "--set", CERTS, "--hardlinks", "refuse"])
        }
        Code::OwnerLost => Sample::Told(foreseen(&FaultFs::new(RealFs).without_owner(), ".env")),
        Code::SameName => Sample::Told(foreseen(&FaultFs::new(RealFs).folding_names(), ".Env")),
        Code::NotWritable => {
            let access = Access { writable: false, read_only: false, free: u64::MAX, fixed: false, inherited: None };
            Sample::Told(foreseen(&FaultFs::new(RealFs).claim(access), ".env"))
        }
        Code::NoSpace => {
            let access = Access { writable: true, read_only: false, free: 1000, fixed: false, inherited: None };
            Sample::Told(foreseen(&FaultFs::new(RealFs).claim(access), ".env"))
        }
        Code::NotFound => {
            let step = edit("compose.yaml", r#"{ set = "services.web.enviroment.PGSSLMODE", to = "require" }"#);
            printed(&own(&step, &[("compose.yaml", COMPOSE)]), &["up"])
        }
        Code::Unexpected => {
            let step = edit(
                "compose.yaml",
                r#"{ set = "services.web.environment.PGSSLMODE", was = "prefer", to = "require" }"#,
            );
            printed(&own(&step, &[("compose.yaml", COMPOSE)]), &["up"])
        }
        Code::Guard => {
            let require = "\n[[require]]\nfile = \"compose.yaml\"\nat   = \"services.db\"\nexists = true\n\
                           else = \"this repository has no database service\"\n";
            let step = edit("compose.yaml", r#"{ set = "services.web.environment.PGSSLMODE", to = "require" }"#);
            printed(&own(&format!("{require}{step}"), &[("compose.yaml", COMPOSE)]), &["up"])
        }
        Code::Unmet => {
            let step = edit("compose.yaml", r#"{ set = "services.web.environment.PGSSLMODE", to = "prefer" }"#);
            let ensure = "\n[[ensure]]\nfile = \"compose.yaml\"\nat   = \"services.web.environment.PGSSLMODE\"\n\
                          in   = [\"require\", \"verify-full\"]\n";
            printed(&own(&format!("{step}{ensure}"), &[("compose.yaml", COMPOSE)]), &["up"])
        }
        Code::NoRule => {
            let step = edit("app.yaml", r#"{ map = "logging.level", with = { "3" = "error", "4" = "warn" } }"#);
            printed(&own(&step, &[("app.yaml", "logging:\n  level: 7\n")]), &["up"])
        }
        Code::DoesNotParse => {
            let step = edit("compose.yaml", r#"{ set = "services.web.image", to = "shop:2" }"#);
            printed(&own(&step, &[("compose.yaml", "services:\n\tweb:\n    image: shop:1\n")]), &["up"])
        }
        Code::NotText => {
            let folder = Folder::new();
            folder.write("config/database.yml", b"production:\n  adapter: postgresql\n  host: M\xFCnchen\n");
            folder.commit();
            printed(&folder, &certs("up"))
        }
        Code::Duplicate => {
            let env = "PGHOST=db\nPGSSLMODE=disable\nDEBUG=1\nPGSSLMODE=prefer\n";
            printed(&repository(&[(".env", env)]), &certs("up"))
        }
        Code::Template => {
            let step = edit("chart/templates/config.yaml", r#"{ set = "data.level", to = "warn" }"#);
            let template = "data:\n  level: {{ .Values.level }}\n{{- if .Values.debug }}\n  debug: true\n{{- end }}\n";
            printed(&own(&step, &[("chart/templates/config.yaml", template)]), &["up"])
        }
        Code::Computed => {
            let step = edit("src/db.js", r#"{ within = "new Pool", set = "max", to = 20 }"#);
            let pool = "import { Pool } from 'pg';\nexport const pool = new Pool(options());\n";
            printed(&own(&step, &[("src/db.js", pool)]), &["up"])
        }
        Code::Ambiguous => {
            let step = edit("src/db.js", r#"{ within = "new Pool", set = "max", to = 20 }"#);
            printed(&own(&step, &[("src/db.js", POOL)]), &["up"])
        }
        Code::Aliased => {
            let step = edit("app.yaml", r#"{ set = "web.env.LEVEL", to = "warn" }"#);
            let yaml = "base: &env\n  LEVEL: info\nweb:\n  env: *env\nworker:\n  env: *env\n";
            printed(&own(&step, &[("app.yaml", yaml)]), &["up"])
        }
        Code::Unsupported => {
            let step = edit(".env", r#"{ set = "ALLOWED_HOSTS", to = ["a.example.com", "b.example.com"] }"#);
            printed(&own(&step, &[(".env", "ALLOWED_HOSTS=a.example.com\n")]), &["up"])
        }
        Code::NotVerified => Sample::Unreachable {
            why: "it says that an edit of this tool is wrong; each way to it that is found becomes a fixed fault",
            told: Diagnostic::error(code, "the edit did not pass verification: `web.image` changed, too")
                .at(Location::new("compose.yaml", "    image: shop:1\n", Span::new(4, 17), "here"))
                .note("nothing was written"),
        },
        Code::Question => {
            let pool = "import { Pool } from 'pg';\n\
                        export const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n";
            let env = "DATABASE_URL=postgres://shop@db.internal:5432/shop?sslmode=disable\n";
            printed(&repository(&[(".env", env), ("src/db.js", pool)]), &certs("up"))
        }
        Code::MigrationFailed => Sample::Told(failed_migration()),
        Code::Edited => {
            let folder = own(&edit(".env", r#"{ set = "LEVEL", to = "info" }"#), &[(".env", "LEVEL=debug\n")]);
            folder.migrate(&["up"]).expect(0);
            let name = "migrations/v0001_log_level.toml";
            folder.write(name, folder.read(name).replace("\"info\"", "\"warn\"").as_bytes());
            printed(&folder, &["up"])
        }
        Code::SameNumber => {
            let folder = own(&edit(".env", r#"{ set = "A", to = "1" }"#), &[(".env", "A=0\n")]);
            let other = format!("schema = 1\ntitle  = \"B\"\n{}", edit(".env", r#"{ set = "B", to = "1" }"#));
            folder.write("migrations/v0001_redis_cache.toml", other.as_bytes());
            printed(&folder, &["lint"])
        }
        Code::RecordDamaged | Code::RecordNewer => {
            let folder = repository(&[(".env", "PGHOST=db\n")]);
            folder.migrate(&certs("up")).expect(0);
            let name = ".migrate/applied/enable_ssl.toml";
            let good = folder.read(name);
            let bad = match code {
                Code::RecordNewer => good.replace("format = 1", "format = 2"),
                _ => format!("<<<<<<< HEAD\n{good}"),
            };
            folder.write(name, bad.as_bytes());
            printed(&folder, &certs("up"))
        }
        Code::RecordIgnored => {
            printed(&repository(&[(".env", "PGHOST=db\n"), (".gitignore", ".migrate/\n")]), &certs("up"))
        }
        Code::Undecided => {
            let folder = own(&edit(".env", r#"{ set = "LEVEL", to = "info" }"#), &[(".env", "LEVEL=debug\n")]);
            folder.migrate(&["up"]).expect(0);
            folder.write(".env", b"LEVEL=error\n");
            folder.migrate(&["down", "--on-conflict=markers"]).expect(1);
            printed(&folder, &["up"])
        }
        Code::Vanished => {
            let folder = own(&edit(".env", r#"{ set = "LEVEL", to = "info" }"#), &[(".env", "LEVEL=debug\n")]);
            folder.migrate(&["up"]).expect(0);
            let (old, new) = ("migrations/v0001_log_level.toml", "migrations/v0002_log_colours.toml");
            folder.write(new, folder.read(old).replace("LEVEL", "COLOURS").as_bytes());
            std::fs::remove_file(folder.path().join(old)).expect("the file");
            printed(&folder, &["verify"])
        }
        Code::LaterEdit | Code::Drift => {
            let folder = own(&edit(".env", r#"{ set = "LEVEL", to = "info" }"#), &[(".env", "LEVEL=debug\n")]);
            folder.migrate(&["up"]).expect(0);
            folder.write(".env", b"LEVEL=error\n");
            printed(&folder, &[if code == Code::Drift { "verify" } else { "down" }])
        }
        Code::OutOfOrder => {
            let folder = own(&edit(".env", r#"{ set = "LEVEL", to = "info" }"#), &[(".env", "LEVEL=debug\n")]);
            let later = format!("schema = 1\ntitle  = \"L\"\n{}", edit(".env", r#"{ set = "LEVEL", to = "warn" }"#));
            folder.write("migrations/v0002_log_warnings.toml", later.as_bytes());
            folder.migrate(&["up", "log_warnings"]).expect(0);
            printed(&folder, &["up"])
        }
        Code::Pending => {
            let step = edit(".env", r#"{ set = "LEVEL", to = "info" }"#);
            printed(&own(&step, &[(".env", "LEVEL=debug\n")]), &["check"])
        }
        Code::SecretInMigration => {
            let step = edit(".env", r#"{ set = "SMTP_PASSWORD", to = "hunter2-and-more" }"#);
            printed(&own(&step, &[(".env", "SMTP_PASSWORD=old\n")]), &["lint"])
        }
        Code::SecretInReport => {
            let step = edit(".env", r#"{ set = "DATABASE_URL", in = "url:query.sslmode", to = "require" }"#);
            let env = "DATABASE_URL=postgres://shop:hunter2@db/shop\n";
            printed(&own(&step, &[(".env", env)]), &["plan", "--report", "patch"])
        }
        Code::Declined => Sample::Told(not_committed("A=1\n", true)),
        Code::PlanChanged => {
            let folder = own(&edit(".env", r#"{ set = "LEVEL", to = "info" }"#), &[(".env", "LEVEL=debug\n")]);
            printed(&folder, &["up", "--expect", "4k7tq2m6x3c5w5n6r2b7hz2dva"])
        }
        Code::NeedsPerson => {
            let folder = Folder::with(&[(".env", "PGHOST=db\n"), (".migrate/local/tx/commit", "{}\n")]);
            printed(&folder, &certs("up"))
        }
        Code::Interrupted => {
            let folder = crate::recovery::interrupted();
            printed(&folder, &["verify"])
        }
        Code::ForeignOwner => {
            let (path, trust) = ("/home/me/shop".to_owned(), "--safe-directory /home/me/shop".to_owned());
            Sample::Told(TreeError::ForeignOwner { path, owner: Some(1001), trust }.diagnostic())
        }
        Code::SharedFolder => {
            let folder = Folder::with(&[("certificates/note", "")]);
            let mode = PermissionsExt::from_mode(0o777);
            std::fs::set_permissions(folder.path().join("certificates"), mode).expect("the mode");
            printed(&folder, &["certs", "dev"])
        }
        Code::Stale => Sample::Told(not_committed("A=2, by somebody else\n", false)),
        Code::Locked => {
            let folder = Folder::with(&[(".env", "PGHOST=db\n")]);
            let held = "process 4711, migrate up\n";
            folder.write(".migrate/local/lock", held.as_bytes());
            let lock = std::fs::File::open(folder.path().join(".migrate/local/lock")).expect("the lock");
            lock.lock().expect("it is held");
            printed(&folder, &["up", "--set", CERTS, "--lock-timeout", "0"])
        }
        Code::Machine => {
            let folder = repository(&[(".env", "PGHOST=db\n")]);
            std::fs::remove_file(folder.path().join(".git/HEAD")).expect("no HEAD");
            printed(&folder, &certs("up"))
        }
        Code::KeyMode
        | Code::Unchecked
        | Code::KeyMismatch
        | Code::ObjectDropped
        | Code::EndsSoon
        | Code::OneMachine
        | Code::TlsFileMissing
        | Code::TlsFileUnreadable
        | Code::NotPem
        | Code::Swapped
        | Code::EncryptedKey
        | Code::Expired
        | Code::NotYetValid
        | Code::OtherCa
        | Code::NotACa
        | Code::WrongUsage
        | Code::HostNotCovered
        | Code::CommonNameOnly
        | Code::Version1
        | Code::WeakCertificate
        | Code::KeyInGit
        | Code::Unverified
        | Code::NodeUnverified
        | Code::RelativePath
        | Code::TildePath
        | Code::NotStrict
        | Code::OpenFolder
        | Code::BadMode
        | Code::SettingIgnored
        | Code::SettingRefused
        | Code::PathForContent
        | Code::NextMajor
        | Code::OtherRole
        | Code::KeyCopied
        | Code::Uneven
        | Code::NoKey
        | Code::NoCa => examined(&doctor::fault(code).expect("a repository")),
    }
}

/// What `doctor` prints there; the days of certificates are made today, and would differ tomorrow.
fn examined(folder: &Folder) -> Sample {
    let Sample::Printed(printed) = printed(folder, &["doctor"]) else { unreachable!() };
    let day = regex::Regex::new(r"\d{4}-\d{2}-\d{2}").expect("a pattern");
    Sample::Printed(day.replace_all(&printed, "2026-12-06").into_owned())
}

fn repository(files: &[(&str, &str)]) -> Folder {
    Folder::repository(&[files, &[("README.md", "# Shop\n")]].concat())
}

/// A repository with one migration of its own, which says `text`.
fn own(text: &str, files: &[(&str, &str)]) -> Folder {
    let migration = format!("schema = 1\ntitle  = \"Log less\"\n{text}");
    Folder::repository(&[files, &[("migrations/v0001_log_level.toml", migration.as_str())]].concat())
}

fn edit(file: &str, operations: &str) -> String {
    format!("\n[[step]]\nedit = \"{file}\"\ndo = [\n  {operations},\n]\n")
}

fn printed(folder: &Folder, arguments: &[&str]) -> Sample {
    let answer = folder.migrate(arguments);
    let everything = format!("{}\n\n{}", answer.stdout, answer.stderr);
    Sample::Printed(everything.replace(&folder.path().display().to_string(), "/home/me/shop"))
}

/// What is told of a migration in Rust that ends with an error of its own.
fn failed_migration() -> Diagnostic {
    struct Failing;
    impl Native for Failing {
        fn title(&self) -> &'static str {
            "Point at the cluster"
        }
        fn revision(&self) -> u32 {
            1
        }
        fn targets(&self) -> Targets {
            Targets::new(["**/.env"], [])
        }
        fn up(&self, _: &mut Repository<'_, '_>, _: &Variables) -> anyhow::Result<()> {
            anyhow::bail!("the list of clusters has no entry for `staging`")
        }
    }
    static FAILING: Failing = Failing;
    let catalogue = Catalogue::of(&[BuiltIn { name: "v0001_cluster", native: &FAILING }]).expect("a catalogue");
    let (tree, ignored, history, given) = (Memory::default(), BTreeSet::new(), History::default(), Given::default());
    let request = Request {
        tree: &tree,
        ignored: &ignored,
        catalogue: &catalogue,
        history: &history,
        excluded: &|_| false,
        given: &given,
        extent: Extent::Whole,
        force_read_only: false,
        out_of_order: &[],
        order: plan::Order::default(),
    };
    let refusal = plan::up(&request, &Target::Latest).expect_err("it fails");
    refusal.diagnostics.into_iter().next().expect("a message")
}

/// What is told of a commit that finds `found` in the file that it would write, or is stopped.
fn not_committed(found: &str, stopped: bool) -> Diagnostic {
    let folder = Folder::with(&[("work/.env", found), ("state/README", "")]);
    let (root, state) = (folder.path().join("work"), folder.path().join("state"));
    let site = Site { durability: Durability::Fast, ..Site::new(&RealFs, root, state) };
    let (session, _) = Session::open(site, "test", Duration::from_secs(10)).expect("a session");
    let text = |text: &str| Some(FileState::new(text.as_bytes().to_vec(), 0o644));
    let place = Place::Repository(RepoPath::new(".env").expect("a path"));
    let change = FileChange { place, before: text("A=1\n"), after: text("A=2\n") };
    let error = session.commit(&[change], &|| stopped).expect_err("it is not committed");
    error.diagnostics().remove(0)
}

/// Why nothing is committed on `disk`, as if it were a server's.
fn foreseen(disk: &FaultFs<'_, RealFs>, name: &str) -> Diagnostic {
    let folder = Folder::with(&[("shop/.env", "A=1\n"), ("state/README", "")]);
    let site = Site::new(disk, folder.path().join("shop"), folder.path().join("state"));
    let text = |text: &str| Some(FileState::new(text.as_bytes().to_vec(), 0o644));
    let place = Place::Repository(RepoPath::new(name).expect("a path"));
    let mut told = preflight(&site, &[FileChange { place, before: text("A=1\n"), after: text("A=2\n") }]).remove(0);
    let owner = std::fs::metadata(folder.path()).expect("the folder");
    let owner = format!("{}:{}", owner.uid(), owner.gid());
    let server = |text: &str| text.replace(&folder.path().display().to_string(), "/srv").replace(&owner, "1000:1000");
    told.message = server(&told.message);
    told.help.iter_mut().for_each(|help| *help = server(help));
    told.places.iter_mut().for_each(|place| place.path = server(&place.path));
    told
}
