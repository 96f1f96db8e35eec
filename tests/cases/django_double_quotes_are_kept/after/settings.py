import dj_database_url

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {
            "sslmode": "require",
            "sslrootcert": "/etc/certs/server-ca.pem",
            "sslcert": "/etc/certs/client-cert.pem",
            "sslkey": "/etc/certs/client-key.pem",
        },
    },
    "replica": dj_database_url.config(env="REPLICA_URL"),
}
DATABASES["replica"].setdefault("OPTIONS", {}).update({
    "sslmode": "require",
    "sslrootcert": "/etc/certs/server-ca.pem",
    "sslcert": "/etc/certs/client-cert.pem",
    "sslkey": "/etc/certs/client-key.pem",
})
