import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.%s" % os.getenv("DB", "postgresql"),
        "NAME": os.getenv("DB_NAME"),
    }
}
if "postg" in DATABASES["default"].get("ENGINE", ""):
    DATABASES["default"].setdefault("OPTIONS", {}).update({
        "sslmode": "require",
        "sslrootcert": "/etc/certs/server-ca.pem",
        "sslcert": "/etc/certs/client-cert.pem",
        "sslkey": "/etc/certs/client-key.pem",
    })
