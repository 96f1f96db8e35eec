import os

import asyncpg
import psycopg
import psycopg2
import psycopg2 as pg
from psycopg_pool import ConnectionPool


def read():
    with psycopg.connect("host=db.internal dbname=shop user=shop sslmode=require sslrootcert=/etc/certs/server-ca.pem sslcert=/etc/certs/client-cert.pem sslkey=/etc/certs/client-key.pem") as connection:
        return connection.execute("select 1")


def write():
    return psycopg2.connect(
        host=os.environ["DB_HOST"],
        dbname="shop",
        password=os.environ["DB_PASSWORD"],  # from the vault
        sslmode="require",
        sslrootcert="/etc/certs/server-ca.pem",
        sslcert="/etc/certs/client-cert.pem",
        sslkey="/etc/certs/client-key.pem"
    )


def more(settings):
    pg.connect(host="db.internal", dbname="shop", sslmode="require", sslrootcert="/etc/certs/server-ca.pem", sslcert="/etc/certs/client-cert.pem", sslkey="/etc/certs/client-key.pem")
    pg.connect("postgresql://shop@db.internal/shop", sslrootcert="/etc/own/ca.pem", sslmode="require", sslcert="/etc/certs/client-cert.pem", sslkey="/etc/certs/client-key.pem")
    pg.connect(host="db.internal", **settings)
    pg.connect(dbname="shop")
    pg.connect(host="/run/postgresql", dbname="shop")
    pg.connect("dbname=shop")
    pg.connect("dbname=shop", host="db.internal", sslmode="require", sslrootcert="/etc/certs/server-ca.pem", sslcert="/etc/certs/client-cert.pem", sslkey="/etc/certs/client-key.pem")
    pg.connect(os.environ["DATABASE_URL"])
    return sqlite3.connect("shop.db")


pool = ConnectionPool("postgresql://shop@db.internal/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem", min_size=1)
handed = ConnectionPool(conninfo="postgresql://shop@db.internal/shop", kwargs={"autocommit": True, "sslmode": "require", "sslrootcert": "/etc/certs/server-ca.pem", "sslcert": "/etc/certs/client-cert.pem", "sslkey": "/etc/certs/client-key.pem"})


async def listen():
    await asyncpg.connect("postgresql://shop@db.internal/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem")
    await asyncpg.create_pool(host="db.internal", database="shop", dsn="postgresql://?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem")
    await asyncpg.create_pool(dsn="postgresql://other@db.internal/shop", ssl=context)
