DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'HOST': 'db.internal',
        'OPTIONS': {
            'connect_timeout': 10,  # seconds
        },
        'CONN_MAX_AGE': 60,
    },
}
