import asyncpg

OPTIONS = {"host": "db.internal", "database": "shop", "dsn": "postgresql://?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem"}


async def listen(settings, context):
    await asyncpg.connect(host="db.internal", database="shop", dsn="postgresql://?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem")
    await asyncpg.create_pool(
        user="shop",
        host="db.internal",
        dsn="postgresql://?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem",
    )
    await asyncpg.connect(**OPTIONS)
    await asyncpg.connect(dsn="postgresql://?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem", host="db.internal")
    await asyncpg.connect(host="db.internal", ssl="require")
    await asyncpg.connect(host="/run/postgresql")
    await asyncpg.connect(host="db.internal", **settings)
