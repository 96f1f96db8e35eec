import dj_database_url

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': 'db.sqlite3',
    }
}
from_url = dj_database_url.config(conn_max_age=500)
DATABASES['default'].update(from_url)
