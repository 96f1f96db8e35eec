import asyncpg

URL = "postgresql://shop@db.internal/shop"


async def connect():
    return await asyncpg.connect(host="db.internal", database="shop")
