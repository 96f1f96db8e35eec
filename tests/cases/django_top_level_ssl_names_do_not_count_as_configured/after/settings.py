DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'SSLMODE': 'require',  # Django does not read this
        'OPTIONS': {
            'sslmode': 'require',
            'sslrootcert': '/etc/certs/server-ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem',
        },
    },
}
