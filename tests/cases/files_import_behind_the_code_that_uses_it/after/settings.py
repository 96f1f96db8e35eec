from os import environ
from pathlib import Path
DEBUG = environ.get("DEBUG")
HOME = str(Path.home())


def of(path):
    return path
