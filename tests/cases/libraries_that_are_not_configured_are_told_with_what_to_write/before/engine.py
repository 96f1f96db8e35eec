from sqlalchemy import create_engine

engine = create_engine(f"postgresql://shop@{HOST}/shop", pool_pre_ping=True)
