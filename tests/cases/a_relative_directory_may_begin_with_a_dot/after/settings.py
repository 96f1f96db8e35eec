from pathlib import Path

DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'sslmode': 'require', 'sslcert': '/c', 'sslkey': '/k', 'sslrootcert': str(Path(__file__).resolve().parents[0] / 'certs/server-ca.pem')}}}
