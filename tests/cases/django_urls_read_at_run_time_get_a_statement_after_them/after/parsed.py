import dj_database_url
import os

DATABASES = {}
if 'DATABASE_URL' in os.environ:
    DATABASES['default'] = dj_database_url.config(conn_max_age=600, ssl_require=True)
    DATABASES['default'].setdefault('OPTIONS', {}).update({
        'sslmode': 'require',
        'sslrootcert': '/etc/certs/server-ca.pem',
        'sslcert': '/etc/certs/client-cert.pem',
        'sslkey': '/etc/certs/client-key.pem',
    })
else:
    DATABASES['default'] = dj_database_url.parse('postgres://shop:not-a-secret@db.internal/shop')
    DATABASES['default'].setdefault('OPTIONS', {}).update({
        'sslmode': 'require',
        'sslrootcert': '/etc/certs/server-ca.pem',
        'sslcert': '/etc/certs/client-cert.pem',
        'sslkey': '/etc/certs/client-key.pem',
    })
TIME_ZONE = 'UTC'
