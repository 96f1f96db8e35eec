from .base import *

DATABASES['default']['OPTIONS'] = {
    'pool': True,
}
