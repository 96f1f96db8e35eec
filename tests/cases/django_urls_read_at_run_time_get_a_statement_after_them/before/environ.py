import environ

env = environ.Env()

DATABASES = {
    'default': env.db(),
    'replica': env.db('REPLICA_URL'),
}

TIME_ZONE = 'UTC'
