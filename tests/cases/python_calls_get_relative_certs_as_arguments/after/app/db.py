import asyncpg
import psycopg
from sqlalchemy import create_engine
from pathlib import Path

engine = create_engine('postgresql://shop@db.internal/shop', connect_args={'sslmode': 'require', 'sslrootcert': str(Path(__file__).resolve().parents[1] / 'certificates/server-ca.pem'), 'sslcert': str(Path(__file__).resolve().parents[1] / 'certificates/client-cert.pem'), 'sslkey': str(Path(__file__).resolve().parents[1] / 'certificates/client-key.pem')})


def connect():
    return psycopg.connect('host=db.internal dbname=shop', sslmode='require', sslrootcert=str(Path(__file__).resolve().parents[1] / 'certificates/server-ca.pem'), sslcert=str(Path(__file__).resolve().parents[1] / 'certificates/client-cert.pem'), sslkey=str(Path(__file__).resolve().parents[1] / 'certificates/client-key.pem'))


async def listen():
    return await asyncpg.connect('postgresql://shop@db.internal/shop')
