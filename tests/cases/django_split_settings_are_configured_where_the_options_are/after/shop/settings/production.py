from .base import *

DATABASES['default']['OPTIONS'] = {
    'pool': True,
    'sslmode': 'require',
    'sslrootcert': '/etc/certs/server-ca.pem',
    'sslcert': '/etc/certs/client-cert.pem',
    'sslkey': '/etc/certs/client-key.pem',
}
