"""Which git operations and options exist for agents. Everything else is refused: git has too many ways to run programs,
write files and leave the repository. Data and its check; nothing here runs git.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from loomkin_jupyter.core.errors import ToolRetry, nearest


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation accepts. ``valued`` options take a value (``--opt=value`` or the next word)."""

    kind: str
    flags: frozenset[str]
    valued: frozenset[str] = frozenset()
    revisions: bool = True
    paths: bool = True


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHOWN = "--stat --shortstat --numstat --name-only --name-status --summary -p --patch --patience --histogram -w -b --no-color --word-diff --no-renames -M -C"
OPERATIONS: dict[str, Operation] = {
    "status": Operation(kind="read", flags=_set("-s --short -b --branch --porcelain -uno -unormal -uall --ignored -v"), revisions=False),
    "diff": Operation(kind="read", flags=_set(f"{_SHOWN} --cached --staged --merge-base --check -R"), valued=_set("-U --unified --diff-filter --inter-hunk-context")),
    "log": Operation(
        kind="read",
        flags=_set(f"{_SHOWN} --oneline --graph --decorate --all --merges --no-merges --first-parent --reverse --follow --abbrev-commit --date-order --topo-order --branches --tags -i"),
        valued=_set("-n --max-count --skip --since --until --after --before --author --grep --format --pretty --date -S -G -U --diff-filter"),
    ),
    "show": Operation(kind="read", flags=_set(f"{_SHOWN} --oneline --no-patch -s"), valued=_set("--format --pretty --date -U")),
    "blame": Operation(kind="read", flags=_set("-w -M -C -l -s -e -t --date --root --line-porcelain --porcelain"), valued=_set("-L --since --date --abbrev")),
    "add": Operation(kind="write", flags=_set("-A --all -u --update -v -n --dry-run -N --intent-to-add"), revisions=False),
    "commit": Operation(kind="write", flags=_set("-a --all -v -q --quiet --allow-empty --amend --no-edit -s --signoff --dry-run"), valued=_set("-m --message --author"), revisions=False),
    "reset": Operation(kind="write", flags=_set("-q --quiet --mixed"), revisions=False),
    "branch": Operation(kind="read", flags=_set("-a --all -r -v -vv --list --show-current --merged --no-merged"), revisions=True, paths=False),
}  # fmt: skip
"""``reset`` only takes paths out of the index; ``branch`` only lists. There is no push."""

_REVISION = re.compile(r"^[\w@^~{}./\-]+$")


def check(operation: str, args: Sequence[str], confine: Callable[[str], None]) -> list[str]:
    """Return the arguments as git may have them; ``confine`` raises for a path that leaves the project or is secret.

    :raises ToolRetry: naming the operation, option or argument that is not possible, and what is.
    """
    rule = OPERATIONS.get(operation)
    if rule is None:
        extra = " Pushing needs the user: ask for it." if operation == "push" else nearest(operation, OPERATIONS)
        raise ToolRetry(f"operation {operation!r} is not available; valid are {', '.join(sorted(OPERATIONS))}.{extra}")
    checked: list[str] = []
    paths_only = False
    waiting = ""
    for word in args:
        if "\0" in word or ("\n" in word.rstrip("\n") and waiting not in ("-m", "--message")):
            raise ToolRetry(f"args: {word[:60]!r} holds a line break or NUL; only a commit message may.")
        if waiting:
            checked.append(word)
            waiting = ""
        elif paths_only:
            checked.append(_path(word, rule, operation, confine))
        elif word == "--":
            paths_only = True
            checked.append(word)
        elif word.startswith("-") and word != "-":
            waiting = _option(word, rule, operation, checked)
        else:
            checked.append(_plain(word, rule, operation, confine))
    if waiting:
        raise ToolRetry(f"args: {waiting} needs a value after it.")
    return checked


def _option(word: str, rule: Operation, operation: str, checked: list[str]) -> str:
    """Accept an option; return it when its value is the next word."""
    name, has_value, _ = word.partition("=")
    if word in rule.flags or (name in rule.valued and has_value and name.startswith("--")):
        checked.append(word)
        return ""
    if word in rule.valued:
        checked.append(word)
        return word
    if re.fullmatch(r"-\d{1,6}", word) and operation in ("log", "show"):
        checked.append(word)
        return ""
    attached = next((flag for flag in rule.valued if len(flag) == 2 and word.startswith(flag) and len(word) > 2), "")
    if attached:
        checked.append(word)
        return ""
    letters = [f"-{letter}" for letter in word[1:]]
    if not word.startswith("--") and len(letters) > 1 and all(letter in rule.flags for letter in letters[:-1]):
        last = letters[-1]
        if last in rule.flags or last in rule.valued:
            checked.append(word)
            return "" if last in rule.flags else last
    valid = sorted(rule.flags | rule.valued)
    raise ToolRetry(
        f"args: option {word!r} is not available for git {operation}; valid are {' '.join(valid)}.{nearest(name, valid)}"
    )


def _plain(word: str, rule: Operation, operation: str, confine: Callable[[str], None]) -> str:
    if word.startswith(":"):
        raise ToolRetry(f"args: {word!r} is a pathspec with magic; give a plain path or glob.")
    revision, colon, path = word.partition(":")
    if colon:
        if not rule.revisions or not _REVISION.match(revision) or revision.startswith("-") or "::" in word:
            raise ToolRetry(f"args: {word!r} is neither a path nor REVISION:path.")
        _path(path or ".", rule, operation, confine)
        return word
    climbs = any(piece == ".." for piece in word.split("/")) or word.startswith(("/", "~"))
    if climbs or not (rule.revisions and _REVISION.match(word)):
        return _path(word, rule, operation, confine)
    confine(word)  # it may be a path as well as a revision
    return word


def _path(word: str, rule: Operation, operation: str, confine: Callable[[str], None]) -> str:
    if not rule.paths:
        raise ToolRetry(f"args: git {operation} takes no paths here, and {word!r} is one.")
    if word.startswith(":"):
        raise ToolRetry(f"args: {word!r} is a pathspec with magic; give a plain path or glob.")
    confine(word)
    return word
