DATABASES = {
    'default': {
        'ENGINE': 'django.contrib.gis.db.backends.postgis',
        'NAME': 'maps',
        'PORT': 5432  # the pooler, not the server
    },
}
