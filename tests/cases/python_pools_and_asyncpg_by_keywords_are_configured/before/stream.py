import asyncpg

OPTIONS = {"host": "db.internal", "database": "shop"}


async def listen(settings, context):
    await asyncpg.connect(host="db.internal", database="shop")
    await asyncpg.create_pool(
        user="shop",
        host="db.internal",
    )
    await asyncpg.connect(**OPTIONS)
    await asyncpg.connect(dsn="postgresql://?sslmode=prefer", host="db.internal")
    await asyncpg.connect(host="db.internal", ssl="require")
    await asyncpg.connect(host="/run/postgresql")
    await asyncpg.connect(host="db.internal", **settings)
