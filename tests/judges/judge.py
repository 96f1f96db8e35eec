"""Reads texts as other programs do: a JSON list of [format, text] in, a list of {judge: value} out; no value, no key."""

import configparser
import datetime
import io
import json
import sys
import xml.etree.ElementTree as tree


def toml(text):
    import tomllib

    return tomllib.loads(text)


def pyyaml(text):
    import yaml

    return yaml.safe_load(text)


def ruamel(text):
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def ini(text):
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=("#", ";"), allow_no_value=True)
    parser.optionxform = str
    parser.read_string(text)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def dotenv(text):
    from dotenv import dotenv_values

    return dotenv_values(stream=io.StringIO(text), interpolate=False)


def properties(text):
    import javaproperties

    return javaproperties.loads(text)


def xml(text):
    root = tree.fromstring(text.encode())
    return {root.tag: element(root)}


def element(node):
    entries = [("@" + name, value) for name, value in node.attrib.items()]
    names = [child.tag for child in node]
    for index, child in enumerate(node):
        site = "" if names.count(child.tag) == 1 else f"#{names[: index + 1].count(child.tag)}"
        entries.append((child.tag + site, element(child)))
    content = (node.text or "").strip() if len(node) == 0 else ""
    if not entries:
        return content
    return dict(entries + ([("#text", content)] if content else []))


JUDGES = {
    "toml": [toml],
    "yaml": [pyyaml, ruamel],
    "json": [json.loads],
    "ini": [ini],
    "env": [dotenv],
    "properties": [properties],
    "xml": [xml],
}


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return str(value)
    return value


def answers(kind, text):
    found = {}
    for judge in JUDGES.get(kind, []):
        name = f"{kind} {judge.__name__}"
        try:
            found[name] = plain(judge(text))
        except Exception:  # a judge that can not read a text, or is not installed, has no say
            pass
    return found


json.dump([answers(kind, text) for kind, text in json.load(sys.stdin)], sys.stdout)
