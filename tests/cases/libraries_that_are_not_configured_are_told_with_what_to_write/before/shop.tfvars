database_url = "postgres://shop@db.internal/shop"
