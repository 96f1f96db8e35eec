import os
from os import environ

LEVEL = environ['LEVEL']
