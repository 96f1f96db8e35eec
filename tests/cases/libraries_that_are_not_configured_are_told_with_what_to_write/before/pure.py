import pg8000.dbapi

connection = pg8000.dbapi.connect(user="shop", host="db.internal", database="shop")
