import psycopg2

URL = 'postgresql://shop@db.internal/shop'
print URL
