import sqlalchemy as sa
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine as make

engine = create_engine("postgresql+psycopg2://shop:hunter2@db.internal/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem", pool_pre_ping=True)
reports = sa.create_engine(
    url='postgresql://reports@db.internal/reports?sslmode=prefer',
    connect_args={
        'connect_timeout': 5,  # seconds
        'sslmode': "require",
        'sslrootcert': "/etc/certs/server-ca.pem",
        'sslcert': "/etc/certs/client-cert.pem",
        'sslkey': "/etc/certs/client-key.pem",
    },
)
events = make("postgresql+psycopg://events@db.internal/events", connect_args={"sslmode": "verify-full", "sslrootcert": "/etc/certs/server-ca.pem", "sslcert": "/etc/certs/client-cert.pem", "sslkey": "/etc/certs/client-key.pem"})
stream = make("postgresql+asyncpg://events@db.internal/events")
bare = make("postgresql://events@db.internal/events")
local = create_engine("sqlite:///local.db")
own = create_engine("postgresql://own@db.internal/own", connect_args=arguments())
made = create_engine("postgresql://", creator=connect)
