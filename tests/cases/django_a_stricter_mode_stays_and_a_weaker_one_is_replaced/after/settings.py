import os

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {
            'sslmode': 'verify-full',
            'sslrootcert': '/srv/tls/ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem',
        },
    },
    'replica': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {'sslmode': 'verify-ca', 'sslrootcert': os.environ['CA_FILE'], 'sslcert': '/etc/certs/client-cert.pem', 'sslkey': '/etc/certs/client-key.pem'},
    },
}
