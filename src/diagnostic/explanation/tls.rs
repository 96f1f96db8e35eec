//! What the findings of `migrate doctor` mean.

use super::{Explanation, explained};

pub(super) const KEY_MODE: Explanation = explained(
    "others can read a private key",
    "libpq refuses a key that its group or others may read: mode 0600 or less, or 0640 where root owns it. \
     Copies, git and image builds lose the mode. Whoever reads the key can take the place of its owner.",
    &["`chmod 600 FILE`", "in Kubernetes: `defaultMode: 0440` with `fsGroup`"],
);

pub(super) const UNCHECKED: Explanation = explained(
    "a connection does not check who the server is",
    "`require` means encryption: libpq looks at the CA only where a CA file is found, and never at the name, and \
     pgjdbc looks at neither. Whoever can answer in the server's place gets the password and the data.",
    &[
        "write `sslmode=verify-full` with `sslrootcert`",
        "a database of the same machine or compose file may do without: leave the file out with `--except`",
    ],
);

pub(super) const KEY_MISMATCH: Explanation = explained(
    "a key is not that of its certificate",
    "The public key in the certificate is not the one of the private key, so no handshake works: `key values \
     mismatch`. Mostly one of the two was renewed and the other one kept.",
    &["put the pair together again", "those of `migrate certs dev`: move the key away, then `migrate certs renew`"],
);

pub(super) const OBJECT_DROPPED: Explanation = explained(
    "a URL with TLS settings drops the `ssl` object beside it",
    "node-postgres builds `ssl` anew from a URL that has `sslmode`, `sslcert`, `sslkey` or `sslrootcert`, and so \
     loses the CA of the object. With `sslmode=disable` the connection is not encrypted, and no error says so.",
    &[
        "keep the object, and take the settings out of the URL",
        "or keep the URL with all four settings, and remove `ssl`",
    ],
);

pub(super) const ENDS_SOON: Explanation = explained(
    "a certificate ends soon",
    "It has fewer than 30 days left. On the last day every new connection fails at once.",
    &["renew it: for development `migrate certs renew`", "start again what reads it only once"],
);

pub(super) const ONE_MACHINE: Explanation = explained(
    "a path works on one machine only",
    "It starts in somebody's home folder. Everywhere else the file is missing; libpq with `require` then \
     connects without checking the server.",
    &["use a path that all machines have, such as `/etc/NAME/certs`", "or read it from a variable"],
);

pub(super) const TLS_FILE_MISSING: Explanation = explained(
    "a certificate or key is not where a setting says",
    "libpq sends no client certificate where the file is missing, and with `require` does not check the server \
     where the CA is missing, without a word. Outside of the repository this is a warning, since the file may be \
     on another machine.",
    &["put the file there, or mend the path", "run `migrate doctor` where the application runs, too"],
);

pub(super) const TLS_FILE_UNREADABLE: Explanation = explained(
    "a certificate or key can not be read",
    "It is a folder, a pipe or a device, larger than 1 MiB, or not readable for this user. Nothing but a regular \
     file is opened.",
    &["put a regular file there", "run `migrate doctor` as the user that runs the application"],
);

pub(super) const NOT_PEM: Explanation = explained(
    "a file is no certificate or key that its reader takes",
    "It is empty, damaged, something else, or in the other of the two forms: libpq and node read certificates as \
     PEM, pgjdbc reads a key as PKCS#8 DER or PKCS#12.",
    &["see what it is: `migrate certs show FILE`", "put the right file there, or convert it as the message says"],
);

pub(super) const SWAPPED: Explanation = explained(
    "a key stands where a certificate belongs, or the other way round",
    "The file is fine, but not in this place. Drivers say `no start line`.",
    &["exchange the two paths"],
);

pub(super) const ENCRYPTED_KEY: Explanation = explained(
    "a key needs a passphrase that nothing gives",
    "libpq asks for it at the terminal, where a service waits for ever.",
    &["give it: `sslpassword`, or `passphrase` in node", "or keep the key without one, with mode 0600"],
);

pub(super) const EXPIRED: Explanation = explained(
    "a certificate has expired",
    "Its last day is over, so the other side refuses it. libpq says only `certificate verify failed`.",
    &["renew it: for development `migrate certs renew`"],
);

pub(super) const NOT_YET_VALID: Explanation = explained(
    "a certificate is not valid yet",
    "Its first day is still to come, or the clock of this machine is behind.",
    &["look at the clock: `date -u`", "have it made anew where the clock was wrong"],
);

pub(super) const OTHER_CA: Explanation = explained(
    "a certificate is not signed by the CA beside it",
    "No chain of names and signatures leads to the CA file. For a server's certificate this is an error: no \
     client that checks will connect. For a client's it is a warning, since a server may know its clients by \
     another CA.",
    &["name the CA that signed it", "or sign the certificate with this CA"],
);

pub(super) const NOT_A_CA: Explanation = explained(
    "a CA file holds no certificate of a CA",
    "The certificate says that it signs nobody, or is signed by somebody else. OpenSSL takes no chain that ends \
     there.",
    &["name the certificate of the CA that signed the server's"],
);

pub(super) const WRONG_USAGE: Explanation = explained(
    "a certificate is not made for this use",
    "Its extended key usage names other uses: a client needs `clientAuth`, a server `serverAuth`. The server \
     answers `alert unsupported certificate`.",
    &["make it anew with the right use: `migrate certs dev`"],
);

pub(super) const HOST_NOT_COVERED: Explanation = explained(
    "a server's certificate is not for the host that is dialled",
    "node-postgres always compares the two, libpq only with `verify-full`: so one application works and the \
     other does not. An address is compared with the addresses of the certificate, not with its names.",
    &["dial a name that the certificate has", "or make it anew with this one: `migrate certs dev --host NAME`"],
);

pub(super) const COMMON_NAME_ONLY: Explanation = explained(
    "a server's certificate has its host as the common name only",
    "libpq and node take that; Go and rustls read only the alternative names.",
    &["make it anew with a subjectAltName: `migrate certs dev --host NAME`"],
);

pub(super) const VERSION_1: Explanation = explained(
    "a certificate is of X.509 version 1",
    "`openssl x509 -req` makes such ones where it is given no extensions. libpq and node take them; rustls, and \
     so Deno and many Rust programs, do not.",
    &["make it with extensions: `openssl x509 -req -extfile FILE`", "for development: `migrate certs dev`"],
);

pub(super) const WEAK_CERTIFICATE: Explanation = explained(
    "a certificate is too weak for today's programs",
    "It is signed with SHA-1, or has an RSA key of less than 2048 bits. Current OpenSSL refuses both at its \
     usual level.",
    &["make it anew with an elliptic key, or RSA of 2048 bits and more"],
);

pub(super) const KEY_IN_GIT: Explanation = explained(
    "a private key is in git, or about to be",
    "Whoever has a clone has the key, also after it was deleted: the history keeps it.",
    &[
        "not in a commit yet: add its line to `.gitignore`",
        "committed: `git rm --cached FILE`, and replace the pair, since the old key is known",
    ],
);

pub(super) const UNVERIFIED: Explanation = explained(
    "a client is told to take every server",
    "`rejectUnauthorized: false` encrypts for whoever answers, also an impostor. It is often copied to get rid \
     of a message that only lacks the CA. The same are `sslmode=no-verify`, `NonValidatingFactory` of pgjdbc, \
     `Trust Server Certificate=true` of Npgsql, `sslaccept=accept_invalid_certs` of Prisma and `ssl.CERT_NONE` of Python.",
    &["remove it, and give the CA: `ca: readFileSync('/etc/NAME/certs/server-ca.pem', 'utf8')`"],
);

pub(super) const NODE_UNVERIFIED: Explanation = explained(
    "all of node is told to take every server",
    "`NODE_TLS_REJECT_UNAUTHORIZED=0` turns the check off for each connection of the process, not only the \
     database's.",
    &["remove it", "for a CA of your own: `NODE_EXTRA_CA_CERTS=/path/ca.pem`"],
);

pub(super) const RELATIVE_PATH: Explanation = explained(
    "a path depends on where the program was started",
    "Drivers resolve it from the working folder. From another one the file is missing; libpq with `require` then \
     connects without checking the server.",
    &["write an absolute path"],
);

pub(super) const TILDE_PATH: Explanation = explained(
    "a path with `~` or a variable leads nowhere",
    "Only shells expand `~`, and nothing expands `$HOME` in a service file. libpq looks for a folder of that name: it \
     sends no certificate and checks no CA, without a word.",
    &["write an absolute path"],
);

pub(super) const NOT_STRICT: Explanation = explained(
    "a certificate lacks what strict programs ask for",
    "A CA has no key usage, as `openssl req -x509` makes it without extensions, or a certificate does not name the key \
     of its issuer. Python 3.13 and other strict programs take neither.",
    &[
        "a CA: make it with `keyUsage = critical, keyCertSign, cRLSign`",
        "what it signs: `authorityKeyIdentifier = keyid`",
        "for development: `migrate certs dev`",
    ],
);

pub(super) const OPEN_FOLDER: Explanation = explained(
    "anybody can replace a private key",
    "The folder may be written by all users, so a key that nobody may read can still be exchanged.",
    &["take the right to write from others: `chmod o-w FOLDER`"],
);

pub(super) const BAD_MODE: Explanation = explained(
    "an sslmode that does not exist",
    "libpq refuses to connect: `invalid sslmode value`. node-postgres takes any other word for full \
     verification.",
    &["write one of disable, allow, prefer, require, verify-ca, verify-full"],
);

pub(super) const SERVER_WITHOUT_TLS: Explanation = explained(
    "the server has no TLS",
    "It answered `N` to the question for TLS: it runs with `ssl = off`, or a proxy without TLS stands before it. The \
     files of the client have no part in it.",
    &[
        "on the server: `ssl = on`, `ssl_cert_file` and `ssl_key_file` in postgresql.conf, then reload",
        "is it PgBouncer? `client_tls_sslmode` in pgbouncer.ini",
    ],
);

pub(super) const NO_HANDSHAKE: Explanation = explained(
    "no TLS connection came about",
    "Nothing answered within five seconds, or what answered is no PostgreSQL server, or it went away before the \
     handshake was over. The message says which.",
    &["check host, port and firewall", "read the log of the server at that time"],
);

pub(super) const SETTING_IGNORED: Explanation = explained(
    "a TLS setting that its reader ignores",
    "The words are right, and stand where another program reads them: node-postgres wants an `ssl` object, Knex and \
     Sequelize have a place for it below `connection` and `dialectOptions`, TypeORM has none there, Django reads \
     `OPTIONS`. Most of them then connect without TLS, and no error says so.",
    &[
        "write it where the message says",
        "see that it works: `SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`",
    ],
);

pub(super) const SETTING_REFUSED: Explanation = explained(
    "a TLS setting that its reader refuses",
    "The first connection fails, or the program ends: node-postgres takes no word for `ssl`, psycopg no object, asyncpg \
     and pg8000 none of the names of libpq, SQLAlchemy no `postgres://`.",
    &["write it in the form of this driver, as the message says"],
);

pub(super) const PATH_FOR_CONTENT: Explanation = explained(
    "a path where the content of the file is wanted",
    "`ca`, `cert` and `key` of node are the certificates and the key themselves. With a path the driver says `no start \
     line`.",
    &["read the file: `ca: readFileSync('/etc/NAME/certs/server-ca.pem', 'utf8')`"],
);

pub(super) const NEXT_MAJOR: Explanation = explained(
    "a URL that the next version of its driver checks less",
    "node-postgres 8 takes `prefer`, `require` and `verify-ca` in a URL for `verify-full`. Version 9 gives them the meaning \
     of libpq: an update then stops checking the server, and no error says so.",
    &["write `sslmode=verify-full`, which means the same in both"],
);

pub(super) const OTHER_ROLE: Explanation = explained(
    "a client's certificate is for another role",
    "Its common name is not the role that the connection is made as, and a pg_hba.conf here asks for it (`cert`, or \
     `clientcert=verify-full`, without a map), or `POSTGRES_HOST_AUTH_METHOD=cert` does: the server refuses the login.",
    &["make it anew for the role: `migrate certs dev --role ROLE`", "or map the names in pg_ident.conf on the server"],
);

pub(super) const KEY_COPIED: Explanation = explained(
    "a private key was copied into what a build made",
    "A bundler copies the files that it sees in the code. What it makes is uploaded, cached and put into images, and the \
     key with it.",
    &[
        "name the file by an absolute path, which bundlers leave alone",
        "remove the copy, build anew, and replace the pair",
    ],
);

pub(super) const UNEVEN: Explanation = explained(
    "connections to one server are not checked alike",
    "One of them checks less than another one to the same server, or trusts another CA. The weakest one decides what an \
     impostor can get.",
    &["write the same `sslmode` and the same CA for all"],
);

pub(super) const NO_KEY: Explanation = explained(
    "a client's certificate without its key",
    "libpq then looks for the key in `~/.postgresql/postgresql.key`, and refuses to connect where there is none: \
     `certificate present, but not private key file`.",
    &["name the key: `sslkey`, or `key` in node"],
);

pub(super) const NO_CA: Explanation = explained(
    "a server is to be checked, and no CA is named",
    "libpq and pgjdbc then look for `~/.postgresql/root.crt` of whoever runs the program, and refuse to connect where there \
     is none.",
    &["name the CA: `sslrootcert`", "for a server with a public certificate: `sslrootcert=system`, from libpq 16"],
);

pub(super) const CLIENT_REFUSED: Explanation = explained(
    "the server refuses the client's certificate",
    "TLS itself works. The server does not know the CA that signed the certificate, or it has expired, or is not made for \
     clients. With TLS 1.3 a driver sees this only at its first question.",
    &[
        "give the server the CA: `ssl_ca_file` in postgresql.conf, then reload",
        "see the certificate: `migrate certs show FILE`",
    ],
);

pub(super) const LOGIN_REFUSED: Explanation = explained(
    "the server lets this role in from here in no way",
    "TLS works, and then the server answers with an error before it asks for a password: no line of pg_hba.conf fits, or a \
     client's certificate is missing, or the role or the database does not exist.",
    &["read the line of pg_hba.conf that fits this address, role and database", "another role: `--role`, `--database`"],
);
