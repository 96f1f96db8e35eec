import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.%s" % os.getenv("DB", "postgresql"),
        "NAME": os.getenv("DB_NAME"),
    }
}
