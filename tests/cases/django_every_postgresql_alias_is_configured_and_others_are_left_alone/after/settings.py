DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql_psycopg2',
        'NAME': 'shop',
        'OPTIONS': {
            'sslmode': 'require',
            'sslrootcert': '/etc/certs/server-ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem',
        },
    },
    'replica': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'HOST': 'replica.internal',
        'OPTIONS': {
            'sslmode': 'require',
            'sslrootcert': '/etc/certs/server-ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem',
        },
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
