DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'SSLMODE': 'require',  # Django does not read this
    },
}
