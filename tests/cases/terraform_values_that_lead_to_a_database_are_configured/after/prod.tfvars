database_url = "postgres://shop@db.prod/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem"
api_url      = "postgres://api@db.prod/shop"
db_password  = "hunter2"
