CACHES = {
    'default': {'BACKEND': 'x', 'TIMEOUT': 5},  # both
    'old': {},
}
LEGACY = True
