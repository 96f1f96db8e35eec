import os

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {
            'sslmode': 'verify-full',
            'sslrootcert': '/srv/tls/ca.pem',
        },
    },
    'replica': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {'sslmode': 'prefer', 'sslrootcert': os.environ['CA_FILE']},
    },
}
