import asyncpg
import psycopg
from sqlalchemy import create_engine

engine = create_engine('postgresql://shop@db.internal/shop')


def connect():
    return psycopg.connect('host=db.internal dbname=shop')


async def listen():
    return await asyncpg.connect('postgresql://shop@db.internal/shop')
