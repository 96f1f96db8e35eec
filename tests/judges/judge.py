"""Reads texts with the parsers of Python: per line of input {"judge", "text"}, per line of output {"value"} or {"error"}.

The first line of output names the judges that are installed. Values are JSON; what JSON has not is an object with one key
that starts with `$`.
"""
import ast
import configparser
import datetime
import importlib
import io
import json
import math
import subprocess
import sys
import types
from pathlib import Path

HERE = Path(__file__).parent


def plain(value):
    """`value` in terms of JSON."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {'$float': str(value)}
    if isinstance(value, dict):
        return {key_name(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return {'$tuple': [plain(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {'$set': sorted(map(repr, value))}
    if isinstance(value, bytes):
        return {'$bytes': value.hex()}
    if isinstance(value, (datetime.date, datetime.time)):
        return {'$date': value.isoformat()}
    return {'$code': type(value).__name__}


def key_name(key):
    """A key that is no text says so, so that a key that lost its quotes is not taken for the same."""
    return key if isinstance(key, str) else f'!{type(key).__name__} {key}'


def toml(text):
    import tomllib
    return plain(tomllib.loads(text))


def documents(values):
    values = list(values)
    return values[0] if len(values) == 1 else values


def pyyaml(text):
    import yaml

    class Loader(yaml.SafeLoader):
        """Keys that are no text keep the letters they are written with: `on` and `true` are one value."""

        def construct_mapping(self, node, deep=False):
            if not isinstance(node, yaml.MappingNode):
                return super().construct_mapping(node, deep)
            self.flatten_mapping(node)
            entries = {}
            for key_node, value_node in node.value:
                key = self.construct_object(key_node, deep=True)
                if not isinstance(key, str):
                    written = key_node.value if isinstance(key_node, yaml.ScalarNode) else json.dumps(plain(key))
                    key = f'!{type(key).__name__} {written}'
                entries[key] = self.construct_object(value_node, deep=True)
            return entries

    return plain(documents(yaml.load_all(text, Loader)))


def ruamel(text):
    from ruamel.yaml import YAML
    return plain(documents(YAML(typ='safe', pure=True).load_all(text)))


def json_python(text):
    return plain(json.loads(text))


def dotenv(text):
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream
    if any(binding.error for binding in parse_stream(io.StringIO(text))):
        raise ValueError('a line that is no variable')
    return plain(dict(dotenv_values(stream=io.StringIO(text))))


def ini_configparser(text):
    parser = configparser.RawConfigParser(
        strict=False, allow_no_value=True, inline_comment_prefixes=('#', ';'), default_section='')
    parser.optionxform = str
    parser.read_string(text)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def ini_git(text):
    run = subprocess.run(['git', 'config', '--file', '-', '--list', '-z'], input=text.encode(), capture_output=True)
    if run.returncode != 0:
        raise ValueError(run.stderr.decode())
    sections = {}
    for entry in run.stdout.decode().split('\0')[:-1]:
        name, _, value = entry.partition('\n')
        section, _, key = name.rpartition('.')
        values = sections.setdefault(section, {})
        if key in values:
            raise ValueError('a key with several values')
        values[key] = value if '\n' in entry else None
    return sections


def javaproperties_python(text):
    import javaproperties
    return javaproperties.loads(text)


class Java:
    """One process of `java`, started when the first text comes."""

    process = None

    @classmethod
    def ask(cls, text):
        if cls.process is None:
            cls.process = subprocess.Popen(['java', str(HERE / 'Properties.java')], text=True, bufsize=1,
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        cls.process.stdin.write(text.encode('latin-1').hex() + '\n')
        cls.process.stdin.flush()
        answer = cls.process.stdout.readline().strip()
        if answer.startswith('!'):
            raise ValueError(answer)
        parts = [bytes.fromhex(part).decode('utf-16-be', 'surrogatepass') for part in answer.split(',')[1:]]
        return dict(zip(parts[::2], parts[1::2]))


def element(node):
    """Attributes as `@name`, children by their name, text as `#text`."""
    value = {f'@{name}': text for name, text in node.attrib.items()}
    pieces = [node.text or '']
    for child in node:
        if isinstance(child.tag, str):
            value.setdefault(child.tag, {'$sites': []})['$sites'].append(element(child))
        pieces.append(child.tail or '')
    has_children = any(isinstance(child.tag, str) for child in node)
    text = ''.join(piece.strip() if has_children else piece for piece in pieces)
    if text.strip():
        value['#text'] = text
    return value


def xml_etree(text):
    import xml.etree.ElementTree as etree
    from xml.parsers import expat

    # Without namespaces, so that a name is what is written.
    builder = etree.TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.SkippedEntityHandler = lambda name, _: builder.data(f'&{name};')
    parser.ExternalEntityRefHandler = lambda *_: 1
    parser.Parse(text.encode(), True)
    root = builder.close()
    return {root.tag: {'$sites': [element(root)]}}


def xml_lxml(text):
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=True)
    root = etree.fromstring(text.encode(), parser)

    def name(node, key):
        space, _, local = key.rpartition('}')
        for prefix, uri in node.nsmap.items():
            if space and uri == space[1:]:
                return f'{prefix}:{local}' if prefix else local
        return f'xml:{local}' if space else local

    def convert(node):
        value = {f'@{name(node, key)}': text for key, text in node.attrib.items()}
        for prefix, uri in node.nsmap.items():
            if node.getparent() is None or node.getparent().nsmap.get(prefix) != uri:
                value[f'@xmlns:{prefix}' if prefix else '@xmlns'] = uri
        pieces = [node.text or '']
        has_children = False
        for child in node:
            if isinstance(child.tag, str):
                has_children = True
                value.setdefault(name(child, child.tag), {'$sites': []})['$sites'].append(convert(child))
            elif isinstance(child, etree._Entity):
                pieces.append(child.text)
            pieces.append(child.tail or '')
        text = ''.join(piece.strip() if has_children else piece for piece in pieces)
        if text.strip():
            value['#text'] = text
        return value

    return {name(root, root.tag): {'$sites': [convert(root)]}}


def hcl(text):
    import hcl2

    def literal(text):
        """A quoted text without references is a text; anything else stays source."""
        if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
            return {'$code': text}
        inner = text[1:-1].replace('$${', '\0').replace('%%{', '\1')
        if '${' in inner or '%{' in inner or inner.startswith('<<') and '\n' in inner:
            return {'$code': text}
        return json.loads(f'"{inner}"', strict=False).replace('\0', '${').replace('\1', '%{')

    def convert(value):
        if isinstance(value, str):
            return literal(value)
        if isinstance(value, list):
            return [convert(item) for item in value]
        if isinstance(value, dict):
            return {name(key): convert(item) for key, item in value.items() if not key.startswith('__')}
        return plain(value)

    def name(key):
        value = literal(key)
        return key if isinstance(value, dict) else value

    def is_blocks(value):
        return isinstance(value, list) and value and all(isinstance(item, dict) and holds_block(item) for item in value)

    def holds_block(value):
        if '__is_block__' in value:
            return True
        labels = [item for key, item in value.items() if not key.startswith('__')]
        return len(labels) == 1 and isinstance(labels[0], dict) and holds_block(labels[0])

    def body(value):
        result = {}
        for key, item in value.items():
            if key.startswith('__'):
                continue
            if is_blocks(item):
                for block in item:
                    place(result, name(key), block)
            else:
                result[name(key)] = convert(item)
        return result

    def place(into, key, block):
        if '__is_block__' in block:
            into.setdefault(key, {'$sites': []})['$sites'].append(body(block))
        else:
            (label, inner), = ((key, item) for key, item in block.items() if not key.startswith('__'))
            place(into.setdefault(key, {}), name(label), inner)

    return body(hcl2.loads(text if text.endswith('\n') else text + '\n'))


class Unknown(dict):
    """What the text does not define: it may be called, asked and written into, and remembers how it was made."""

    __all__ = ()
    truth = True

    def __init__(self, source):
        super().__init__()
        self.__dict__['source'] = source

    def __repr__(self):
        return self.__dict__['source']

    def __getattr__(self, name):
        return Unknown(f'{self!r}.{name}')

    def __missing__(self, key):
        self[key] = Unknown(f'{self!r}[{key!r}]')
        return self[key]

    def __call__(self, *arguments, **keywords):
        given = [source(argument) for argument in arguments]
        given += [f'{name}={source(value)}' for name, value in keywords.items()]
        return Unknown(f'{self!r}({", ".join(given)})')

    def __bool__(self):
        return Unknown.truth

    def __hash__(self):
        return hash(repr(self))

    # A lookup by `dict.get` would not remember what was asked.
    def get(self, *arguments):
        return Unknown(f'{self!r}.get({", ".join(map(repr, arguments))})')


def source(value):
    """How a value is written; a function goes by its name, not by where it is."""
    return value.__name__ if isinstance(value, types.FunctionType) else repr(value)


def operator(sign, flipped=False):
    def combine(self, other):
        left, right = (other, self) if flipped else (self, other)
        return Unknown(f'{left!r} {sign} {right!r}')
    return combine


for method, sign in (('add', '+'), ('sub', '-'), ('mul', '*'), ('truediv', '/'), ('mod', '%'), ('or', '|'), ('and', '&')):
    setattr(Unknown, f'__{method}__', operator(sign))
    setattr(Unknown, f'__r{method}__', operator(sign, flipped=True))
for method, sign in (('eq', '=='), ('ne', '!='), ('lt', '<'), ('gt', '>'), ('le', '<='), ('ge', '>=')):
    setattr(Unknown, f'__{method}__', operator(sign))


class Module(dict):
    """The names of a settings module; in `unknown` those that it takes from elsewhere."""

    def __init__(self, names):
        super().__init__(names)
        self.unknown = {}

    def __missing__(self, name):
        if name in BUILTINS:
            raise KeyError(name)
        return self.unknown.setdefault(name, Unknown(name))


def imported(name, _globals=None, _locals=None, names=(), level=0):
    return Unknown('.' * level + (name if names or not name else name.split('.')[0]))


BUILTINS = {function.__name__: function for function in (
    bool, dict, float, frozenset, int, isinstance, len, list, max, min, range, repr, set, sorted, str, sum, tuple, zip)}
BUILTINS |= {'__import__': imported, '__build_class__': __build_class__, 'print': lambda *_: None}
BUILTINS |= {name: value for name, value in vars(__builtins__).items()
             if isinstance(value, type) and issubclass(value, Exception)}


def python(text):
    """The names of a module once it has run: with every condition that it takes from elsewhere true, and false.

    Nothing that it asks for is there: no module is imported, no file opened.
    """
    code = compile(ast.parse(text), 'settings', 'exec', dont_inherit=True)
    runs = []
    for Unknown.truth in (True, False):
        module = Module({'__builtins__': BUILTINS})
        exec(code, module)
        # What it only looks at is none of its settings; what it writes into is.
        written = {name: value for name, value in module.unknown.items() if len(value) > 0}
        runs.append({name: ran(value) for name, value in (written | module).items() if not name.startswith('__')})
    return {'$runs': runs}


def ran(value):
    if isinstance(value, Unknown):
        return {'$code': repr(value)} | {key_name(key): ran(item) for key, item in value.items()}
    if isinstance(value, dict):
        return {key_name(key): ran(item) for key, item in value.items()}
    if isinstance(value, list):
        return [ran(item) for item in value]
    if isinstance(value, tuple):
        return {'$tuple': [ran(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {'$set': sorted(map(repr, value))}
    return plain(value)


def calls(text):
    """The calls of a module, in the order in which their parentheses open: the arguments with a name, and the others by number."""
    found = {}
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in sorted(nodes, key=lambda call: (call.func.end_lineno, call.func.end_col_offset)):
        name = getattr(call.func, 'attr', getattr(call.func, 'id', None))
        named = {keyword.arg: written(keyword.value) for keyword in call.keywords if keyword.arg}
        found.setdefault(f'{name}()', {'$sites': []})['$sites'].append(named)
        for index, argument in enumerate(call.args):
            if isinstance(argument, ast.Starred):
                break
            found.setdefault(f'argument {index + 1} of {name}()', {'$sites': []})['$sites'].append(written(argument))
    return found


def written(node):
    """The value of an expression, and of what is no literal in it the source."""
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        return {key_name(key.value): written(value) for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.List):
        return [written(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return {'$tuple': [written(item) for item in node.elts]}
    try:
        return plain(ast.literal_eval(node))
    except ValueError:
        return {'$code': ast.unparse(node)}


def lines(text):
    return [line for line in text.splitlines() if line.strip()]


# name: (how it reads, what has to be importable)
JUDGES = {
    'tomllib': (toml, 'tomllib'),
    'PyYAML': (pyyaml, 'yaml'),
    'ruamel.yaml': (ruamel, 'ruamel.yaml'),
    'json of Python': (json_python, 'json'),
    'python-dotenv': (dotenv, 'dotenv'),
    'configparser': (ini_configparser, 'configparser'),
    'git config': (ini_git, 'subprocess'),
    'javaproperties': (javaproperties_python, 'javaproperties'),
    'java.util.Properties': (Java.ask, None),
    'expat': (xml_etree, 'xml.parsers.expat'),
    'lxml': (xml_lxml, 'lxml.etree'),
    'python-hcl2': (hcl, 'hcl2'),
    'exec of Python': (python, 'ast'),
    'ast of Python': (calls, 'ast'),
    'str.splitlines': (lines, 'io'),
}


def is_installed(read, module):
    try:
        if module is None:
            return read('a=b') == {'a': 'b'}
        importlib.import_module(module)
        return True
    except Exception:
        return False


def main():
    sys.setrecursionlimit(5000)
    print(json.dumps([name for name, (read, module) in JUDGES.items() if is_installed(read, module)]))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            answer = {'value': JUDGES[request['judge']][0](request['text'])}
        except Exception as error:
            answer = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer))


main()
