import psycopg2

connection = psycopg2.connect(f"host={HOST} dbname=shop")
