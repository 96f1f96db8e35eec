DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
    },
}

# Transactions through the pooler.
DATABASES['default']['OPTIONS'] = {
    'connect_timeout': 5,
}
