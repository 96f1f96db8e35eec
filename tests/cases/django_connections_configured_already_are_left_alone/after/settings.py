DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {
            'sslmode': 'verify-full',
            'sslrootcert': '/srv/tls/ca.pem',
            'sslcert': '/srv/tls/shop.pem',
            'sslkey': '/srv/tls/shop.key',
        },
    },
}
