import psycopg2.pool
from psycopg2 import pool
from psycopg2.pool import ThreadedConnectionPool

first = pool.SimpleConnectionPool(1, 10, user="shop", host="db.internal")
second = psycopg2.pool.ThreadedConnectionPool(1, 10, "host=db.internal dbname=shop")
third = ThreadedConnectionPool(minconn=1, maxconn=10, dsn="postgresql://shop@db.internal/shop")
fourth = ThreadedConnectionPool(1, 10, dbname="shop")
