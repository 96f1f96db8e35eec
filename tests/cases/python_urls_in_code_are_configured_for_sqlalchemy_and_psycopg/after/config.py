class Config:
    SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://shop:hunter2@db.internal/shop?application_name=shop&sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem"  # write
    SQLALCHEMY_ECHO = False


class Testing(Config):
    SQLALCHEMY_DATABASE_URI = "sqlite://"
