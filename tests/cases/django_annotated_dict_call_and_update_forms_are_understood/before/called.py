DATABASES = {
    'default': dict(
        ENGINE='django.db.backends.postgresql',
        NAME='shop',
        OPTIONS=dict(connect_timeout=5),
    ),
}
