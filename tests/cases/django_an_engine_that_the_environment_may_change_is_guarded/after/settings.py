import os

DATABASES = {
    'default': {
        'ENGINE': os.environ.get('DB_ENGINE', 'django.db.backends.postgresql'),
        'NAME': 'shop',
    },
    'audit': {
        'ENGINE': os.environ.get('DB_ENGINE', 'django.db.backends.postgresql'),
        'OPTIONS': {'connect_timeout': 3, 'sslmode': 'require', 'sslrootcert': '/etc/certs/server-ca.pem', 'sslcert': '/etc/certs/client-cert.pem', 'sslkey': '/etc/certs/client-key.pem'},
    },
}
if 'postg' in DATABASES['default'].get('ENGINE', ''):
    DATABASES['default'].setdefault('OPTIONS', {}).update({
        'sslmode': 'require',
        'sslrootcert': '/etc/certs/server-ca.pem',
        'sslcert': '/etc/certs/client-cert.pem',
        'sslkey': '/etc/certs/client-key.pem',
    })
