from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

URL = "postgresql://shop@db.internal/shop"
REPORTS = "postgresql://reports@db.internal/reports?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem"

engine = create_engine(URL)
fast = create_async_engine(URL.replace("postgresql://", "postgresql+asyncpg://"))
reports = create_engine(REPORTS)
