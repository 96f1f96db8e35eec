"""The change of the comparison as a person writes it in Python: one value in each YAML file, comments kept."""

import difflib
import glob
import io
import sys

from ruamel.yaml import YAML

yaml = YAML()
yaml.preserve_quotes = True
for name in sorted(glob.glob("config/*.yaml")):
    with open(name) as file:
        before = file.read()
    document = yaml.load(before)
    document["limits"]["key1"] = 100
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    after = buffer.getvalue()
    if sys.argv[1:] == ["--dry-run"]:
        sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, name))
    else:
        with open(name, "w") as file:
            file.write(after)
