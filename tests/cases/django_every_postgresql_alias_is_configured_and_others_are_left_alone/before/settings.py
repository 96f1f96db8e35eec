DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql_psycopg2',
        'NAME': 'shop',
    },
    'replica': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'HOST': 'replica.internal',
    },
    'legacy': {
        'ENGINE': 'django.db.backends.mysql',
        'NAME': 'shop_old',
        'OPTIONS': {'ssl': {'ca': '/etc/mysql/ca.pem'}},
    },
    'cache': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': 'cache.sqlite3',
    },
}
