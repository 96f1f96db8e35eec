"""Settings of one machine."""
import os

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {'sslmode': 'verify-full'},
    },
}
