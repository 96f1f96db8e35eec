import pg8000.native
from pg8000.dbapi import connect

one = connect(user="shop", host="db.internal", database="shop")
two = pg8000.native.Connection("shop", host="db.internal", ssl_context=True)
three = pg8000.native.Connection("shop")
