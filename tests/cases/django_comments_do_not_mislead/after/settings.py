# DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'sslmode': 'require'}}}
DATABASES = {
    # 'default': {'ENGINE': 'django.db.backends.sqlite3'},
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'sho}p, # no comment',  # 'OPTIONS': {
        'OPTIONS': {
            # 'sslmode': 'verify-full',
            'application_name': 'shop',  # shown in pg_stat_activity, no comma }
            'sslmode': 'require',
            'sslrootcert': '/etc/certs/server-ca.pem',
            'sslcert': '/etc/certs/client-cert.pem',
            'sslkey': '/etc/certs/client-key.pem'
            # the end
        }
    }
}
