"""Shell commands taken apart into simple commands. Never runs anything, never looks at the disk.

bashlex gives the syntax tree; substitutions, here-documents, ``bash -c`` texts and wrappers such as ``env`` or
``xargs`` become parts of their own. What cannot be parsed, or hides its words behind expansions, is not understood:
``NotUnderstood`` says why, and the gate asks.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any, cast

import bashlex
import bashlex.errors
import msgspec

from loomkin_jupyter.policy.command_table import GIT_GLOBAL_VALUES, LEADING_VALUES, SHELLS, WRAPPERS

_DEEPEST = 6
_LONGEST = 20_000
_PARSER_ERRORS = (
    bashlex.errors.ParsingError,
    NotImplementedError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    AssertionError,
    RecursionError,
)


_SHELL_VALUES = frozenset({"--rcfile", "--init-file"})
_GIT_RUNS = (
    r"(-c)?(alias\.[^=]*=!|core\.(pager|editor|sshcommand|fsmonitor|hookspath|gitproxy|askpass)=|sequence\.editor=|pager\."
    r"|diff\.external=|(diff|merge|filter)\.[^=]*\.(command|driver|textconv|clean|smudge|process)=|gpg\.[^=]*program="
    r"|credential\.[^=]*helper=)"
)


class Redirect(msgspec.Struct, frozen=True):
    """A file that the shell opens for a part: ``write`` or read."""

    target: str
    write: bool
    dynamic: bool = False


class CommandPart(msgspec.Struct, frozen=True, kw_only=True):
    """One simple command. ``dynamic`` holds the places of words whose value is known only when it runs."""

    words: tuple[str, ...]
    environment: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    dynamic: tuple[int, ...] = ()
    wrapped: bool = False

    @property
    def name(self) -> str:
        """The command without its directory."""
        return (PurePosixPath(self.words[0]).name or self.words[0]) if self.words else ""

    @property
    def text(self) -> str:
        """The words with single spaces, as rules see them."""
        return " ".join(self.words)


class CommandEffects(msgspec.Struct, frozen=True, kw_only=True):
    """What a command may do. ``parsed`` False means that nothing here is certain.

    ``writes_outside`` and ``reads_outside`` are real absolute paths (``?…`` where only running would tell); ``paths`` and
    ``writes`` are relative to the project.
    """

    parts: tuple[CommandPart, ...] = ()
    writes_outside: tuple[str, ...] = ()
    reads_outside: tuple[str, ...] = ()
    network: bool = False
    destructive: bool = False
    catastrophic: str = ""
    secrets: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    parsed: bool = True
    problem: str = ""


class NotUnderstood(Exception):
    """The command cannot be judged part by part."""


def parse(command: str) -> tuple[CommandPart, ...]:
    """Return the parts of ``command`` in order, nested ones after the part that holds them.

    :raises NotUnderstood: with the reason, when there is more in it than can be seen.
    """
    return tuple(_Reader().read(command, 0))


class _Reader:
    """Walks bashlex's tree (untyped there) and collects parts."""

    def __init__(self) -> None:
        self._source = ""

    def read(self, command: str, depth: int) -> list[CommandPart]:
        if depth > _DEEPEST:
            raise NotUnderstood("it is nested too deeply")
        if len(command) > _LONGEST or "\0" in command:
            raise NotUnderstood("it is too long or holds NUL")
        if not command.strip():
            raise NotUnderstood("it is empty")
        if "$'" in command or '$"' in command:
            raise NotUnderstood("it holds an escaped string ($'…')")
        source = _without_literal_documents(command)
        try:
            trees = cast("list[Any]", bashlex.parse(source))  # pyright: ignore[reportUnknownMemberType]
        except _PARSER_ERRORS as error:
            raise NotUnderstood(
                f"the shell syntax is not understood ({str(error)[:80] or type(error).__name__})"
            ) from error
        parts: list[CommandPart] = []
        outer, self._source = self._source, source
        for tree in trees:
            self._node(tree, parts, depth)
        self._source = outer
        return parts

    def _word(self, node: Any) -> str:
        """Return a word without its quotes: bashlex leaves some in when several kinds stand in one word."""
        raw = self._source[node.pos[0] : node.pos[1]]
        if not re.search(r"['\"\\]", node.word + raw):
            if raw != node.word:
                raise NotUnderstood(f"the word {node.word!r} is not where it should be")
            return raw
        return _unquoted(raw)

    def _node(self, node: Any, parts: list[CommandPart], depth: int) -> None:
        if node.kind == "command":
            self._command(node, parts, depth)
        elif node.kind == "function":
            raise NotUnderstood("it defines a function")
        elif node.kind == "parameter":
            if "$(" in node.value or "`" in node.value:
                raise NotUnderstood("a parameter holds a command")
        elif node.kind in ("commandsubstitution", "processsubstitution"):
            self._node(node.command, parts, depth + 1)
        elif node.kind == "redirect":
            self._redirect(node, parts, depth)
        else:
            for child in [*getattr(node, "list", []), *getattr(node, "parts", []), *getattr(node, "redirects", [])]:
                self._node(child, parts, depth)

    def _command(self, node: Any, parts: list[CommandPart], depth: int) -> None:
        words: list[str] = []
        environment: list[str] = []
        redirects: list[Redirect] = []
        dynamic: list[int] = []
        nested: list[CommandPart] = []
        for piece in node.parts:
            if piece.kind == "redirect":
                redirect = self._redirect(piece, nested, depth)
                if redirect is not None:
                    redirects.append(redirect)
                continue
            for inner in piece.parts:
                self._node(inner, nested, depth)
            if piece.kind == "assignment":
                environment.append(self._word(piece))
            else:
                if _is_dynamic(piece):
                    dynamic.append(len(words))
                words.append(self._word(piece))
        part = CommandPart(
            words=tuple(words), environment=tuple(environment), redirects=tuple(redirects), dynamic=tuple(dynamic)
        )
        if words and 0 in dynamic:
            raise NotUnderstood(f"the command's name {words[0]!r} is known only when it runs")
        parts.append(part)
        parts += nested
        if words:
            parts += self._inner(part, depth)

    def _redirect(self, node: Any, parts: list[CommandPart], depth: int) -> Redirect | None:
        here = getattr(node, "heredoc", None)
        if here is not None and ("$(" in here.value or "`" in here.value):
            raise NotUnderstood("a here-document holds a command")
        target = node.output
        if not hasattr(target, "word"):
            return None  # >&2 and the like: another descriptor, no file
        for inner in target.parts:
            self._node(inner, parts, depth)
        if node.type in ("<<", "<<-", "<<<"):
            return None
        if node.type in (">&", "<&") and (target.word.isdigit() or target.word == "-"):
            return None
        return Redirect(self._word(target), node.type not in ("<",), _is_dynamic(target))

    def _inner(self, part: CommandPart, depth: int) -> list[CommandPart]:
        """Return the parts that a part runs in turn."""
        name, words = part.name, part.words
        if name in SHELLS or name == "eval":
            text = _shell_text(name, words)
            if text is None:
                if part.dynamic:
                    raise NotUnderstood(f"{name} runs a file that is known only when it runs")
                return []
            if any(place in part.dynamic for place in range(1, len(words))):
                raise NotUnderstood(f"{name} runs a text that is known only when it runs")
            return self.read(text, depth + 1)
        if name in ("source", "."):
            raise NotUnderstood("it runs the lines of a file in this shell")
        if name in ("find", "fd"):
            return self._find(part, depth)
        if name in ("su", "runuser", "script") and any(re.match(r"^(-[a-z]*c|--command)", word) for word in words[1:]):
            raise NotUnderstood(f"{name} hides a command in one word")
        if name == "git" and any(_runs_by_setting(word) for word in words[1:]):
            raise NotUnderstood("a setting of git runs a command")
        if name in WRAPPERS:
            return self._wrapped(part, depth)
        return []

    def _wrapped(self, part: CommandPart, depth: int) -> list[CommandPart]:
        valued, words, place = WRAPPERS[part.name], part.words, 1
        skip = LEADING_VALUES.get(part.name, 0)
        environment: list[str] = []
        while place < len(words):
            word = words[place]
            if word == "--":
                place += 1
                break
            if part.name in ("env", "sudo", "doas") and re.match(r"^[A-Za-z_]\w*=", word):
                environment.append(word)
            elif part.name in ("flock", "unshare", "chroot") and word in ("-c", "--command"):
                raise NotUnderstood(f"{part.name} hides a command in one word")
            elif part.name == "env" and word.startswith(("-S", "--split-string")):
                raise NotUnderstood("env -S hides a command in one word")
            elif word.startswith("-"):
                place += word in valued
            elif skip:
                skip -= 1
            else:
                break
            place += 1
        return self._again(part, words[place:], place, depth, tuple(environment))

    def _again(
        self, part: CommandPart, words: tuple[str, ...], place: int, depth: int, environment: tuple[str, ...]
    ) -> list[CommandPart]:
        if not words:
            return []
        if place in part.dynamic or depth > _DEEPEST:
            raise NotUnderstood(f"what {part.name} runs is known only when it runs")
        if re.search(r"\s", words[0]):
            raise NotUnderstood(f"{part.name} hides a command in one word")
        moved = tuple(at - place for at in part.dynamic if at >= place)
        inner = CommandPart(words=words, environment=environment, dynamic=moved, wrapped=True)
        return [inner, *self._inner(inner, depth + 1)]

    def _find(self, part: CommandPart, depth: int) -> list[CommandPart]:
        found: list[CommandPart] = []
        words = part.words
        for place, word in enumerate(words):
            if word in ("-exec", "-execdir", "-ok", "-okdir", "-x", "--exec", "-X", "--exec-batch"):
                end = next((at for at in range(place + 1, len(words)) if words[at] in (";", "+")), len(words))
                found += self._again(part, words[place + 1 : end], place + 1, depth, ())
        return found


def _without_literal_documents(command: str) -> str:
    """Return the command without here-documents whose mark is quoted: their text is never expanded, and bashlex cannot
    read them. Several in one line stay as they are, and so are not understood.
    """
    match = re.search(r"<<-?[ \t]*(['\"])(\w+)\1([^\n]*)\n(.*?)(?:^|\n)\t*\2[ \t]*(?=\n|$)", command, re.DOTALL)
    if match is None or "<<" in match.group(3):
        return command
    # A word such as cat 'x <<'EOF' … would begin inside quotes: only take what stands outside of them.
    before = command[: match.start()]
    if before.count("'") % 2 or before.count('"') % 2 or "\n" in before:
        return command
    return before + match.group(3) + command[match.end() :]


def _unquoted(raw: str) -> str:
    """Return a word as the shell sees it after quote removal; expansions stay as they are written."""
    out: list[str] = []
    quote, place = "", 0
    while place < len(raw):
        character, after = raw[place], raw[place + 1 : place + 2]
        if character == "\\" and quote != "'" and (not quote or after in '$`"\\\n'):
            out.append("" if after == "\n" else after)
            place += 1
        elif character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        else:
            out.append(character)
        place += 1
    return "".join(out)


def _is_dynamic(word: Any) -> bool:
    return any(inner.kind in ("parameter", "commandsubstitution", "processsubstitution") for inner in word.parts)


def _runs_by_setting(word: str) -> bool:
    """Return whether ``git -c WORD`` names a setting whose value git runs."""
    return re.match(_GIT_RUNS, word, re.IGNORECASE) is not None


def _shell_text(name: str, words: tuple[str, ...]) -> str | None:
    """Return the text that ``bash -c TEXT`` or ``eval TEXT`` runs, None when it runs a script file."""
    if name == "eval":
        return " ".join(words[1:]) or "true"
    text, valued = False, 0
    for place, word in enumerate(words[1:], start=1):
        if valued:
            valued -= 1
        elif word in _SHELL_VALUES:
            valued = 1
        elif re.match(r"^[-+][A-Za-z]+$", word):
            # The options may stand in one word, and before or after the c: -ec, -c -e, -o pipefail -c.
            letters = word[1:]
            text |= word[0] == "-" and "c" in letters
            valued = sum(letter in "oO" for letter in letters)
            if "s" in letters and word[0] == "-":
                raise NotUnderstood(f"{name} runs what it reads")
        elif word.startswith("-") and word != "--" and word != "-":
            continue
        elif word in ("-", "--"):
            rest = words[place + 1 :]
            return _script(name, rest[0] if rest else "", text)
        else:
            return _script(name, word, text)
    return _script(name, "", text)


def _script(name: str, word: str, text: bool) -> str | None:
    if text:
        if not word:
            raise NotUnderstood(f"{name} -c has no command")
        return word
    if not word or re.match(r"^/dev/(stdin|fd/|tty)|^/proc/", word):
        raise NotUnderstood(f"{name} runs what it reads")  # curl … | sh
    return None


def canonical(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same call in one spelling: bare name, git's global options gone, short options merged and sorted."""
    name, rest = PurePosixPath(words[0]).name, list(words[1:])
    if name == "git":
        while rest and rest[0].startswith("-"):
            rest = rest[2:] if rest[0] in GIT_GLOBAL_VALUES else rest[1:]
    letters = sorted({letter for word in rest if re.match(r"^-[A-Za-z]+$", word) for letter in word[1:]})
    longs = sorted(word for word in rest if word.startswith("--") and len(word) > 2)
    others = [word for word in rest if not word.startswith("-") or word in ("-", "--")]
    if name == "git" and others:
        return (name, others[0], *(["-" + "".join(letters)] if letters else []), *longs, *others[1:])
    return (name, *(["-" + "".join(letters)] if letters else []), *longs, *others)
