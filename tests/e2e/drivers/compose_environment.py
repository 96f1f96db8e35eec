"""Runs a command in the environment of a compose service: compose_environment.py FILE SERVICE COMMAND..."""
import os
import sys

import yaml

file, service, *command = sys.argv[1:]
with open(file) as text:
    environment = yaml.safe_load(text)['services'][service]['environment']
if isinstance(environment, list):
    environment = dict(entry.split('=', 1) for entry in environment)
os.environ.update({name: str(value) for name, value in environment.items()})
os.execvp(command[0], command)
