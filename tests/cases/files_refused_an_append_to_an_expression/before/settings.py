CACHES = caches()
CACHES['default'] = {}
