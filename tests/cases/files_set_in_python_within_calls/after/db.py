APPS = ["core", "shop"]
APPS.append("debug")

POOL = 5

engine = create_engine("postgresql://shop@db.internal/shop", echo=False)


def connect_all():
    psycopg.connect("host=one dbname=shop", connect_timeout=5)
    psycopg.connect("host=other dbname=shop", connect_timeout=5)
