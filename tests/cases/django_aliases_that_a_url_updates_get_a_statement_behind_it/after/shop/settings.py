import dj_database_url

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'OPTIONS': {'connect_timeout': 10},
    },
    'reports': {
        'ENGINE': 'django.db.backends.postgresql',
        'OPTIONS': {'connect_timeout': 10, 'sslmode': 'require', 'sslrootcert': '/etc/certs/server-ca.pem', 'sslcert': '/etc/certs/client-cert.pem', 'sslkey': '/etc/certs/client-key.pem'},
    },
}
DATABASES['default'].update(dj_database_url.config())
if 'postg' in DATABASES['default'].get('ENGINE', ''):
    DATABASES['default'].setdefault('OPTIONS', {}).update({
        'sslmode': 'require',
        'sslrootcert': '/etc/certs/server-ca.pem',
        'sslcert': '/etc/certs/client-cert.pem',
        'sslkey': '/etc/certs/client-key.pem',
    })
