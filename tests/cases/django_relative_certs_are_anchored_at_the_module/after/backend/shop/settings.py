from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'shop',
        'OPTIONS': {
            'sslmode': 'require',
            'sslrootcert': str(Path(__file__).resolve().parents[2] / 'certificates/server-ca.pem'),
            'sslcert': str(Path(__file__).resolve().parents[2] / 'certificates/client-cert.pem'),
            'sslkey': str(Path(__file__).resolve().parents[2] / 'certificates/client-key.pem'),
        },
    },
}
