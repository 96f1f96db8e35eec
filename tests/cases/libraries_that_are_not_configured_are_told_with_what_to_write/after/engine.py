from sqlalchemy import create_engine

engine = create_engine("postgresql://shop@db.internal/shop", pool_pre_ping=True)
