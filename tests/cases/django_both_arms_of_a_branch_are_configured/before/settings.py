import os

if os.environ.get('REPLICA'):
    DATABASES = {
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'HOST': 'replica.internal',
        },
    }
else:
    DATABASES = {
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'HOST': 'db.internal',
            'OPTIONS': {
                'connect_timeout': 3,
            },
        },
    }
