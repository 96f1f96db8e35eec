//! What drivers say when TLS to PostgreSQL fails: the words by which an error is known, its cause, and the mend.
//!
//! Only what is the same in all versions is compared: tails differ, and some are bytes that mean nothing.

use std::collections::BTreeSet;

/// One kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// A few words that name it.
    pub name: &'static str,
    /// A message has it when it holds all the words of one of these, in lower case; `*` stands between the words.
    pub patterns: &'static [&'static str],
    pub cause: &'static str,
    pub mend: &'static [&'static str],
}

/// What `text`, which somebody pasted, says; the most telling failure first. Several where a text holds several errors.
pub fn recognise(text: &str) -> Vec<&'static Said> {
    /// How each attempt of libpq starts, where they were put on one line.
    const ATTEMPT: &str = "connection to server at";
    let text = text.to_lowercase().replace(ATTEMPT, &format!("\n{ATTEMPT}"));
    // One error has one cause: what is told more generally as well is no other one.
    let told =
        |error: &str| CATALOGUE.iter().position(|said| said.patterns.iter().any(|pattern| holds(error, pattern)));
    let found: BTreeSet<usize> = text.lines().filter_map(told).collect();
    found.into_iter().filter_map(|index| CATALOGUE.get(index)).collect()
}

fn holds(mut text: &str, pattern: &str) -> bool {
    pattern.split('*').all(|word| match text.find(word) {
        Some(at) => {
            text = &text[at + word.len()..];
            true
        }
        None => false,
    })
}

/// The more particular ones first.
pub const CATALOGUE: &[Said] = &[
    Said {
        name: "the server has no TLS",
        patterns: &[
            "server does not support ssl",
            "rejected ssl upgrade",
            "ssl is not enabled on the server",
            "server refused tls connection",
        ],
        cause: "the server answered `N`: it runs with `ssl = off`, or a proxy without TLS stands before it. The \
                files of the client have no part in it",
        mend: &[
            "see what the server says: SHOW ssl;",
            "turn it on: ssl = on, ssl_cert_file and ssl_key_file in postgresql.conf, then reload",
            "is it PgBouncer? client_tls_sslmode in pgbouncer.ini",
        ],
    },
    Said {
        name: "the host is not in the server's certificate",
        patterns: &[
            "does not match host name",
            "err_tls_cert_altname_invalid",
            "does not match certificate's altnames",
            "could not be verified by hostnameverifier",
            "hostname mismatch",
            "ip address mismatch",
            "certificate is valid for*, not ",
            "doesn't contain any ip sans",
            "notvalidforname",
            "certificate not valid for name",
        ],
        cause: "the certificate of the server names other hosts than the one that was dialled. libpq compares only \
                with `verify-full`, node-postgres always: so one application works and the other does not",
        mend: &[
            "dial the name that the certificate has, or have it made with this name: migrate certs dev --host NAME",
            "node-postgres before 8.23.1 compares an IP address as `localhost`: update it",
        ],
    },
    Said {
        name: "the server's certificate names no host",
        patterns: &["relies on legacy common name", "certificate relies on legacy"],
        cause: "the certificate has only a common name; Go and rustls read the alternative names only",
        mend: &["make it anew with alternative names: migrate certs dev --host NAME"],
    },
    Said {
        name: "an old kind of certificate",
        patterns: &["unsupportedcertversion"],
        cause: "the certificate is of X.509 version 1, as `openssl x509 -req` makes it without `-extfile`; rustls \
                refuses it",
        mend: &["make it anew: migrate certs dev, or openssl x509 -req -copy_extensions copyall"],
    },
    Said {
        name: "the server's certificate has expired",
        patterns: &[
            "cert_has_expired",
            "certificate expired:",
            "certificate has expired",
            "peer certificate: expired",
            "has expired or is not yet valid",
        ],
        cause: "the certificate that the server shows, or its CA, is past its last day, or the clock of this machine \
                is wrong",
        mend: &[
            "renew it on the server; for development: migrate certs renew",
            "see the dates of a file: migrate certs show FILE",
        ],
    },
    Said {
        name: "the client's certificate has expired",
        patterns: &["alert certificate expired", "alert_certificate_expired", "ssl alert number 45"],
        cause: "the server refused the certificate that the client showed: it is past its last day",
        mend: &["see its dates: migrate certs show FILE", "have its CA renew it; for development: migrate certs renew"],
    },
    Said {
        name: "the server does not know the client's CA",
        patterns: &["alert unknown ca", "alert_unknown_ca", "received fatal alert: unknownca"],
        cause: "the client's certificate is not signed by a CA in the server's `ssl_ca_file`",
        mend: &[
            "give the server the CA of the clients: ssl_ca_file in postgresql.conf, then reload",
            "or sign the client's certificate with the CA that the server knows",
        ],
    },
    Said {
        name: "the client's certificate is not for clients",
        patterns: &["alert unsupported certificate", "alert_unsupported_certificate"],
        cause: "its extended key usage has `serverAuth` only",
        mend: &["make one with `clientAuth`: migrate certs dev"],
    },
    Said {
        name: "the CA file is missing",
        patterns: &["root certificate file*does not exist", "could not open ssl root certificate file"],
        cause: "`sslrootcert` names a file that is not there, as the application sees it: `~` is not expanded, and a \
                relative path starts wherever the program was started",
        mend: &["write an absolute path", "see what the repository names: migrate doctor"],
    },
    Said {
        name: "the server's CA is not trusted",
        patterns: &[
            "certificate verify failed",
            "certificate_verify_failed",
            "self_signed_cert_in_chain",
            "self-signed certificate",
            "self signed certificate",
            "unable_to_verify_leaf_signature",
            "unable to verify the first certificate",
            "signed by unknown authority",
            "pkix path building failed",
            "unknownissuer",
            "remote certificate is invalid",
            "remote certificate was rejected",
        ],
        cause: "the client has no CA, or another one than the one that signed the server's certificate. libpq says \
                the same of an expired certificate. In node-postgres a URL with `sslmode` throws the `ssl` object \
                away, and its CA with it",
        mend: &[
            "name the right CA: sslrootcert, or `ca` of the ssl object",
            "never `rejectUnauthorized: false`: it accepts every server",
            "look for what drops the CA: migrate doctor",
        ],
    },
    Said {
        name: "the certificate and the key file are swapped, or no PEM",
        patterns: &["no start line", "pem_no_start_line", "pem lib", "extra data at the end"],
        cause: "the file is not what its setting wants: a key where a certificate belongs, a path where node wants \
                the content, DER where PEM is read, or PEM where Java reads DER",
        mend: &["see what each file is: migrate certs show FILE, migrate doctor"],
    },
    Said {
        name: "the key is not that of the certificate",
        patterns: &["key values mismatch", "key_values_mismatch"],
        cause: "certificate and key come from two different runs of whatever made them",
        mend: &["put the pair together again, or move the key away and: migrate certs renew"],
    },
    Said {
        name: "others can read the key",
        patterns: &["has group or world access", "private key has world access"],
        cause: "libpq takes a key only with mode 0600 or less, or 0640 where root owns it. Copies, git and image \
                builds lose the mode",
        mend: &["chmod 600 KEY", "in Kubernetes: defaultMode 0440 with fsGroup"],
    },
    Said {
        name: "the key has a passphrase",
        patterns: &[
            "bad_decrypt",
            "enter pem pass phrase",
            "could not load private key file*processing error",
            "bad decrypt",
        ],
        cause: "the key is encrypted, and nothing gives the passphrase: a service would wait for a person",
        mend: &["give it: sslpassword, or `passphrase` in node", "or use a key without one, with mode 0600"],
    },
    Said {
        name: "the key can not be read",
        patterns: &["could not load private key file", "permission denied*key", "eacces*key"],
        cause: "the user of the application may not read the file, or it is damaged. libpq prints bytes without \
                meaning behind the name then",
        mend: &["see whose it is: ls -l KEY", "give it to the user that runs the application: chown USER KEY"],
    },
    Said {
        name: "a certificate without its key",
        patterns: &["certificate present, but not private key file"],
        cause: "`sslcert` is set and `sslkey` is not, or names no file",
        mend: &["set both, with absolute paths"],
    },
    Said {
        name: "no client certificate arrived",
        patterns: &["requires a valid client certificate"],
        cause: "the server asks for one (`clientcert=` in pg_hba.conf). libpq sends none, without a word, where the \
                file is missing",
        mend: &["name certificate and key with absolute paths, and look: migrate doctor"],
    },
    Said {
        name: "the client did not use TLS",
        patterns: &["no pg_hba.conf entry*no encryption", "no pg_hba.conf entry*ssl off"],
        cause: "the server lets nobody in without TLS, and this connection had none: `ssl` or `sslmode` did not \
                reach the driver, or `sslmode=disable` in a URL threw the `ssl` object away",
        mend: &["migrate doctor", "migrate up -n shows what the migration enable_ssl would write"],
    },
    Said {
        name: "no rule of the server fits",
        patterns: &["no pg_hba.conf entry", "pg_hba.conf rejects connection"],
        cause: "TLS is not what is missing: no line of pg_hba.conf is for this address, role and database, or the first \
                that is says `reject`",
        mend: &[
            "on the server, add a line such as: hostssl DATABASE ROLE ADDRESS/32 scram-sha-256",
            "lines count in their order: see SELECT * FROM pg_hba_file_rules",
        ],
    },
    Said {
        name: "the client's certificate is for another role",
        patterns: &["certificate authentication failed for user", "provided user name*do not match"],
        cause: "the common name in the client's certificate is not the database role, which `cert` and \
                `clientcert=verify-full` in pg_hba.conf compare",
        mend: &[
            "have it made for the role: migrate certs dev --role ROLE",
            "or map the names: pg_ident.conf, and map= in pg_hba.conf",
        ],
    },
    Said {
        name: "the certificate was revoked",
        patterns: &["certificate has been revoked", "certificate revoked", "cert_revoked"],
        cause: "a list of revoked certificates (`sslcrl`, `ssl_crl_file`) names the one that was shown",
        mend: &["have a new one made by its CA"],
    },
    Said {
        name: "no version of TLS in common",
        patterns: &["alert protocol version", "no protocols available", "unsupported protocol", "protocol_version"],
        cause: "one side is too old, or was told to take only versions that the other one does not have",
        mend: &["compare ssl_min_protocol_version on the server with the version of OpenSSL of the client"],
    },
    Said {
        name: "a driver without TLS",
        patterns: &["when ssl support is not compiled in"],
        cause: "this libpq was built without OpenSSL",
        mend: &["install the package of the system, or a binary package of the driver"],
    },
    Said {
        name: "the server ended the session",
        patterns: &["terminating connection due to administrator command"],
        cause: "somebody stopped the server or ended this session (`pg_terminate_backend`): TLS has no part in it",
        mend: &["connect again", "read the log of the server at that time"],
    },
    Said {
        name: "SQLAlchemy does not know the URL",
        patterns: &["nosuchmoduleerror", "can't load plugin: sqlalchemy.dialects"],
        cause: "since version 1.4 the scheme is `postgresql://`, or with its driver `postgresql+psycopg://`; `postgres://` \
                is gone",
        mend: &["write postgresql:// in the URL"],
    },
    Said {
        name: "a percent sign in an INI file",
        patterns: &["interpolationsyntaxerror", "'%' must be followed by"],
        cause: "Python reads `%` in alembic.ini and its like as a reference: a URL with `%20` needs `%%20` there",
        mend: &["double each percent sign of the URL in this file"],
    },
    Said {
        name: "TLS through Prisma failed",
        patterns: &["tlsconnectionerror", "error opening a tls connection"],
        cause: "to Prisma up to 6 `sslcert` is the CA and `sslidentity` the client's certificate; through its adapter for \
                node-postgres the names of libpq hold",
        mend: &[
            "Prisma 7: new PrismaPg({ connectionString, ssl: { ca, cert, key } })",
            "before: ?sslmode=require&sslcert=CA",
        ],
    },
    Said {
        name: "a warning of node-postgres, no failure",
        patterns: &["are treated as aliases for 'verify-full'"],
        cause: "node-postgres 8 takes `prefer`, `require` and `verify-ca` in a URL for `verify-full`; version 9 will check no \
                more than libpq does",
        mend: &["write sslmode=verify-full, which means the same in both"],
    },
    Said {
        name: "Npgsql wants to know what to check",
        patterns: &["use verifyfull or verifyca instead of require"],
        cause: "Npgsql 6 takes `SSL Mode=Require` only together with `Trust Server Certificate=true`, which checks nothing",
        mend: &["write SSL Mode=VerifyFull, with Root Certificate"],
    },
    Said {
        name: "a second try without the first one's cause",
        patterns: &["expected authentication request from server, but received s"],
        cause: "with `prefer` libpq tries again after TLS failed, and this is how the second try ends: the line before it \
                tells the cause",
        mend: &["write sslmode=require or more, and read the error then", "migrate doctor --connect HOST:PORT"],
    },
    Said {
        name: "an unknown sslmode",
        patterns: &["invalid sslmode value", "unsupported sslmode"],
        cause: "the words are disable, allow, prefer, require, verify-ca and verify-full; Go's lib/pq knows neither \
                allow nor prefer",
        mend: &["write verify-full"],
    },
    Said {
        name: "the driver does not know the setting",
        patterns: &[
            "unexpected keyword argument 'sslmode'",
            "unexpected keyword argument 'sslrootcert'",
            "unexpected keyword argument 'sslcert'",
            "unexpected keyword argument 'sslkey'",
            "invalid connection option \"ssl\"",
            "cannot use 'in' operator to search for 'key' in",
        ],
        cause: "asyncpg and pg8000 want an SSLContext, psycopg the four libpq words, node-postgres an object: each \
                refuses the others' form",
        mend: &[
            "asyncpg: connect_args={'ssl': context}",
            "Django: OPTIONS sslmode, sslrootcert, sslcert, sslkey",
            "node-postgres: ssl: { ca, cert, key }",
        ],
    },
    Said {
        name: "no PostgreSQL server there",
        patterns: &[
            "invalid response to ssl negotiation",
            "error establishing an ssl connection",
            "error response during ssl exchange",
            "wrong version number",
        ],
        cause: "what answers speaks no TLS of PostgreSQL: an HTTP port, a server with too many clients, or one that is asked \
                for TLS without PostgreSQL's question before it (`sslnegotiation=direct`)",
        mend: &["check host and port", "on the server: SELECT count(*) FROM pg_stat_activity, max_connections"],
    },
    Said {
        name: "the connection ended",
        patterns: &[
            "ssl syscall error: eof detected",
            "unexpected eof while reading",
            "disconnected before secure tls connection was established",
            "ssl connection has been closed unexpectedly",
            "server closed the connection unexpectedly",
            "connection terminated unexpectedly",
            "ssl syscall error: connection reset by peer",
            "econnreset",
        ],
        cause: "the other side went away: the server crashed or was restarted, memory ran out, or a proxy or \
                firewall cut the line. The certificates are rarely at fault",
        mend: &["read the log of the server at that time", "behind a proxy: does it pass PostgreSQL's SSLRequest on?"],
    },
    Said {
        name: "a file is missing",
        patterns: &[
            "enoent",
            "filenotfounderror",
            "unable to read ca file",
            "could not read certificate file*no such file",
            "private key file*does not exist",
        ],
        cause: "a path of a certificate leads nowhere from where the program was started",
        mend: &["write absolute paths, and look: migrate doctor"],
    },
    Said {
        name: "no answer",
        patterns: &["timeout expired"],
        cause: "packets are dropped on the way: a firewall, or a wrong address",
        mend: &["check host, port and firewall"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drivers_say_is_known() {
        let cases = [
            ("server does not support SSL, but SSL was required", "the server has no TLS"),
            ("The server does not support SSL connections", "the server has no TLS"),
            ("ConnectionError: PostgreSQL server at \"h:5432\" rejected SSL upgrade", "the server has no TLS"),
            (
                "connection to server at \"h\" failed: SSL error: certificate verify failed",
                "the server's CA is not trusted",
            ),
            ("Error: self-signed certificate in certificate chain", "the server's CA is not trusted"),
            ("SSL error: tlsv1 alert unknown ca", "the server does not know the client's CA"),
            ("ssl/tls alert certificate expired", "the client's certificate has expired"),
            (
                "server certificate for \"db.internal\" does not match host name \"localhost\"",
                "the host is not in the server's certificate",
            ),
            ("root certificate file \"/x/ca.pem\" does not exist", "the CA file is missing"),
            ("private key file \"/k\" has group or world access; file must have", "others can read the key"),
            ("could not load private key file \"/k\": key values mismatch", "the key is not that of the certificate"),
            ("could not load private key file \"/k\": \u{fffd}\u{fffd}x", "the key can not be read"),
            ("SSL SYSCALL error: EOF detected", "the connection ended"),
            ("consuming input failed: SSL error: unexpected eof while reading", "the connection ended"),
            ("received invalid response to SSL negotiation: H", "no PostgreSQL server there"),
            (
                "FATAL:  no pg_hba.conf entry for host \"1.2.3.4\", user \"u\", database \"d\", no encryption",
                "the client did not use TLS",
            ),
            ("FATAL: connection requires a valid client certificate", "no client certificate arrived"),
            ("invalid sslmode value: \"required\"", "an unknown sslmode"),
            ("connection timeout expired", "no answer"),
            ("Error: read ECONNRESET", "the connection ended"),
            ("terminating connection due to administrator command", "the server ended the session"),
            (
                "expected authentication request from server, but received S",
                "a second try without the first one's cause",
            ),
            ("NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres", "SQLAlchemy does not know the URL"),
            (
                "InterpolationSyntaxError: '%' must be followed by '%' or '(', found: '%20w'",
                "a percent sign in an INI file",
            ),
            ("TlsConnectionError", "TLS through Prisma failed"),
            (
                "The SSL modes 'prefer', 'require', and 'verify-ca' are treated as aliases for 'verify-full'.",
                "a warning of node-postgres, no failure",
            ),
            (
                "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL encryption",
                "no rule of the server fits",
            ),
            (
                "x509: certificate is valid for db.internal, not localhost",
                "the host is not in the server's certificate",
            ),
            (
                "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
                "the host is not in the server's certificate",
            ),
            ("invalid peer certificate: NotValidForName", "the host is not in the server's certificate"),
            ("invalid peer certificate: Expired", "the server's certificate has expired"),
            ("connect() got an unexpected keyword argument 'sslcert'", "the driver does not know the setting"),
            ("please use VerifyFull or VerifyCA instead of Require.", "Npgsql wants to know what to check"),
            ("SSL error: wrong version number", "no PostgreSQL server there"),
            ("FATAL: certificate authentication failed for user \"u\"", "the client's certificate is for another role"),
            ("could not load private key file \"/k\": processing error", "the key has a passphrase"),
        ];
        for (text, name) in cases {
            assert_eq!(recognise(text).first().map(|said| said.name), Some(name), "{text}");
        }
        assert!(recognise("syntax error at or near \"SELEC\"").is_empty());
    }

    #[test]
    fn one_error_has_one_cause_and_several_have_several() {
        let names = |text: &str| recognise(text).iter().map(|said| said.name).collect::<Vec<_>>();
        let python = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ";
        let host = format!("{python}Hostname mismatch, certificate is not valid for 'localhost'. (_ssl.c:1006)");
        assert_eq!(names(&host), ["the host is not in the server's certificate"]);
        assert_eq!(names(&format!("{python}certificate has expired")), ["the server's certificate has expired"]);
        assert_eq!(
            names(&format!("{python}unable to get local issuer certificate")),
            ["the server's CA is not trusted"]
        );
        let both = "connection to server at \"h\" failed: SSL error: certificate verify failed connection to server at \
                    \"h\" failed: FATAL: no pg_hba.conf entry for host \"h\", no encryption";
        assert_eq!(names(both), ["the server's CA is not trusted", "the client did not use TLS"]);
    }

    #[test]
    fn every_pattern_is_in_lower_case() {
        for said in CATALOGUE {
            assert!(said.patterns.iter().all(|pattern| *pattern == pattern.to_lowercase()), "{}", said.name);
            assert!(!said.mend.is_empty() && !said.cause.ends_with('.'), "{}", said.name);
        }
    }
}
