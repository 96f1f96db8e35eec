import sqlalchemy as sa
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine as make

engine = create_engine("postgresql+psycopg2://shop:hunter2@db.internal/shop", pool_pre_ping=True)
reports = sa.create_engine(
    url='postgresql://reports@db.internal/reports?sslmode=prefer',
    connect_args={
        'connect_timeout': 5,  # seconds
    },
)
events = make("postgresql+psycopg://events@db.internal/events", connect_args={"sslmode": "verify-full"})
stream = make("postgresql+asyncpg://events@db.internal/events")
bare = make("postgresql://events@db.internal/events")
local = create_engine("sqlite:///local.db")
own = create_engine("postgresql://own@db.internal/own", connect_args=arguments())
made = create_engine("postgresql://", creator=connect)
