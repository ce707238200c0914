"""Values that are neither frame nor array: scalars, containers, functions, objects."""

from __future__ import annotations

import inspect
import types
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any, cast

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe.numbers import rounded

_LONGEST = 8000
_LOOKED_AT = 1000


def generic_text(name: str, value: Any, share: Sharing) -> str:
    """Return what may be said of ``value`` at ``share``."""
    kind = type(value).__name__
    if isinstance(value, types.ModuleType):
        return f"{name}: module {value.__name__}"
    if isinstance(value, type) or (callable(value) and hasattr(value, "__name__")):
        return _callable(name, value)
    if value is None or isinstance(value, bool):
        return f"{name}: {kind} {value}" if share in ("sample", "full") or value is None else f"{name}: {kind}"
    if isinstance(value, int | float):
        if share == "schema":
            return f"{name}: {kind}"
        return f"{name}: {kind} {value if share in ('sample', 'full') else f'about {rounded(value, share)}'}"
    if isinstance(value, str | bytes):
        text = f"{name}: {kind} of length {len(value)}"
        return f"{text}\n{_repr(value, share)}" if share in ("sample", "full") else text
    if isinstance(value, dict | list | tuple | set | frozenset):
        return _container(name, cast("Any", value), share)
    text = f"{name}: {kind} of module {type(value).__module__}"
    return f"{text}\n{_repr(value, share)}" if share == "full" else text


def _callable(name: str, value: Any) -> str:
    try:
        signature = str(inspect.signature(value))
    except (TypeError, ValueError):
        signature = "(…)"
    doc = (inspect.getdoc(value) or "").split("\n")[0] if not isinstance(value, types.BuiltinFunctionType) else ""
    kind = "class" if isinstance(value, type) else "function"
    # Defaults are values of the user's; the names of parameters are not.
    shown = signature if "=" not in signature else f"({', '.join(inspect.signature(value).parameters)})"
    return f"{name}: {kind} {getattr(value, '__name__', name)}{shown}" + (f"\n{doc}" if doc else "")


def _container(name: str, value: Any, share: Sharing) -> str:
    size = len(value)
    mapping: dict[Any, Any] | None = cast("dict[Any, Any]", value) if isinstance(value, dict) else None
    kind = _kind(cast("Any", value))
    inside: Iterable[Any] = mapping.values() if mapping is not None else cast("Iterable[Any]", value)
    items = list(islice(inside, _LOOKED_AT))
    inner = ", ".join(f"{n} × {k}" for k, n in Counter(map(_kind, items)).most_common(6))
    text = f"{name}: {kind} of length {size}" + (f" ({inner})" if inner else "")
    if share == "full":
        return f"{text}\n{_repr(value, share)}"
    if share == "sample":
        first: Any = dict(islice(mapping.items(), 5)) if mapping is not None else items[:5]
        return f"{text}\n{_repr(first, share)}"
    return text


def _repr(value: Any, share: Sharing) -> str:
    text = repr(value)
    most = _LONGEST if share == "full" else 500
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def _kind(value: object) -> str:
    return type(value).__name__
