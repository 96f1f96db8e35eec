"""Settings."""
from pathlib import Path
from os import environ

BASE = Path(__file__)
MIDDLEWARE = [
    "a.A",
    "b.B",
    "c.C",  # last
    environ["X"],
]
