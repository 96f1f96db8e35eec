from sqlalchemy.ext.asyncio import create_async_engine

URL = 'postgresql+asyncpg://shop@db.internal/shop'
engine = create_async_engine(URL)
