from pathlib import Path

DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'sslmode': 'require', 'sslcert': '/c', 'sslkey': '/k'}}}
