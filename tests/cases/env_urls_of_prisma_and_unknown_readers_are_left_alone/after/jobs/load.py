import os

import psycopg

connection = psycopg.connect(os.environ["PSYCOPG_URL"])
