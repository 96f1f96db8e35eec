from .base import *

DATABASES['default']['HOST'] = 'staging.internal'
