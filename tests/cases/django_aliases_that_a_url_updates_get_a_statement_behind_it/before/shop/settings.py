import dj_database_url

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'OPTIONS': {'connect_timeout': 10},
    },
    'reports': {
        'ENGINE': 'django.db.backends.postgresql',
        'OPTIONS': {'ssl': {'ca': 'ca.pem'}, 'connect_timeout': 10},
    },
}
DATABASES['default'].update(dj_database_url.config())
