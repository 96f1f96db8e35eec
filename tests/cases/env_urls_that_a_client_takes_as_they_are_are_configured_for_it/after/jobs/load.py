import os

import psycopg

connection = psycopg.connect(os.environ['MIXED_URL'])
