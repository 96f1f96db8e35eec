import dj_database_url
import os

DATABASES = {}
if 'DATABASE_URL' in os.environ:
    DATABASES['default'] = dj_database_url.config(conn_max_age=600, ssl_require=True)
else:
    DATABASES['default'] = dj_database_url.parse('postgres://shop:not-a-secret@db.internal/shop')
TIME_ZONE = 'UTC'
