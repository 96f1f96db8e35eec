class Config:
    SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://shop:hunter2@db.internal/shop?application_name=shop"  # write
    SQLALCHEMY_ECHO = False


class Testing(Config):
    SQLALCHEMY_DATABASE_URI = "sqlite://"
