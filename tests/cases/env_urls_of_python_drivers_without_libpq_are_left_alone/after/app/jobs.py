import os

from sqlalchemy import create_engine, make_url

engine = create_engine(make_url(os.environ["PURE_URL"]).set(drivername="postgresql+pg8000"))
