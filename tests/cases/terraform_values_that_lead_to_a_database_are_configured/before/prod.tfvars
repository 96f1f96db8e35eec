database_url = "postgres://shop@db.prod/shop"
api_url      = "postgres://api@db.prod/shop"
db_password  = "hunter2"
