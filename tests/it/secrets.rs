//! Secrets stay in the file they are in: not in diffs, JSON, records, errors or the state folder's messages.

use crate::command::Folder;

/// Stands for every secret; nothing may print it.
const CANARY: &str = "S3CR3T-canary";

fn repository(ignored: bool) -> Folder {
    let env = format!(
        "# the database\nDATABASE_URL=postgresql://app:{CANARY}@db:5432/app\nSECRET_KEY={CANARY}\nOTHER_TOKEN='{CANARY}'\nPLAIN=1\n"
    );
    let variables = format!("PGHOST=db\nPGUSER=app\nPGPASSWORD={CANARY}\n");
    let compose = format!(
        "services:\n  web:\n    environment:\n      PGHOST: db.internal\n      PGPASSWORD: \"{CANARY}\"\n      API_TOKEN: {CANARY}\n  job:\n    environment:\n      - PGHOST=db.internal\n      - PGPASSWORD={CANARY}\n"
    );
    let python = format!(
        "SECRET_KEY = '{CANARY}'\nDATABASES = {{\n    'default': {{\n        'ENGINE': 'django.db.backends.postgresql',\n        'PASSWORD': '{CANARY}',\n    }},\n}}\n"
    );
    let node = format!(
        "import {{ Pool }} from 'pg';\nexport const pool = new Pool({{\n  host: 'db',\n  password: '{CANARY}',\n}});\n"
    );
    let ini = format!("[production]\nhost=db\ndbname=x\npassword={CANARY}\n");
    let ignore = if ignored { ".env\nlocal.env\n" } else { "" };
    Folder::repository(&[
        (".env", env.as_str()),
        ("local.env", variables.as_str()),
        ("docker-compose.yml", compose.as_str()),
        ("settings.py", python.as_str()),
        ("db.mjs", node.as_str()),
        ("pg_service.conf", ini.as_str()),
        (".gitignore", ignore),
    ])
}

#[track_caller]
fn silent(folder: &Folder, arguments: &[&str]) {
    let answer = folder.migrate(arguments);
    for (name, text) in [("stdout", &answer.stdout), ("stderr", &answer.stderr)] {
        assert!(!text.contains(CANARY), "{arguments:?} shows a secret on {name}:\n{text}");
    }
}

#[test]
fn no_output_and_no_record_shows_a_secret() {
    for ignored in [false, true] {
        let folder = repository(ignored);
        let views = [&[][..], &["--diff", "paths"], &["--diff", "stat"], &["--format", "json"], &["-U", "50"]];
        for view in views {
            silent(&folder, &[&["plan", "--set", "certs=/c"], view].concat());
            silent(&folder, &[&["show", "enable_ssl", "--set", "certs=/c"], view].concat());
        }
        silent(&folder, &["up", "--set", "certs=/c", "-v"]);
        for view in views {
            silent(&folder, &[&["show", "enable_ssl"], view].concat());
            silent(&folder, &[&["down", "-n"], view].concat());
            silent(&folder, &[&["status"], view].concat());
        }
        for (name, file) in folder.files().into_iter().filter(|(name, _)| name.starts_with(".migrate/")) {
            assert!(!String::from_utf8_lossy(&file.bytes).contains(CANARY), "{name} holds a secret");
        }
        for name in ["markdown", "github", "gitlab", "junit", "rdjson", "sarif", "patch"] {
            silent(&folder, &["down", "-n", "--report", name]);
            silent(&folder, &["verify", "--report", if name == "patch" { "sarif" } else { name }]);
        }
        silent(&folder, &["down"]);
        for name in ["markdown", "github", "gitlab", "junit", "rdjson", "sarif", "patch"] {
            silent(&folder, &["plan", "enable_ssl", "--set", "certs=/c", "-U", "50", "--report", name]);
        }
    }
}

#[test]
fn secrets_over_several_lines_are_masked_too() {
    let python = format!(
        "EMAIL_HOST_PASSWORD = ('a'\n    '{CANARY}')\nDATABASES = {{\n    'default': {{\n        'ENGINE': 'django.db.backends.postgresql',\n        'PASSWORD':\n            '{CANARY}',\n        'PASS' 'WORD2': '{CANARY}',\n    }},\n}}\n"
    );
    let yaml = format!(
        "db:\n  driver: postgres\n  host: a\n  password: >-\n    {CANARY}\n  token: |\n    {CANARY}\n    more\nenv:\n- name: DB_PASSWORD\n  value: {CANARY}\n"
    );
    let toml = format!("[db]\ndriver = \"postgres\"\nhost = \"a\"\npassword = \"\"\"\n{CANARY}\n\"\"\"\n");
    let folder =
        Folder::repository(&[("settings.py", python.as_str()), ("c.yaml", yaml.as_str()), ("d.toml", toml.as_str())]);
    for view in [&["-U", "50"][..], &["--format", "json", "-U", "50"], &["--diff", "paths"]] {
        silent(&folder, &[&["plan", "--set", "certs=/c"], view].concat());
    }
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    silent(&folder, &["down", "-n", "-U", "50"]);
}

#[test]
fn a_broken_ignored_file_is_not_quoted() {
    let folder =
        Folder::repository(&[(".env", &format!("PGHOST=db\nX=\"unterminated {CANARY}\n")), (".gitignore", ".env\n")]);
    silent(&folder, &["up", "--set", "certs=/c"]);
}

#[test]
fn errors_show_no_secret_either() {
    let folder = repository(false);
    folder.write(
        "settings.py",
        format!("DATABASES = {{'default': {{'ENGINE': 'postgresql', 'PASSWORD': '{CANARY}' 'x\n").as_bytes(),
    );
    silent(&folder, &["up", "--set", "certs=/c"]);
    let folder = repository(false);
    folder.write(".env", format!("PGHOST=db\nPGSSLMODE=a\nPGPASSWORD={CANARY}\nPGSSLMODE=b\n").as_bytes());
    silent(&folder, &["up", "--set", "certs=/c"]);
    let folder = repository(false);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let changed = folder.read(".env").replace("sslmode=require", "sslmode=prefer");
    folder.write(".env", changed.as_bytes());
    silent(&folder, &["down"]);
    silent(&folder, &["status"]);
}

#[test]
fn ignored_files_are_recorded_for_this_work_tree_only() {
    let folder = repository(true);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    assert!(folder.read("local.env").contains("PGSSLMODE=require"));
    let record = folder.read(".migrate/applied/enable_ssl.toml");
    assert!(!record.contains(".env\""), "{record}");
    assert!(record.contains("settings.py"));
    let before = repository(true);
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.settings(), before.settings());
}

#[test]
fn control_characters_of_a_file_never_reach_the_terminal() {
    let folder = Folder::repository(&[(".env", "A=\u{1b}[2J\u{202e}x\nPGHOST=db # \u{7}\n")]);
    let answer = folder.migrate(&["plan", "--set", "certs=/c", "--color", "never"]).expect(0);
    assert!(answer.stdout.contains("\\x1b[2J<U+202E>x"), "{}", answer.stdout);
    assert!(!answer.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn no_line_is_a_command_to_a_build_server() {
    let env = "PGHOST=db\n# a ##vso[task.setvariable variable=x]y\n::set-output name=x::y\n  ::error::boom\n";
    let folder = Folder::repository(&[(".env", env), ("::error::x/.env", "PGHOST=db\n")]);
    let commands = |text: &str| {
        let lines = text.lines().map(|line| line.trim_start_matches(|c: char| c.is_whitespace() || "+-".contains(c)));
        lines.filter(|line| line.starts_with("::") || line.contains("##vso[")).map(str::to_owned).collect::<Vec<_>>()
    };
    for arguments in [
        &["up", "-n", "-U", "60"][..],
        &["up", "-n", "--format", "json"],
        &["up"],
        &["show", "enable_ssl"],
        &["status"],
    ] {
        let arguments = [arguments, &["--set", "certs=/c"]].concat();
        let arguments = if arguments[0] == "up" { arguments.as_slice() } else { &arguments[..arguments.len() - 2] };
        for server in ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"] {
            let answer = folder.migrate_with(arguments, &[(server, "true")]);
            assert_eq!(commands(&answer.stdout), [""; 0], "{arguments:?}");
            assert_eq!(commands(&answer.stderr), [""; 0], "{arguments:?}");
        }
    }
}

/// The migration knows `greeting` for the secret that it was by the value alone, and only under the file's new path.
#[test]
fn a_file_that_goes_back_to_where_it_was_shows_no_secret_there() {
    let head = "schema = 1\ntitle = \"t\"\n[vars.phrase]\nsecret = true\n";
    let set = |to: &str| format!("[[step]]\nedit = \"a.env\"\ndo = [{{ set = \"greeting\", to = \"{to}\" }}]\n");
    let given = format!("{head}{}", set("{{phrase}}"));
    let moved = format!("{head}{}[[step]]\nmove = \"a.env\"\nto = \"b.env\"\n", set("plain"));
    let folder = Folder::repository(&[
        ("migrations/v0001_given.toml", &given),
        ("migrations/v0002_moved.toml", &moved),
        ("a.env", "greeting=hello\n"),
    ]);
    let phrase = "phrase=open-the-round-door";
    folder.migrate(&["--set", phrase, "up"]).expect(0);
    for view in [&[][..], &["--format", "json"], &["--report", "markdown"]] {
        let said = folder.migrate(&[&["down", "moved", "--dry-run"], view].concat()).expect(0);
        assert!(said.stdout.contains("a.env"), "{view:?}: {}", said.stdout);
        assert!(!said.stdout.contains("round-door"), "{view:?}: {}", said.stdout);
    }
    folder.migrate(&["down", "moved"]).expect(0);
    assert_eq!(folder.read("a.env"), "greeting=open-the-round-door\n");
}

/// A migration that writes the secret `extra` where no name tells, and a file for it.
fn given() -> Folder {
    let text = "schema = 1\ntitle = \"t\"\n[vars]\nextra = { secret = true }\n[[step]]\nedit = \"c/a.yaml\"\n\
                do = [{ set = \"level\", to = \"{{extra}}\" }]\n";
    Folder::repository(&[("migrations/v0001_q.toml", text), ("c/a.yaml", "level: debug\nmore: 1\n")])
}

#[test]
fn a_secret_variable_is_not_repeated_in_a_command() {
    let folder = given();
    let set = format!("extra={CANARY}");
    let approved = folder.migrate(&["plan", "--set", &set]).expect(0).stdout;
    assert!(approved.contains("--set 'extra=•••' up --expect"), "{approved}");
    for arguments in [
        &["plan"][..],
        &["up", "-n"],
        &["plan", "--report", "markdown"],
        &["plan", "--report", "html"],
        &["plan", "--format", "json"],
        &["up", "--expect", "wrong"],
        &["up", "--expect", "abcdefghijklmnopqrstuvwxyz"],
        &["up"],
    ] {
        silent(&folder, &[&["--set", &set], arguments].concat());
    }
}

#[test]
fn what_came_since_shows_no_secret_of_which_no_name_tells() {
    let other = CANARY.to_lowercase();
    for edited in
        [format!("level: {other}\nmore: 1\n"), format!("more: 1\nlevel: {other}\n"), format!("more: {CANARY}\n")]
    {
        let folder = given();
        folder.migrate(&["up", "--set", &format!("extra={CANARY}")]).expect(0);
        folder.commit();
        folder.write("c/a.yaml", edited.as_bytes());
        for view in [&[][..], &["--format", "json"]] {
            let said = folder.migrate(&[&["show", "q", "--since-applied"], view].concat()).expect(0).stdout;
            assert!(said.contains("•••") && !said.contains(CANARY), "{edited}: {said}");
            assert!(!said.contains(&format!("level: {other}")), "{edited}: {said}");
        }
    }
}

#[test]
fn what_tells_equal_stretches_apart_is_no_secret() {
    let files = [
        ("pod.yaml", "kind: Pod\nspec:\n  env:\n  - name: API_TOKEN\n    value: CANARY\n  a: debug\n  b: debug\n"),
        ("part.yaml", "env:\n- name: API_TOKEN\n  value: CANARY-debug\nb: debug\n"),
        ("broken.yaml", "env:\n{{ if .x }}\n- name: API_TOKEN\n  value: CANARY\n{{ end }}\na: debug\nb: debug\n"),
        ("helm.yaml", "kind: Secret\nstringData:\n{{- if .x }}\n  prod: CANARY\n{{- end }}\na: debug\nb: debug\n"),
        ("manifest.yaml", "kind: Secret\nstringData:\n  prod: CANARY\na: debug\nb: debug\n"),
        ("a.toml", "[password]\nvalue = \"CANARY\"\n[log]\na = \"debug\"\nb = \"debug\"\n"),
        ("a.xml", "<a>\n<add key=\"ApiKey\"\n value=\"CANARY\"/>\n<b>debug</b>\n<c>debug</c>\n</a>\n"),
        ("a.tf", "variable \"token\" {\n  default = <<E\na\nCANARY\nE\n}\na = \"debug\"\nb = \"debug\"\n"),
        ("a.ini", "[a]\npassword = x\n  CANARY\nlevel = debug\nmore = debug\n"),
    ];
    let text = "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"*.{yaml,toml,xml,tf,ini}\"\n\
                do = [{ replace = \"debug\", to = \"warn\", every = true }]\n";
    for (name, content) in files {
        let content = content.replace("CANARY", CANARY);
        let folder = Folder::repository(&[("migrations/v0001_q.toml", text), (name, &content)]);
        folder.migrate(&["up"]).expect(0);
        let record = folder.read(".migrate/applied/q.toml");
        assert!(record.contains("warn") && !record.contains(CANARY), "{name}: {record}");
        folder.migrate(&["down"]).expect(0);
        assert_eq!(folder.read(name), content);
    }
}

#[test]
fn what_tells_equal_stretches_apart_holds_no_secret_variable() {
    let folder = given();
    let more = "[[step]]\nedit = \"c/a.yaml\"\ndo = [{ replace = \"more\", to = \"less\" }]\n";
    folder.write("migrations/v0001_q.toml", (folder.read("migrations/v0001_q.toml") + more).as_bytes());
    let before = folder.read("c/a.yaml");
    folder.migrate(&["up", "--set", &format!("extra={CANARY}")]).expect(0);
    let record = folder.read(".migrate/applied/q.toml");
    assert!(record.contains("less") && !record.contains(CANARY), "{record}");
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("c/a.yaml"), before);
}

#[test]
fn what_takes_the_place_of_a_secret_that_is_not_given_is_one() {
    let files = [
        ("a.py", "A = 1\nSECRET_KEY = os.environ.get('KEY', 'CANARY')\nB = 1\n", "SECRET_KEY"),
        ("b.py", "SECRET_KEY = os.environ.get(\n    'KEY',\n    'CANARY',\n)\nB = 1\n", "SECRET_KEY"),
        ("c.py", "A = 1\nAPI_TOKEN = b'CANARY'\nB = 1\n", "API_TOKEN"),
        ("d.js", "const config = { password: process.env.PW || 'CANARY' };\n", "config.password"),
        ("e.js", "const config = {\n  password: process.env.PW ?? 'CANARY',\n  b: 1,\n};\n", "config.password"),
        ("f.js", "const config = { password: 'CANARY' + 'CANARY' };\n", "config.password"),
        ("g.properties", "spring.datasource.password=${DB_PW:CANARY}\nb=1\n", "spring.datasource.password"),
        ("h.yaml", "spring:\n  password: ${DB_PW:CANARY}\n  b: 1\n", "spring.password"),
        ("i.yaml", "kind: Secret\nstringData:\n  prod: CANARY\n  other: CANARY\n", "stringData.prod"),
        ("j.yaml", "kind: Secret\ndata: {prod: CANARY}\n", "data.prod"),
    ];
    for (name, content, place) in files {
        let content = content.replace("CANARY", CANARY);
        let verb = if name.ends_with("py") || name.ends_with("js") { "value_code" } else { "to" };
        let set = format!(
            "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"{name}\"\n\
             do = [{{ set = \"{place}\", {verb} = \"None\", secret = false }}]\n"
        );
        let folder = Folder::repository(&[("migrations/v0001_q.toml", &set), (name, &content)]);
        for view in [&["-U", "9"][..], &["--format", "json"], &["--report", "markdown"], &["--diff", "words"]] {
            silent(&folder, &[&["plan"], view].concat());
        }
        folder.migrate(&["up"]).expect(0);
        let record = folder.read(".migrate/applied/q.toml");
        assert!(record.contains("secret = true") && !record.contains(CANARY), "{name}: {record}");
        silent(&folder, &["show", "q"]);
        silent(&folder, &["down", "-n", "--format", "json"]);
        folder.migrate(&["down"]).expect(0);
        assert_eq!(folder.read(name), content);
    }
}

#[test]
fn an_expression_with_a_secret_keeps_it_under_another_name() {
    let content = format!("const c = {{\n  password: process.env.PW || '{CANARY}',\n  host: process.env.HOST,\n}};\n");
    let text = "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"a.js\"\n\
                do = [{ rename = \"c.password\", to = \"greeting\" }, { rename = \"c.host\", to = \"server\" }]\n";
    let folder = Folder::repository(&[("migrations/v0001_q.toml", text), ("a.js", &content)]);
    for view in [&["-U", "9"][..], &["--format", "json"]] {
        silent(&folder, &[&["plan"], view].concat());
    }
    assert!(folder.migrate(&["plan"]).expect(0).stdout.contains("+  server: process.env.HOST"));
    folder.migrate(&["up"]).expect(0);
    assert!(!folder.read(".migrate/applied/q.toml").contains(CANARY));
    silent(&folder, &["down", "-n"]);
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("a.js"), content);
}
