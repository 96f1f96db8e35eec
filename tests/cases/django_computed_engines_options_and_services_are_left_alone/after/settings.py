import os

DATABASES = {
    'default': {
        'ENGINE': os.environ['DB_ENGINE'],
        'NAME': 'shop',
    },
    'replica': {
        'ENGINE': 'django.db.backends.postgresql',
        'OPTIONS': {'service': 'replica', 'passfile': '.pgpass'},
    },
    'reports': {
        'ENGINE': 'django.db.backends.postgresql',
        'OPTIONS': load_options(),
    },
}
