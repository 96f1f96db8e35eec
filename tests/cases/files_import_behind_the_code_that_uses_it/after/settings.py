from os import environ
from pathlib import Path
from os import path as path2
DEBUG = environ.get("DEBUG")
HOME = str(Path.home())


def of(path):
    return path
