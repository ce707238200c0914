"""Which files and definitions matter for a task: personalised PageRank over who uses what is defined where.

Links go from the file that uses a name to those that define it, heavier for rare and telling names. The walk starts
from what the task mentions. The links of a version of the index are made once; a new task only weighs them anew.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from loomkin_jupyter.project.code.index import Known
from loomkin_jupyter.project.code.tags import Definition

DAMPING = 0.85
MOST_PLACES = 25
"""A name defined in more files says nothing about which of them is meant."""
_ROUNDS = 40
_CLOSE = 1e-7
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """the and for with from are was not its this that when fix fixed fixes add added adds make made makes use used uses
        using remove removed removes update updated refs ref issue bug test tests code file files new now only all more
        than into instead after before because which does should""",
    )
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Ranked:
    """One ranking: ``files`` with their share of the walk, best first; ``best`` gives a file's definitions."""

    def __init__(self, ranking: Ranking, share: Floats, keys: Ints, scores: Floats) -> None:
        order = np.argsort(-share, kind="stable")
        self.files: list[tuple[str, float]] = [(ranking.paths[place], float(share[place])) for place in order]
        self._ranking = ranking
        self._keys = keys
        self._scores = scores

    def best(self, path: str, most: int) -> list[Definition]:
        """Return the ``most`` definitions of a file that get most of the walk, in the order of its text."""
        names, files = self._ranking.names, self._ranking.known
        first = self._ranking.place[path] * len(names)
        low, high = np.searchsorted(self._keys, (first, first + len(names)))
        score = dict(zip((self._keys[low:high] - first).tolist(), self._scores[low:high].tolist(), strict=True))
        found = files[path].tags.definitions
        ranked = sorted(found, key=lambda one: -score.get(names[one.name], 0.0))[:most]
        return sorted(ranked, key=lambda one: (one.cell, one.start))


class Ranking:
    """The links of one version of the index."""

    def __init__(self, files: Mapping[str, Known]) -> None:
        self.known = files
        self.paths: list[str] = sorted(files)
        self.place = {path: number for number, path in enumerate(self.paths)}
        self._definers: dict[str, list[int]] = defaultdict(list)
        for path in self.paths:
            for name in {found.name for found in files[path].tags.definitions}:
                self._definers[name].append(self.place[path])
        self.names = {name: number for number, name in enumerate(self._definers)}
        self._link()
        self._words_of = [_parts(path) for path in self.paths]
        counts = Counter(word for words in self._words_of for word in words)
        self._rarity = {word: math.log(1 + len(self.paths) / count) for word, count in counts.items()}

    def _link(self) -> None:
        sources: list[int] = []
        targets: list[int] = []
        names: list[int] = []
        weights: list[float] = []
        for source, path in enumerate(self.paths):
            for name, times in self.known[path].tags.uses.items():
                places = self._definers.get(name)
                if not places or len(places) > MOST_PLACES:
                    continue
                weight = math.sqrt(times) * _telling(name) / len(places)
                for target in places:
                    if target != source:
                        sources.append(source)
                        targets.append(target)
                        names.append(self.names[name])
                        weights.append(weight)
        self._source: Ints = np.asarray(sources, dtype=np.int64)
        self._target: Ints = np.asarray(targets, dtype=np.int64)
        self._name: Ints = np.asarray(names, dtype=np.int64)
        self._weight: Floats = np.asarray(weights, dtype=np.float64)
        # Several names between the same two files are one link of the walk.
        size = max(len(self.paths), 1)
        pairs, self._pair = np.unique(self._source * size + self._target, return_inverse=True)
        self._pair_source, self._pair_target = pairs // size, pairs % size
        self._keys, self._defined = np.unique(self._target * len(self.names) + self._name, return_inverse=True)

    def rank(self, task: str = "", focus: Iterable[str] = (), recent: Sequence[str] = ()) -> Ranked:
        """Rank everything for ``task``; ``focus`` names files at hand, ``recent`` files edited of late."""
        if not self.paths:
            return Ranked(self, np.zeros(0), np.zeros(0, np.int64), np.zeros(0))
        said = _Said.of(task)
        weights = self._weighed(said)
        start = self._start(said, focus, recent)
        out = _sums(self._source, weights, len(self.paths))
        share = self._walk(weights, out, start)
        return Ranked(self, share, *self._scores(weights, out, share, start, said))

    def _weighed(self, said: _Said) -> Floats:
        """Return the links' weights with the names that the task mentions made heavy."""
        heavy = [self.names[name] for name in said.names if name in self.names]
        if not heavy:
            return self._weight
        return np.where(np.isin(self._name, heavy), self._weight * 10.0, self._weight)

    def _start(self, said: _Said, focus: Iterable[str], recent: Sequence[str]) -> Floats:
        """Return where the walk begins: everywhere a little, and where the task points."""
        start = np.full(len(self.paths), 0.1 / len(self.paths))
        for path in focus:
            if path in self.place:
                start[self.place[path]] += 2.0
        for number, path in enumerate(recent):
            if path in self.place:
                start[self.place[path]] += 0.3 / (1 + number)
        for name in said.names:
            places = self._definers.get(name, ())
            if len(places) <= MOST_PLACES:
                for place in places:
                    start[place] += _telling(name) / len(places)
        if said.words:
            for place, words in enumerate(self._words_of):
                start[place] += sum(self._rarity[word] for word in words & said.words) ** 2 / 20.0
        for place, path in enumerate(self.paths):
            if said.mentions(path):
                start[place] += 3.0
        return start / start.sum()

    def _walk(self, weights: Floats, out: Floats, start: Floats) -> Floats:
        """Return the stationary shares, by power iteration: files whose links lead nowhere begin anew."""
        size = len(start)
        links = _sums(self._pair, weights, len(self._pair_source))
        links = links / np.maximum(out[self._pair_source], 1e-12)
        stuck = out == 0
        share = start
        for _ in range(_ROUNDS):
            moved = _sums(self._pair_target, links * share[self._pair_source], size)
            after = DAMPING * (moved + share[stuck].sum() * start) + (1 - DAMPING) * start
            if np.abs(after - share).sum() < _CLOSE:
                return after
            share = after
        return share

    def _scores(self, weights: Floats, out: Floats, share: Floats, start: Floats, said: _Said) -> tuple[Ints, Floats]:
        """Hand each file's share on to the definitions it uses: (file × names + name, score), sorted by the former."""
        flow = share[self._source] * weights / np.maximum(out[self._source], 1e-12)
        scores = _sums(self._defined, flow, len(self._keys))
        mentioned = [
            (place * len(self.names) + self.names[name], float(start[place]))
            for name in said.names
            for place in self._definers.get(name, ())
        ]
        if not mentioned:
            return self._keys, scores
        keys, place = np.unique(np.concatenate([self._keys, [key for key, _ in mentioned]]), return_inverse=True)
        return keys, _sums(place, np.concatenate([scores, [score for _, score in mentioned]]), len(keys))


def _sums(places: Ints, values: Floats, size: int) -> Floats:
    """Return for each of ``size`` places the sum of its values."""
    return np.bincount(places, values, minlength=size).astype(np.float64)


class _Said(msgspec.Struct, frozen=True):
    """What a task says: names as they stand, words in small letters, and the text itself for file names."""

    text: str
    names: frozenset[str]
    words: frozenset[str]

    @staticmethod
    def of(task: str) -> _Said:
        names = frozenset(word for word in _WORD.findall(task) if word.lower() not in _COMMON)
        words = frozenset(part for name in names for part in _parts(name) | {name.lower()})
        return _Said(task, names, words - _COMMON)

    def mentions(self, path: str) -> bool:
        base = path.rpartition("/")[2]
        return base in self.text and (base != "__init__.py" or path in self.text)


def _parts(text: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _PART.findall(text) if len(part) > 2)


def _telling(name: str) -> float:
    """Return how much a name says: long compound names much, private and short ones little."""
    weight = 1.0
    if len(name) >= 8 and ("_" in name.strip("_") or (name != name.lower() and name != name.upper())):
        weight *= 10.0
    if name.startswith("_"):
        weight *= 0.1
    return weight if len(name) > 2 else weight * 0.1
