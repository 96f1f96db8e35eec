import os

if os.environ.get('REPLICA'):
    DATABASES = {
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'HOST': 'replica.internal',
            'OPTIONS': {
                'sslmode': 'require',
                'sslrootcert': '/etc/certs/server-ca.pem',
                'sslcert': '/etc/certs/client-cert.pem',
                'sslkey': '/etc/certs/client-key.pem',
            },
        },
    }
else:
    DATABASES = {
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'HOST': 'db.internal',
            'OPTIONS': {
                'connect_timeout': 3,
                'sslmode': 'require',
                'sslrootcert': '/etc/certs/server-ca.pem',
                'sslcert': '/etc/certs/client-cert.pem',
                'sslkey': '/etc/certs/client-key.pem',
            },
        },
    }
