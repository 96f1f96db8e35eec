DATABASES = {
    'default': dict(
        ENGINE='django.db.backends.postgresql',
        NAME='shop',
        OPTIONS=dict(connect_timeout=5, sslmode='require', sslrootcert='/etc/certs/server-ca.pem', sslcert='/etc/certs/client-cert.pem', sslkey='/etc/certs/client-key.pem'),
    ),
}
