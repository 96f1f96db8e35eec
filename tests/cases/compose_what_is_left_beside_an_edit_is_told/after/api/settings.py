import os
import dj_database_url

DATABASES = {"default": dj_database_url.parse(os.environ["WEB_URL"], conn_max_age=600)}
DATABASES["default"].setdefault("OPTIONS", {}).update({
    "sslmode": "require",
    "sslrootcert": "/etc/certs/server-ca.pem",
    "sslcert": "/etc/certs/client-cert.pem",
    "sslkey": "/etc/certs/client-key.pem",
})
