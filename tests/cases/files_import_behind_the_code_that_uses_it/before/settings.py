DEBUG = False
HOME = "/"


def of(path):
    return path
