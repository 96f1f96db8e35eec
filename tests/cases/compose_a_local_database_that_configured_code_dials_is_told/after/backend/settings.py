import environ

env = environ.Env()
DATABASES = {"default": env.db()}
DATABASES["default"].setdefault("OPTIONS", {}).update({
    "sslmode": "require",
    "sslrootcert": "/etc/certs/server-ca.pem",
    "sslcert": "/etc/certs/client-cert.pem",
    "sslkey": "/etc/certs/client-key.pem",
})
