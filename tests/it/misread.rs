//! Settings of TLS that do something else than they seem to: for each a file, and what `doctor` says of it.

use std::collections::BTreeSet;

use crate::command::Folder;

/// The codes that a run of `doctor` raised.
fn codes(files: &[(&str, &str)]) -> (BTreeSet<String>, String) {
    let folder = Folder::repository(files);
    let answer = folder.migrate(&["doctor", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let codes = json["diagnostics"].as_array().expect("a list").iter().filter_map(|one| one["code"].as_str());
    (codes.map(str::to_owned).collect(), answer.stdout)
}

fn check(name: &str, text: &str, expected: &[&str]) {
    let (found, printed) = codes(&[(name, text)]);
    let expected: BTreeSet<String> = expected.iter().map(|code| (*code).to_owned()).collect();
    assert_eq!(found, expected, "{name}:\n{text}\n{printed}");
}

#[test]
fn javascript_is_read_wherever_the_settings_stand() {
    let cases: [(&str, &[&str]); 31] = [
        ("new Pool({ host: 'db', ssl: process.env.X ? { rejectUnauthorized: false } : false });", &["D0122"]),
        ("new Pool({ host: 'db', ssl: x && { rejectUnauthorized: !1 } });", &["D0122"]),
        ("const ssl = { rejectUnauthorized: false };\nnew Pool({ host: 'db', ssl });", &["D0122"]),
        ("new Pool({ get ssl() { return { rejectUnauthorized: false }; } });", &["D0122"]),
        ("function f() { return new Pool({ ssl: { rejectUnauthorized: false } }); }", &["D0122"]),
        ("new Pool({ get ssl() { return { key: readFileSync('no-key.pem') }; } });", &["D0107", "D0124"]),
        ("const ca = readFileSync('no-ca.pem');\nnew Pool({ host: 'db', ssl: { ca } });", &["D0107", "D0124"]),
        ("const o = { rejectUnauthorized: process.env.NODE_ENV === 'production' };", &[]),
        ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';", &["D0123"]),
        ("process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0", &["D0123"]),
        ("new Pool({ connectionString: 'postgres://u@db/x?sslmode=disable', ssl: { ca } });", &["D0102", "D0104"]),
        (
            "const connectionString = 'postgres://u@db/x?sslmode=verify-full&sslrootcert=/c/ca.pem';\nconst ssl = { ca: 1 };\n\
          new Pool({ connectionString, ssl });",
            &["D0104", "D0107"],
        ),
        ("new Pool({ connectionString: 'postgres://u@db/x?ssl=true', ssl: { ca } });", &["D0104"]),
        ("new Pool({ connectionString: 'postgres://u@db/x?ssl=0', ssl: { ca } });", &["D0102", "D0104"]),
        ("new Pool({ host: 'db', ssl: 'require' });", &["D0130"]),
        ("new Pool({ host: 'db', ssl: true });", &[]),
        ("new Pool({ host: 'db', sslmode: 'require' });", &["D0129"]),
        ("const config = { host: 'db', user: 'u', sslmode: 'require' };\nnew Pool(config);", &["D0129"]),
        ("new Pool({ host: 'db', ssl: { sslmode: 'require', sslrootcert: '/c/ca.pem' } });", &["D0129"]),
        ("new Pool({ host: 'db', ssl: { servername: 'x', ca: 'x' } });", &["D0129"]),
        ("new Pool({ host: 'db', ssl: { ca: 'x', checkServerIdentity: () => undefined } });", &["D0102"]),
        ("new Pool({ host: 'db', ssl: { ca: 'x', checkServerIdentity: (h, c) => check(h, c) } });", &[]),
        ("new Pool({ host: 'db', ssl: { ca: '/c/ca.pem', key: './k.pem' } });", &["D0131"]),
        ("knex({ client: 'pg', connection: { host: 'db' }, ssl: true });", &["D0129"]),
        ("new Sequelize({ dialect: 'postgres', host: 'db', ssl: true });", &["D0129"]),
        ("new Sequelize({ dialect: 'postgres', ssl: true, dialectOptions: { ssl: { ca } } });", &[]),
        ("new DataSource({ type: 'postgres', dialectOptions: { ssl: true } });", &["D0129"]),
        ("postgres('postgres://u@db/x?sslmode=require'); // 'postgres'", &["D0102"]),
        ("postgres({ host: 'db', ssl: 'require' }); import p from 'postgres';", &["D0102"]),
        ("https.createServer({ key: readFileSync('no-key.pem'), cert });", &[]),
        ("interface A { ssl: boolean; sslmode: string }", &[]),
    ];
    for (code, expected) in cases {
        check("db.ts", &format!("import {{ Pool }} from 'pg';\n{code}\n"), expected);
    }
}

#[test]
fn python_is_read_wherever_the_settings_stand() {
    let cases: [(&str, &[&str]); 17] = [
        ("psycopg2.connect(host='db', sslmode='disable')", &["D0102"]),
        ("def f():\n    return psycopg2.connect('host=db sslmode=allow')", &["D0102"]),
        ("create_engine('postgresql://u@db/x', connect_args={'sslmode': 'disable'})", &["D0102"]),
        ("context.verify_mode = ssl.CERT_NONE", &["D0122"]),
        ("context = ssl._create_unverified_context()", &["D0122"]),
        ("context.check_hostname = False", &["D0102"]),
        ("D = {'ENGINE': 'django.db.backends.postgresql', 'SSLMODE': 'require'}", &["D0129"]),
        ("D = {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'ssl': {'ca': 'x'}}}", &["D0130"]),
        ("D = {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'sslmode': 'verify_full'}}", &["D0128"]),
        ("create_async_engine('postgresql+asyncpg://u@db/x?sslmode=require')", &["D0130"]),
        ("create_async_engine('postgresql+asyncpg://u@db/x', connect_args={'sslmode': 'require'})", &["D0130"]),
        ("create_engine('postgres://u@db/x')", &["D0130"]),
        ("SQLALCHEMY_DATABASE_URI = 'postgres://u@db/x'", &["D0130"]),
        ("asyncpg.connect('postgres://u@db/x?sslmode=verify-full&sslrootcert=/c/ca.pem')", &["D0107"]),
        ("def f(sslmode='disable'):\n    pass", &[]),
        ("connect(sslmode=os.environ['MODE'], sslrootcert='/c/ca.pem')", &["D0107"]),
        ("requests.get(url, verify=False)", &[]),
    ];
    for (code, expected) in cases {
        check("app/db.py", &format!("import psycopg2\n{code}\n"), expected);
    }
}

#[test]
fn other_readers_have_their_own_rules() {
    let grafana = "[database]\ntype = postgres\nhost = db:5432\nssl_mode = verify-full\nca_cert_path = /c/ca.pem\n";
    let stores = "spring.datasource.hikari.data-source-properties.sslfactory=org.postgresql.ssl.NonValidatingFactory\n";
    let npgsql = |text: &str| format!("{{\"ConnectionStrings\": {{\"A\": \"{text}\"}}}}\n");
    let bouncer =
        |listen: &str, mode: &str| format!("[pgbouncer]\nlisten_addr = {listen}\nclient_tls_sslmode = {mode}\n");
    let both =
        "[pgbouncer]\nclient_tls_sslmode = require\nclient_tls_ca_file = /c/ca.pem\nserver_tls_sslmode = verify-full\n";
    let cases: [(&str, &str, &[&str]); 28] = [
        ("pgbouncer.ini", &bouncer("*", "disable"), &["D0102"]),
        ("pgbouncer.ini", &bouncer("127.0.0.1, 10.0.0.2", "allow"), &["D0102"]),
        ("pgbouncer.ini", &bouncer("127.0.0.1", "disable"), &[]),
        ("pgbouncer.ini", &bouncer("0.0.0.0", "require"), &[]),
        ("pgbouncer.ini", both, &["D0107"]),
        (
            "app.properties",
            "spring.r2dbc.url=r2dbc:postgresql://db/x?sslMode=require&sslRootCert=/c/ca\n",
            &["D0102", "D0107"],
        ),
        ("app.properties", "spring.r2dbc.url=r2dbc:postgresql://db/x?ssl=true&sslRootCert=/c/ca\n", &["D0107"]),
        ("grafana.ini", grafana, &["D0107"]),
        ("grafana.ini", &grafana.replace("verify-full", "disable"), &["D0102", "D0107"]),
        ("my.cnf", "[client]\nssl_mode = DISABLED\nhost = db\n", &[]),
        (
            "pgbouncer.ini",
            "[pgbouncer]\nserver_tls_sslmode = require\nserver_tls_ca_file = /c/ca.pem\n",
            &["D0102", "D0107"],
        ),
        ("app.properties", stores, &["D0122"]),
        ("appsettings.json", &npgsql("Host=db;Database=x;SSL Mode=Prefer"), &["D0102"]),
        ("appsettings.json", &npgsql("Server=db;Port=5432;Database=x;SslMode=Disable"), &["D0102"]),
        (
            "appsettings.json",
            &npgsql("Host=db;Database=x;SSL Mode=VerifyFull;Root Certificate=no-ca.pem"),
            &["D0107", "D0124"],
        ),
        (
            "appsettings.json",
            &npgsql("Host=db;SSL Mode=VerifyFull;Root Certificate=/c/ca;SSL Key=~/k.pem"),
            &["D0107", "D0125"],
        ),
        (
            "appsettings.json",
            &npgsql("Server=db;Database=x;Ssl Mode=Require;TrustServerCertificate=True"),
            &["D0102", "D0122"],
        ),
        ("appsettings.json", &npgsql("Server=db;Database=x;TrustServerCertificate=True"), &[]),
        ("appsettings.json", &npgsql("Server=db;Port=3306;Uid=u;SslMode=VerifyCA"), &[]),
        ("k.yaml", "env:\n- name: NODE_TLS_REJECT_UNAUTHORIZED\n  value: \"0\"\n", &["D0123"]),
        ("k.yaml", "env:\n- name: PGSSLMODE\n  value: disable\n", &["D0102"]),
        ("Dockerfile", "FROM node\nENV NODE_TLS_REJECT_UNAUTHORIZED=0\n", &["D0123"]),
        ("Dockerfile", "FROM node\nENV NODE_TLS_REJECT_UNAUTHORIZED 0\n", &["D0123"]),
        (
            "api.dockerfile",
            "FROM node\nenv  NODE_TLS_REJECT_UNAUTHORIZED  '0'\nENV PGSSLMODE disable\n",
            &["D0102", "D0123"],
        ),
        ("start.sh", "env NODE_TLS_REJECT_UNAUTHORIZED 0\necho PGHOST\n", &[]),
        ("start.sh", "# NODE_TLS_REJECT_UNAUTHORIZED=0\nexport PGHOST=db\n", &[]),
        ("pg_service.conf", "[a]\nsslmode=verify-full\nsslrootcert=$HOME/ca.pem\n", &["D0125"]),
        ("pg_service.conf", "[a]\nsslmode=verify-full\nsslrootcert=/root/ca.pem\n", &["D0106", "D0107"]),
    ];
    for (name, text, expected) in cases {
        check(name, text, expected);
    }
    let (found, printed) = codes(&[
        ("package.json", "{\"dependencies\": {\"pg\": \"^8\"}}\n"),
        (".env", "PGHOST=db\nPGSSLMODE=verify-full\nPGSSLROOTCERT=/c/ca.pem\n"),
    ]);
    assert!(found.contains("D0129") && !found.contains("D0107"), "{printed}");
    let schema = "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\n";
    let (found, printed) = codes(&[
        ("prisma/schema.prisma", schema),
        (".env", "DATABASE_URL=\"postgresql://u@db/x?sslmode=require&sslcert=../ca.pem\"\n"),
    ]);
    assert!(found.contains("D0107") && printed.contains("`ca.pem` does not exist"), "{printed}");
    assert!(!found.contains("D0124") && !found.contains("D0136"), "{printed}");
}

#[test]
fn more_places_than_a_screen_takes_are_counted() {
    let text: String = (0..7).map(|one| format!("[a{one}]\nsslmode = \"disable\"\n")).collect();
    let (_, printed) = codes(&[("app.toml", &text)]);
    assert!(printed.contains("and 3 more places"), "{printed}");
}

/// What is dialled before anything is configured goes into the certificate of the server.
#[test]
fn hosts_of_connections_without_tls_are_known() {
    let python = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': 'one', 'NAME': 'x'}}\n\
                  EMAIL = {'host': 'mail', 'port': 25, 'user': 'me'}\n";
    let node = "import { Pool } from 'pg';\nnew Pool({ host: 'two', database: 'x', user: 'shop' });\n\
                createTransport({ host: 'smtp.two', port: 587 });\n";
    let files = [
        ("settings.py", python),
        ("db.ts", node),
        (
            "compose.yaml",
            "services:\n  web:\n    environment:\n      PGHOST: three\n  redis:\n    environment:\n      - HOST=cache\n",
        ),
        ("appsettings.json", "{\"ConnectionStrings\": {\"A\": \"Host=four;Database=x;Username=shop\"}}\n"),
        ("config/database.yml", "production:\n  adapter: postgresql\n  host: five\n  database: x\n"),
        (
            "app.toml",
            "[db]\nhost = \"six\"\nport = 5432\n[mail]\nhost = \"smtp\"\n[sql]\nhost = \"my\"\nport = 3306\ndatabase = \"x\"\n",
        ),
        (".env", "DATABASE_URL=postgres://shop@seven/x\n"),
    ];
    let folder = Folder::repository(&files);
    let answer = folder.migrate(&["certs", "dev", "-n", "--format", "json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let hosts: Vec<&str> =
        json["result"]["hosts"].as_array().expect("a list").iter().filter_map(|host| host.as_str()).collect();
    assert_eq!(hosts, ["five", "four", "one", "seven", "six", "three", "two", "localhost", "127.0.0.1", "::1"]);
    folder.migrate(&["certs", "dev", "-n", "--role", ""]).expect(2);
}

/// The form that `enable_ssl` writes for each reader is no finding of `verify`, and `doctor` looks at the files it names.
#[test]
fn what_enable_ssl_writes_is_seen_and_holds() {
    let pool =
        "import { Pool } from 'pg';\nexport const pool = new Pool({ host: 'db', user: 'shop', database: 'x' });\n";
    let knex =
        "module.exports = { production: { client: 'pg', connection: { host: 'db', user: 'shop', database: 'x' } } };\n";
    let sequelize =
        "module.exports = { production: { dialect: 'postgres', host: 'db', username: 'shop', database: 'x' } };\n";
    let django = "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.postgresql',\n        'HOST': 'db',\n    },\n}\n";
    let cases = [
        ("grafana.ini", "[database]\ntype = postgres\nhost = db:5432\nname = grafana\nuser = grafana\n"),
        (
            "pgbouncer.ini",
            "[databases]\n; one PostgreSQL server\nshop = host=db port=5432 dbname=shop\n\n[pgbouncer]\nlisten_port = 6432\n",
        ),
        (
            "appsettings.json",
            "{\n  \"ConnectionStrings\": {\n    \"Postgres\": \"Host=db;Database=shop;Username=shop\"\n  }\n}\n",
        ),
        ("db.mjs", pool),
        ("knexfile.js", knex),
        ("config/config.js", sequelize),
        ("app/settings.py", django),
    ];
    for (name, text) in cases {
        let folder = Folder::repository(&[(name, text)]);
        folder.migrate(&["up", "--set", "certs=/no/such"]).expect(0);
        assert_ne!(folder.read(name), text, "{name} is no file of the migration");
        let answer = folder.migrate(&["verify"]);
        assert_eq!(answer.code, 0, "{name}: {}\n{}", answer.stdout, folder.read(name));
        let answer = folder.migrate(&["doctor"]);
        for file in ["server-ca.pem", "client-cert.pem", "client-key.pem"] {
            let named = format!("`/no/such/{file}` is not on this machine");
            assert!(answer.stdout.contains(&named), "{name}: {named}\n{}", answer.stdout);
        }
    }
}
