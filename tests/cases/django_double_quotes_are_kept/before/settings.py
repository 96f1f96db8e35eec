import dj_database_url

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    },
    "replica": dj_database_url.config(env="REPLICA_URL"),
}
