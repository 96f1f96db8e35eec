from sqlalchemy import create_engine

URL = 'postgresql://shop@db.internal/shop'
engine = create_engine(URL, connect_args={'sslmode': 'require'})
