"""Settings of one machine."""
import os
from pathlib import Path

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {'sslmode': 'verify-full', 'sslrootcert': str(Path(__file__).resolve().parents[0] / 'certificates/server-ca.pem'), 'sslcert': str(Path(__file__).resolve().parents[0] / 'certificates/client-cert.pem'), 'sslkey': str(Path(__file__).resolve().parents[0] / 'certificates/client-key.pem')},
    },
}
