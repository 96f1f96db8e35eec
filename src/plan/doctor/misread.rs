//! What it comes to that a setting is misunderstood: how bad it is, and what to write in its place.

use super::settings::Weight;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::plan::survey::Mistake;

pub(super) fn judged(mistake: Mistake) -> (Diagnostic, Weight) {
    let (code, severity, weight) = kind(mistake);
    let finding = Diagnostic { severity, ..Diagnostic::error(code, message(mistake)) };
    (finding.help(help(mistake)), weight)
}

fn kind(mistake: Mistake) -> (Code, Severity, Weight) {
    use Mistake as M;
    let (error, warning) = (Severity::Error, Severity::Warning);
    match mistake {
        M::ModeOfNode | M::AboveConnection | M::BesideDialectOptions | M::DialectOptions | M::BesideOptions => {
            (Code::SettingIgnored, error, Weight::Open)
        }
        M::ModeBesideObject | M::LibpqInObject | M::ServerName | M::UnreadByNode => {
            (Code::SettingIgnored, warning, Weight::Weak)
        }
        M::WordForObject | M::ObjectInOptions | M::LibpqOfAsyncpg | M::OldScheme => {
            (Code::SettingRefused, error, Weight::Weak)
        }
        M::PathForContent => (Code::PathForContent, error, Weight::Weak),
        M::NoHostCheck(_) | M::PostgresJs => (Code::Unchecked, warning, Weight::Weak),
        M::PlainClients(_) => (Code::Unchecked, warning, Weight::Open),
        M::NextMajor => (Code::NextMajor, warning, Weight::Weak),
    }
}

fn message(mistake: Mistake) -> String {
    let told = match mistake {
        Mistake::ModeOfNode => {
            "node-postgres reads neither `sslmode` nor the paths of libpq in its settings, and goes on without TLS"
        }
        Mistake::ModeBesideObject => "node-postgres reads neither `sslmode` nor the paths of libpq in its settings",
        Mistake::LibpqInObject => {
            "an `ssl` object does not know the names of libpq, so the server is held against public CAs"
        }
        Mistake::AboveConnection => "Knex does not read `ssl` beside `connection`, and goes on without TLS",
        Mistake::BesideDialectOptions => "Sequelize does not read `ssl` beside `dialect`, and goes on without TLS",
        Mistake::DialectOptions => "TypeORM does not read `dialectOptions`, and goes on without TLS",
        Mistake::BesideOptions => "Django reads the settings of libpq in `OPTIONS` only, and goes on with `prefer`",
        Mistake::ServerName => "node-postgres puts the host in the place of `servername`",
        Mistake::UnreadByNode => "node-postgres reads `PGSSLMODE`, and no file that the environment names",
        Mistake::WordForObject => "node-postgres ends with a `TypeError` where `ssl` is a word",
        Mistake::ObjectInOptions => "psycopg refuses `ssl` in `OPTIONS`: `invalid connection option`",
        Mistake::LibpqOfAsyncpg => "asyncpg and pg8000 refuse the names of libpq as arguments",
        Mistake::OldScheme => "SQLAlchemy no longer knows the scheme `postgres://`",
        Mistake::PathForContent => "node wants the content of the file, and this is its path",
        Mistake::NoHostCheck(word) => {
            return format!("`{word}` does not check the name of the server, only the CA");
        }
        Mistake::PlainClients("disable") => {
            return "`client_tls_sslmode=disable` of PgBouncer keeps all clients from TLS".to_owned();
        }
        Mistake::PlainClients(mode) => {
            return format!("`client_tls_sslmode={mode}` of PgBouncer lets clients in without TLS");
        }
        Mistake::PostgresJs => "`require` of postgres.js does not check who the server is",
        Mistake::NextMajor => {
            "node-postgres 8 takes this `sslmode` for `verify-full`, and 9 will check no more than libpq does"
        }
    };
    told.to_owned()
}

fn help(mistake: Mistake) -> &'static str {
    const OBJECT: &str = "write ssl: { ca, cert, key } with the contents of the files";
    match mistake {
        Mistake::ModeOfNode | Mistake::LibpqInObject | Mistake::WordForObject => OBJECT,
        Mistake::ModeBesideObject => "remove it: `ssl` is what counts",
        Mistake::AboveConnection => "move it into `connection`",
        Mistake::BesideDialectOptions => "move it into `dialectOptions`",
        Mistake::DialectOptions => "write `ssl` itself, without `dialectOptions`",
        Mistake::BesideOptions => "move it into `OPTIONS`, in lower case",
        Mistake::ServerName => "dial the name that the certificate has, or have it made with the host",
        Mistake::UnreadByNode => {
            "give the files to the pool: ssl: { ca: readFileSync(process.env.PGSSLROOTCERT, 'utf8') }"
        }
        Mistake::ObjectInOptions => "write sslmode, sslrootcert, sslcert, sslkey in OPTIONS",
        Mistake::LibpqOfAsyncpg => {
            "give an SSLContext: connect_args={'ssl': context} for asyncpg, 'ssl_context' for pg8000"
        }
        Mistake::OldScheme => "write postgresql://",
        Mistake::PathForContent => "write readFileSync('/path/file.pem', 'utf8')",
        Mistake::NoHostCheck(_) => "remove it, and have the certificate made with the name that is dialled",
        Mistake::PostgresJs => "write ssl: { ca }, with the content of the CA file",
        Mistake::NextMajor => "write verify-full",
        Mistake::PlainClients(_) => {
            "write require, with client_tls_cert_file and client_tls_key_file; or verify-full and client_tls_ca_file for clients \
             with certificates"
        }
    }
}
