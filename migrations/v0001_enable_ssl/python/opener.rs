//! The functions of Python that open a connection, and how each takes its settings: one line a function.

/// A function that opens connections.
#[derive(PartialEq, Eq)]
pub(super) struct Opener {
    /// With their modules.
    pub names: &'static [&'static str],
    /// Who reads the settings, as the plan says it.
    pub reader: &'static str,
    /// The number and the name of the argument that says where the connection leads.
    pub address: (usize, &'static str),
    pub takes: Takes,
}

/// Where settings beside the address stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// In a dict, which overrules the address.
    Dict(&'static str),
    /// Among the arguments, which overrule the address.
    Arguments,
    /// Nowhere: a URL holds them, and may hold nothing else.
    Url,
    /// Not at all: an SSL context does, in the argument of this name.
    Context(&'static str),
}

pub(super) const ASYNC_ENGINE: &str = "sqlalchemy.ext.asyncio.create_async_engine";

pub(super) static OPENERS: [Opener; 8] = [
    Opener {
        names: &["sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlmodel.create_engine"],
        reader: "libpq, through SQLAlchemy",
        address: (1, "url"),
        takes: Takes::Dict("connect_args"),
    },
    Opener {
        names: &[ASYNC_ENGINE, "sqlalchemy.ext.asyncio.engine.create_async_engine"],
        reader: "libpq, through SQLAlchemy",
        address: (1, "url"),
        takes: Takes::Dict("connect_args"),
    },
    Opener {
        names: &["psycopg.connect", "psycopg.Connection.connect", "psycopg.AsyncConnection.connect"],
        reader: "libpq, through psycopg",
        address: (1, "conninfo"),
        takes: Takes::Arguments,
    },
    Opener {
        names: &["psycopg2.connect"],
        reader: "libpq, through psycopg2",
        address: (1, "dsn"),
        takes: Takes::Arguments,
    },
    // The first two say how many connections there are.
    Opener {
        names: &[
            "psycopg2.pool.SimpleConnectionPool",
            "psycopg2.pool.ThreadedConnectionPool",
            "psycopg2.pool.PersistentConnectionPool",
        ],
        reader: "libpq, through psycopg2",
        address: (3, "dsn"),
        takes: Takes::Arguments,
    },
    Opener {
        names: &[
            "psycopg_pool.ConnectionPool",
            "psycopg_pool.AsyncConnectionPool",
            "psycopg_pool.NullConnectionPool",
            "psycopg_pool.AsyncNullConnectionPool",
        ],
        reader: "libpq, through psycopg",
        address: (1, "conninfo"),
        takes: Takes::Dict("kwargs"),
    },
    Opener {
        names: &["asyncpg.connect", "asyncpg.create_pool"],
        reader: "asyncpg",
        address: (1, "dsn"),
        takes: Takes::Url,
    },
    Opener {
        names: &["pg8000.connect", "pg8000.dbapi.connect", "pg8000.legacy.connect", "pg8000.native.Connection"],
        reader: "pg8000",
        address: (0, ""),
        takes: Takes::Context("ssl_context"),
    },
];
