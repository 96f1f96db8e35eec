import knex, { Knex } from "knex";

const settings: Knex.Config = {
	client: "pg",
	connection: {
		host: "db.internal",
		database: "jobs",
	},
};

// The pool of PostgreSQL.
export const db = knex({ client: "pg", connection: { host: "db.internal", get ssl() { return { ca: load() }; } } });
export const lite = knex({ client: "sqlite3", connection: { filename: ":memory:" } });
export default settings;
