import psycopg
import psycopg2
from sqlalchemy import create_engine

URL = "postgresql://shop:hunter2@db.internal/shop"
DSN = "host=db.internal dbname=shop user=shop"
ARGS = {"connect_timeout": 5}
DATABASE = {
    "host": "db.internal",
    "dbname": "shop",  # the one and only
}
WEAK = dict(host="db.internal", sslmode="prefer")
SHARED = {"host": "db.internal"}
LOCAL = {"dbname": "shop"}

engine = create_engine(URL, pool_pre_ping=True)
reports = create_engine("postgresql://reports@db.internal/reports", connect_args=ARGS)
again = create_engine(URL, echo=True)


def read():
    psycopg.connect(DSN)
    psycopg2.connect(**DATABASE)
    psycopg2.connect(connect_timeout=5, **DATABASE)
    psycopg2.connect(sslrootcert="/c/ca.pem", **WEAK)
    psycopg2.connect(**LOCAL)
    print(SHARED)
    return psycopg2.connect(**SHARED)
