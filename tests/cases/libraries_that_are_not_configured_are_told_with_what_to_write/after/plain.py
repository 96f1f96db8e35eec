import psycopg2

connection = psycopg2.connect(host="db.internal", dbname="shop")
