//! What hands settings to node-postgres, or is a driver of its own: where `ssl` goes, and when it is read.

/// One library that opens PostgreSQL connections in JavaScript.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Library {
    /// What reads the settings, as the plan says it.
    pub consumer: &'static str,
    /// Where it stands, for the documentation.
    pub place: &'static str,
    /// The setting that says which database it is, where one has to.
    pub kind: Option<&'static str>,
    /// The map below the settings that holds `ssl`; empty where they hold it themselves.
    pub within: &'static str,
    pub form: Form,
    pub url: UrlRule,
    /// What a reviewer has to know.
    pub note: Option<&'static str>,
}

/// How `ssl` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// An object whose `secureContext` is read for every new connection.
    Context,
    /// A getter of the contents, for libraries that copy their settings deeply when they are made: a copied
    /// `secureContext` ends the process.
    Getter,
}

/// What TLS settings in a URL do beside an `ssl` object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum UrlRule {
    /// They take its place.
    Replace,
    /// The object wins; what names files is handed to the server, which refuses it.
    Hand,
}

const ONCE: &str = "the certificates are read when the pool is made: restart the application after a rotation";

pub(in super::super) static PG: Library = Library {
    consumer: "node-postgres",
    place: "the object of `new Pool` and `new Client`; so Kysely, too",
    kind: None,
    within: "",
    form: Form::Context,
    url: UrlRule::Replace,
    note: None,
};

pub(in super::super) static PRISMA: Library =
    Library { consumer: "node-postgres, through Prisma's adapter", place: "the object of `new PrismaPg`", ..PG };

pub(in super::super) static TYPEORM: Library = Library {
    consumer: "node-postgres, through TypeORM",
    place: "`new DataSource` with `type: 'postgres'`, also of NestJS's `TypeOrmModule.forRoot()`, and in `ormconfig.js`",
    kind: Some("type"),
    ..PG
};

pub(in super::super) static DRIZZLE: Library =
    Library { consumer: "node-postgres, through Drizzle", place: "`connection` in `drizzle()`", ..PG };

pub(in super::super) static DRIZZLE_KIT: Library =
    Library { consumer: "Drizzle Kit", place: "`dbCredentials` with a `host` in `drizzle.config.*`", ..PG };

pub(in super::super) static KNEX: Library = Library {
    consumer: "node-postgres, through Knex",
    place: "`connection` in `knexfile.*`, for each environment, and in `knex()`",
    form: Form::Getter,
    note: Some(ONCE),
    ..PG
};

pub(in super::super) static SEQUELIZE: Library = Library {
    consumer: "node-postgres, through Sequelize",
    place: "`dialectOptions` of `new Sequelize`, of NestJS's `SequelizeModule.forRoot()`, and of each environment in \
            `config/config.js`",
    within: "dialectOptions",
    form: Form::Getter,
    note: Some(ONCE),
    ..PG
};

pub(in super::super) static POSTGRES_JS: Library = Library {
    consumer: "postgres.js",
    place: "the object of `postgres()`, and `connection` in Drizzle's `drizzle()` for it",
    url: UrlRule::Hand,
    ..PG
};

pub(in super::super) static POSTGRES_JS_DRIZZLE: Library =
    Library { consumer: "postgres.js, through Drizzle", ..POSTGRES_JS };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_library() {
        let page = include_str!("../../../docs/tls.md");
        for library in [&PG, &PRISMA, &TYPEORM, &DRIZZLE, &DRIZZLE_KIT, &KNEX, &SEQUELIZE, &POSTGRES_JS] {
            let how = match library.form {
                Form::Context => "`ssl` with `ca`, `cert`, `key`, read for every connection",
                Form::Getter => "`ssl` with `ca`, `cert`, `key`, read when the pool is made",
            };
            let row = format!("| {} | {} | {how} | checks CA and host name |", library.consumer, library.place);
            assert!(page.contains(&row), "docs/tls.md has no row\n{row}");
        }
    }
}
