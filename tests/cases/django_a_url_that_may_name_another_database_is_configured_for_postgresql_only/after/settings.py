import environ

env = environ.Env()

DATABASES = {
    'default': env.db('DATABASE_URL', default='sqlite:///db.sqlite3'),
}
if 'postg' in DATABASES['default'].get('ENGINE', ''):
    DATABASES['default'].setdefault('OPTIONS', {}).update({
        'sslmode': 'require',
        'sslrootcert': '/etc/certs/server-ca.pem',
        'sslcert': '/etc/certs/client-cert.pem',
        'sslkey': '/etc/certs/client-key.pem',
    })

TIME_ZONE = 'UTC'
