"""The part of a program that one function needs: its definition, and all that this names, step by step.

Statements that define are kept (imports, functions, classes, assignments; also in `if` and `try`), and of these only
what the function reaches. So a constant may be the result of a call (`set('aeiou')`), while results of a trial, test
classes and modules that only those import are left out. Nothing is kept that asks or prints at the top level.
"""

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from scalequest_assets.sandbox.modules import MODULES

FAILS: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What reading a text as Python can raise."""
_WORLD: Final = frozenset(("input", "print", "open", "exit", "quit", "breakpoint"))
_BUILTINS: Final = frozenset(dir(builtins))
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINES: Final = (*_FUNCTIONS, ast.Import, ast.ImportFrom, ast.ClassDef)
_ASSIGNS: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign)


class _Part(NamedTuple):
    """A statement that defines.

    Attributes:
        node: The statement.
        gives: The names that it gives a meaning, or changes (`memo[0] = 1`).
        reads: The global names that it, or a function in it, looks up.
    """

    node: ast.stmt
    gives: frozenset[str]
    reads: frozenset[str]


def functions_of(body: Iterable[ast.stmt]) -> tuple[str, ...]:
    """Return the names of a program's functions, in order; first those that are assigned: a lambda, another's name."""
    simple = [part for node in body for part in _simple(node)]
    defined = [node.name for node in simple if isinstance(node, ast.FunctionDef)]
    assigned: list[str] = []
    for node in simple:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
                assigned.append(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if other in (*defined, *assigned):
                assigned.append(name)
    return tuple(dict.fromkeys((*(name for name in assigned if name not in defined), *defined)))


def reached(body: Sequence[ast.stmt], function: str) -> list[ast.stmt]:
    """Return the statements that a function needs, in their order, `from __future__` first.

    Args:
        body: The statements of a program.
        function: The function's name.
    """
    taken = _BUILTINS.union(*map(_defined, body))
    parts = [part for node in body if not _hides(node, taken) and (part := _part(node)) is not None]
    kept, names = {place for place, part in enumerate(parts) if "*" in part.gives}, {function}
    while new := {place for place, part in enumerate(parts) if place not in kept and part.gives & names}:
        kept |= new
        names.update(*(parts[place].reads for place in new))
    future = [ast.ImportFrom("__future__", [ast.alias("annotations")], 0)] if any(map(_is_future, body)) else []
    return [*future, *(parts[place].node for place in sorted(kept))]


def _simple(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield a statement, or those in an `if` or a `try`."""
    match node:
        case ast.If(body=body, orelse=orelse):
            inside = [*body, *orelse]
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            inside = [*body, *(one for handler in handlers for one in handler.body), *orelse, *finalbody]
        case _:
            yield node
            return
    for one in inside:
        yield from _simple(one)


def _defined(node: ast.stmt) -> Iterator[str]:
    """Yield the names of the functions and classes that a statement defines."""
    return (one.name for one in _simple(node) if isinstance(one, (*_FUNCTIONS, ast.ClassDef)))


def _is_future(node: ast.stmt) -> bool:
    match node:
        case ast.ImportFrom(module="__future__", names=names):
            return any(alias.name == "annotations" for alias in names)
    return False


def _part(node: ast.stmt) -> _Part | None:
    """Return a statement with its names; None where it defines nothing, or acts on the world."""
    simple = list(_simple(node))
    if not any(isinstance(one, _DEFINES + _ASSIGNS) for one in simple):
        return None
    if not all(isinstance(one, (*_DEFINES, *_ASSIGNS, ast.Pass)) for one in simple) or _acts(node):
        return None
    try:
        table = symtable.symtable(ast.unparse(node), "program", "exec")
    except FAILS:
        return None
    gives = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    return _Part(node, frozenset(gives.union(*map(_changed, simple))), frozenset(_read(table)))


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the global names that a scope looks up, and those in it."""
    for symbol in table.get_symbols():
        is_looked_up = symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module")
        if is_looked_up or symbol.is_declared_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _read(inner)


def _changed(node: ast.stmt) -> Iterator[str]:
    """Yield what a statement changes without naming it anew: of `a[0] = 1` and `a.b = 1` a, `@a.register` too."""
    match node:
        case ast.Assign(targets=targets):
            changed: list[ast.expr] = targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            changed = [target]
        case ast.FunctionDef(decorator_list=decorators):
            called = [one.func if isinstance(one, ast.Call) else one for one in decorators]
            changed = [one for one in called if isinstance(one, ast.Attribute) and one.attr == "register"]
        case ast.ImportFrom(module=module, names=[ast.alias(name="*")]):
            if module in MODULES:
                yield "*"
            return
        case _:
            return
    for one in changed:
        while isinstance(one, ast.Attribute | ast.Subscript):
            one = one.value
        if isinstance(one, ast.Name):
            yield one.id


def _hides(node: ast.stmt, taken: frozenset[str]) -> bool:
    """Whether a statement gives a mere value the name of a function, a class or a builtin: `count = count('abc')`.

    It belongs to what tries a program out, as the import of a function that the program defines does.
    """
    match node:
        case ast.ImportFrom(module=module, names=names) if module not in MODULES:
            return bool({alias.asname or alias.name for alias in names} & (taken - _BUILTINS))
        case ast.Assign(targets=targets, value=value):
            stored = {name for target in targets for name in _stored(target)}
        case ast.AugAssign(target=target, value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
            stored = {target.id} if isinstance(target, ast.Name) else set()
        case _:
            return False
    hidden = stored & taken
    return bool(hidden) and not _is_function(value, hidden | (taken - _BUILTINS))


def _stored(target: ast.expr) -> Iterator[str]:
    return (one.id for one in ast.walk(target) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


def _is_function(value: ast.expr, names: Iterable[str]) -> bool:
    """Whether a value is a function: a lambda, another's name, or what a call makes of one (`cache(f)`)."""
    if isinstance(value, ast.Call):
        return any(_is_function(argument, names) for argument in value.args)
    return isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in names)


def _acts(node: ast.stmt) -> bool:
    """Whether a statement asks or prints where it stands, and not only in a function that it defines."""
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        match one:
            case ast.Call(func=ast.Name(id=name)) if name in _WORLD:
                return True
            case ast.Attribute(attr="stdin"):
                return True
            case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
        waiting.extend(ast.iter_child_nodes(one))
    return False
