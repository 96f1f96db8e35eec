//! Everything else that names PostgreSQL: no file that was looked at stays without a word.

use crate::migration::Repository;

/// Libraries whose connections this migration does not configure, by how code names them.
const LIBRARIES: [(&str, &str); 16] = [
    ("knex", "Knex"),
    ("sequelize", "Sequelize"),
    ("typeorm", "TypeORM"),
    ("drizzle-orm", "Drizzle"),
    ("kysely", "Kysely"),
    ("from 'postgres'", "postgres.js"),
    ("from \"postgres\"", "postgres.js"),
    ("slonik", "Slonik"),
    ("@prisma/adapter-pg", "Prisma"),
    ("create_engine(", "SQLAlchemy"),
    ("create_async_engine(", "SQLAlchemy"),
    ("psycopg.connect(", "psycopg"),
    ("psycopg2.connect(", "psycopg2"),
    ("asyncpg.connect(", "asyncpg"),
    ("asyncpg.create_pool(", "asyncpg"),
    ("pg8000", "pg8000"),
];

pub(super) fn apply(repository: &mut Repository<'_, '_>) {
    for path in repository.files() {
        if repository.is_settled(&path) {
            continue;
        }
        let Some(text) = repository.text(&path) else { continue };
        if !text.to_ascii_lowercase().contains("postg") {
            continue;
        }
        match LIBRARIES.iter().find(|(word, _)| text.contains(word)) {
            Some((_, library)) => {
                repository.needs_a_person(
                    &path,
                    format!("uses {library} with PostgreSQL, which this migration does not configure"),
                );
            }
            None => repository.skip(&path, "names PostgreSQL, but holds no connection that this migration knows"),
        }
    }
}
