"""Connects as the libraries of Python do, from the settings in this folder; a line for each."""
import asyncio
import os
import ssl

import asyncpg
import sqlalchemy
from dotenv import dotenv_values

QUERY = 'SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()'


def told(name, row):
    print(f'{name}: {str(row[0]).lower()} {row[1]}')


settings = {}
with open('config.py') as text:
    exec(text.read(), settings)
with sqlalchemy.create_engine(settings['SQLALCHEMY_DATABASE_URI']).connect() as connection:
    told('SQLAlchemy', connection.execute(sqlalchemy.text(QUERY)).fetchone())

calls = {}
with open('calls.py') as text:
    exec(text.read(), calls)
for name, engine in ('the URL in its call', 'engine'), ('its connect_args', 'handed'), ('a name', 'named'):
    with calls[engine].connect() as connection:
        told(f'SQLAlchemy, by {name}', connection.execute(sqlalchemy.text(QUERY)).fetchone())
for name, connect in ('arguments', 'by_arguments'), ('text', 'by_text'), ('dict', 'by_dict'):
    with calls[connect]() as connection:
        told(f'psycopg, by its {name}', connection.execute(QUERY).fetchone())


async def ask(name, url, **options):
    await look(name, await asyncpg.connect(url, **options))


async def look(name, connection):
    told(name, await connection.fetchrow(QUERY))
    await connection.close()


async def main():
    await ask('asyncpg by its URL', dotenv_values('.env')['DATABASE_URL'])
    await look('asyncpg by the URL in its call', await calls['later']())
    await look('asyncpg by keywords', await calls['by_keywords']())
    files = os.environ['CERTIFICATES']
    context = ssl.create_default_context(cafile=f'{files}/server-ca.pem')
    context.load_cert_chain(f'{files}/client-cert.pem', f'{files}/client-key.pem')
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for name, host in ('name', 'localhost'), ('address', '127.0.0.1'):
        await ask(f'asyncpg, strict, by {name}', os.environ['ADDRESS'].replace('HOST', host), ssl=context)


asyncio.run(main())
