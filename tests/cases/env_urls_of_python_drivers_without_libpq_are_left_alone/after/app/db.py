import os

from sqlalchemy.ext.asyncio import create_async_engine

url = os.environ["ASYNC_URL"].replace("postgresql://", "postgresql+asyncpg://")
engine = create_async_engine(url)
