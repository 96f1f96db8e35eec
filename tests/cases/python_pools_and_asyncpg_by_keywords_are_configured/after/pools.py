import psycopg2.pool
from psycopg2 import pool
from psycopg2.pool import ThreadedConnectionPool

first = pool.SimpleConnectionPool(1, 10, user="shop", host="db.internal", sslmode="require", sslrootcert="/etc/certs/server-ca.pem", sslcert="/etc/certs/client-cert.pem", sslkey="/etc/certs/client-key.pem")
second = psycopg2.pool.ThreadedConnectionPool(1, 10, "host=db.internal dbname=shop sslmode=require sslrootcert=/etc/certs/server-ca.pem sslcert=/etc/certs/client-cert.pem sslkey=/etc/certs/client-key.pem")
third = ThreadedConnectionPool(minconn=1, maxconn=10, dsn="postgresql://shop@db.internal/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem")
fourth = ThreadedConnectionPool(1, 10, dbname="shop")
