DATABASES = {
    'default': {
        'ENGINE': 'django.contrib.gis.db.backends.postgis',
        'NAME': 'maps',
        'PORT': 5432,  # the pooler, not the server
        'OPTIONS': {
            'sslmode': 'require',
            'sslrootcert': '/etc/certs/server-ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem',
        }
    },
}
