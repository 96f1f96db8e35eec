DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'HOST': 'db.internal',
        'OPTIONS': {
            'connect_timeout': 10,  # seconds
            'sslmode': 'require',
            'sslrootcert': '/etc/certs/server-ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem',
        },
        'CONN_MAX_AGE': 60,
    },
}
