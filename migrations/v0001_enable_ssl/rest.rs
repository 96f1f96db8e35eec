//! Everything else that names PostgreSQL: no file that was looked at stays without a word.

use crate::migration::Repository;

/// A library whose connections this migration does not configure.
struct Library {
    /// How code names it.
    words: &'static [&'static str],
    name: &'static str,
    /// What a person writes.
    write: &'static str,
}

const OBJECT: &str = "give it an `ssl` object with `ca`, `cert` and `key`";
const KEYWORDS: &str = "give the call `sslmode`, `sslrootcert`, `sslcert` and `sslkey`";

const LIBRARIES: [Library; 13] = [
    Library { words: &["knex"], name: "Knex", write: "write `connection: { ... }`, and `ssl` is put in" },
    Library {
        words: &["sequelize"],
        name: "Sequelize",
        write: "write `dialectOptions: { ... }` beside `dialect: 'postgres'`, and `ssl` is put in",
    },
    Library {
        words: &["typeorm"],
        name: "TypeORM",
        write: "write `type: 'postgres'` into an object for `new DataSource`, and `ssl` is put in",
    },
    Library { words: &["drizzle-orm"], name: "Drizzle", write: "write `connection: { ... }`, and `ssl` is put in" },
    Library { words: &["kysely"], name: "Kysely", write: "write `new Pool({ ... })`, and `ssl` is put in" },
    Library { words: &["from 'postgres'", "from \"postgres\""], name: "postgres.js", write: OBJECT },
    Library { words: &["slonik"], name: "Slonik", write: OBJECT },
    Library {
        words: &["@prisma/adapter-pg"],
        name: "Prisma",
        write: "write `new PrismaPg({ ... })`, and `ssl` is put in",
    },
    Library {
        words: &["create_async_engine(", "postgresql+asyncpg"],
        name: "SQLAlchemy with asyncpg",
        write: "give the engine `connect_args={'ssl': context}` with an SSL context",
    },
    Library {
        words: &["pg8000"],
        name: "pg8000",
        write: "give the call `ssl_context=` with an SSL context that loads the certificates",
    },
    Library {
        words: &["create_engine("],
        name: "SQLAlchemy",
        write: "write the URL as one plain string, and it is configured, or write `connect_args={'sslmode': ..., 'sslrootcert': ..., 'sslcert': ..., 'sslkey': ...}`",
    },
    Library {
        words: &["psycopg.connect(", "psycopg2.connect(", "psycopg_pool", "ConnectionPool("],
        name: "psycopg",
        write: KEYWORDS,
    },
    Library {
        words: &["asyncpg.connect(", "asyncpg.create_pool("],
        name: "asyncpg",
        write: "write the four settings into its URL, or give the call `ssl=` with an SSL context",
    },
];

pub(super) fn apply(repository: &mut Repository<'_, '_>) {
    for path in repository.files() {
        if repository.is_settled(&path) {
            continue;
        }
        let Some(text) = repository.text(&path) else { continue };
        let names_postgres = text.to_ascii_lowercase().contains("postg");
        let is_code = [".py", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx"]
            .iter()
            .any(|ending| path.file_name().ends_with(ending));
        // A driver of PostgreSQL need not name it.
        let is_driver = is_code && ["pg8000", "psycopg", "asyncpg"].iter().any(|driver| text.contains(driver));
        if !names_postgres && !is_driver {
            continue;
        }
        if path.file_name() == "postgrest.conf" {
            let reason =
                "PostgREST hands `db-uri` to libpq: write `sslmode`, `sslrootcert`, `sslcert` and `sslkey` into it";
            repository.needs_a_person(&path, reason);
            continue;
        }
        match LIBRARIES.iter().find(|library| library.words.iter().any(|word| text.contains(word))) {
            Some(Library { name, write, .. }) => {
                repository.needs_a_person(
                    &path,
                    format!("uses {name} with PostgreSQL, which this migration does not configure here: {write}"),
                );
            }
            None if names_postgres => {
                repository.skip(&path, "names PostgreSQL, but holds no connection that this migration knows");
            }
            None => {}
        }
    }
}
