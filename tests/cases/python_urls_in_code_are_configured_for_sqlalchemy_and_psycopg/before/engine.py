from sqlalchemy import create_engine

URL = 'postgresql://shop@db.internal/shop'
SOCKET = 'postgresql:///shop'
engine = create_engine(URL)
