"""Connects with the keywords of a table in a YAML or TOML file: keyword_table.py FILE TABLE"""
import os
import sys
import tomllib

import psycopg
import yaml

# The words of other drivers for libpq's, and what is none of libpq's business.
SYNONYMS = {'database': 'dbname', 'username': 'user'}
OF_THE_APPLICATION = {'adapter', 'driver', 'encoding', 'pool'}

file, table = sys.argv[1:]
with open(file, 'rb') as text:
    tables = yaml.safe_load(text) if file.endswith('.yaml') else tomllib.load(text)
keywords = {
    SYNONYMS.get(name, name): value
    for name, value in tables[table].items()
    if name not in OF_THE_APPLICATION
}
try:
    with psycopg.connect(**keywords) as connection:
        print(connection.execute(os.environ['SESSION_QUERY']).fetchone()[0])
except psycopg.OperationalError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
