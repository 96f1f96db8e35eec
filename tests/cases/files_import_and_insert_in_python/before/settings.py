"""Settings."""
from pathlib import Path

BASE = Path(__file__)
MIDDLEWARE = [
    "a.A",
    "c.C",  # last
]
