APPS = ["core"]
APPS.append("debug")

POOL = int(env("POOL", default="5"))

engine = create_engine("postgresql://shop@localhost/shop", echo=True)


def connect_all():
    psycopg.connect("host=one dbname=shop")
    psycopg.connect("host=two dbname=shop")
