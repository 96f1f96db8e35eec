DATABASES = {}
DATABASES.update({
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {},
    },
})
