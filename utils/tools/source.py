"""Read the course's own code: cut out a definition, tell whether what computes a result changed.

A digest follows the names that code uses through the modules of `utils`, definition by definition.
Docstrings, comments, formatting, import lines and the module a definition lies in do not count; nor
does what can stop a program but not change its numbers: the loader, whose tables are checked by
their hashes, and the lines that refuse bad arguments.
"""

import ast
import hashlib
import textwrap
from collections import defaultdict
from functools import cache

from utils.tools.course import ROOT

LOADER = "utils.movielens"
GUARDS = "utils.require"


def cut_out(name):
    """Return the source of a function or class without docstrings and guards.

    Args:
        name: str, for example "utils.units.dropout.dropout" or "utils.module.Class.method".

    Returns:
        str.

    Raises:
        ValueError: if there is no such function or class.
    """
    module, path = _split(name)
    found = module.tree if module else None
    for part in path:
        inner = found.body if found else []
        found = next((node for node in inner if getattr(node, "name", None) == part), None)
    if found is None or not path:
        raise ValueError(f"name must be utils.module.function, received {name!r}.")
    code = textwrap.dedent(ast.get_source_segment(module.text, found, padded=True))
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        statement = node.body[0] if _has_docstring(node) else node
        if statement is not node or isinstance(node, ast.Expr) and _is_guard(module, node.value):
            first, last = statement.lineno - 1, statement.end_lineno
            lines[first:last] = [None] * (last - first)
    return "\n".join(line for line in lines if line is not None)


def shows(page, cell, name):
    """Tell whether a cell of a page is the code of a function or class of `utils`.

    Docstrings, comments, formatting and the way names are imported may differ.

    Args:
        page: str, all code of the page, which says what the names in the cell mean.
        cell: str, the code of the cell.
        name: str, as in `cut_out`.

    Returns:
        bool.

    Raises:
        ValueError: if there is no such function or class.
    """
    code = cut_out(name)
    on_page, in_utils = _Module(page), _split(name)[0]
    plain = [
        ast.unparse(_Plain(home).visit(ast.parse(text)))
        for home, text in ((on_page, cell), (in_utils, code))
    ]
    return plain[0] == plain[1]


def digest(code):
    """Return a text that changes when code, or a definition of `utils` that it uses, changes.

    Args:
        code: str, the source of an experiment or the code cells of a notebook.

    Returns:
        str, a SHA-256 in hexadecimal.
    """
    module = _Module(code)
    found = {}
    waiting = [(module, node) for node in module.tree.body]
    seen_modules = {id(module)}
    while waiting:
        home, node = waiting.pop()
        if id(node) in found or _is_left_out(node):
            continue
        plain = _Plain(home)
        found[id(node)] = ast.unparse(plain.visit(ast.parse(ast.unparse(node))))
        for other, name in plain.used:
            if other.name in (LOADER, GUARDS):
                continue
            waiting += [(other, definition) for definition in other.find(name)]
            if id(other) not in seen_modules:
                seen_modules.add(id(other))
                waiting += [(other, statement) for statement in other.loose]
    return hashlib.sha256("\0".join(sorted(found.values())).encode()).hexdigest()


class _Module:
    """The parsed source of a module; names are looked up in it, or where it imports them from."""

    def __init__(self, text, name=None):
        self.text, self.tree, self.name = text, ast.parse(text), name
        self.definitions = defaultdict(list)  # from a name to the statements that define it
        for node in self.tree.body:
            for name in _defined(node):
                self.definitions[name].append(node)
        self.origins = {}  # from a name imported from utils to its dotted name there
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "utils":
                for alias in node.names:
                    self.origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def imported(self, name):
        """Return (module, name there) of a name imported from `utils`, or None.

        The name there is None if what is imported is a module.
        """
        if name not in self.origins:
            return None
        module, path = _split(self.origins[name])
        return module, path[0] if path else None

    def find(self, name):
        """Return the statements that define a name; without a name all that define or do."""
        if name is not None:
            return self.definitions.get(name, [])
        return self.tree.body

    @property
    def loose(self):
        """The statements at the top that define nothing."""
        return [node for node in self.tree.body if not _defined(node)]


class _Plain(ast.NodeTransformer):
    """Take docstrings, guards and imports away, write names of the course without their module."""

    def __init__(self, home):
        self.home, self.used = home, set()

    def visit_Attribute(self, node):
        imported = self.home.imported(node.value.id) if isinstance(node.value, ast.Name) else None
        if imported and imported[1] is None:
            self.used.add((imported[0], node.attr))
            return ast.Name(self._final_name(imported[0], node.attr))
        return self.generic_visit(node)

    def visit_Name(self, node):
        if node.id in self.home.definitions:
            self.used.add((self.home, node.id))
            return node
        imported = self.home.imported(node.id)
        if imported:
            self.used.add(imported)
            return ast.Name(imported[1] or node.id)
        return node

    def visit_Expr(self, node):
        return None if _is_guard(self.home, node.value) else self.generic_visit(node)

    def visit_Import(self, node):
        return None

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node):
        if _has_docstring(node):
            node.body = node.body[1:]
        node.decorator_list = [
            decorator for decorator in node.decorator_list if not _is_guard(self.home, decorator)
        ]
        node = self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    visit_ClassDef = visit_FunctionDef

    def _final_name(self, module, name):
        """Follow a name that a module itself imports from another one."""
        if name not in module.definitions and module.imported(name):
            self.used.add(module.imported(name))
        return name


def _is_guard(home, node):
    """Tell a call of `utils.require`, on a line of its own or above a function."""
    called = node.func if isinstance(node, ast.Call) else None
    if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
        return False
    imported = home.imported(called.value.id)
    return bool(imported) and imported[0].name == GUARDS


def _split(name):
    """Split "utils.package.module.function" into (_Module or None, ["function"])."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for path in (
            ROOT.joinpath(*parts[:length]).with_suffix(".py"),
            ROOT.joinpath(*parts[:length], "__init__.py"),
        ):
            if path.is_file():
                name = ".".join(parts[:length])
                return _read(path, name, path.stat().st_mtime_ns), parts[length:]
    return None, parts


@cache
def _read(path, name, changed):
    return _Module(path.read_text(encoding="utf-8"), name)


def _defined(node):
    """Return the names that a statement at the top of a module defines, a set."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return {part.id for part in ast.walk(node) if _is_stored(part)}
    return set()


def _is_stored(node):
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _is_left_out(node):
    """Tell import lines, docstrings and what runs only as a program."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_program = isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
    return is_text or is_program or isinstance(node, (ast.Import, ast.ImportFrom))


def _has_docstring(node):
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) and bool(ast.get_docstring(node))
