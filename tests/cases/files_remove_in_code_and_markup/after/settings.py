CACHES = {
    'default': {'BACKEND': 'x'},  # both
}
