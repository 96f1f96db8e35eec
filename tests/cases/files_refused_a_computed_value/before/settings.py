import environ
ALLOWED_HOSTS = environ.list('HOSTS')
