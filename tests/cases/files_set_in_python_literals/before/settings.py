import os

DEBUG = True  # local
ALLOWED_HOSTS = ['localhost']
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': os.environ['DB_HOST'],
        'CONN_MAX_AGE': 0,
    },
}
