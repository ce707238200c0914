"""Signals: one declaration each, a stable JSON form, and tolerance for what is unknown."""

from __future__ import annotations

import msgspec
import pytest

from loomkin_jupyter.core.signals import (
    BY_TYPE,
    SIGNALS,
    LogWritten,
    RunFinished,
    Signal,
    Unknown,
    decode,
    encode,
    type_of,
)


@pytest.mark.parametrize("kind", SIGNALS, ids=lambda kind: kind.__name__)
def test_each_is_declared_in_full(kind: type[Signal]) -> None:
    name = str(kind.__struct_config__.tag)
    assert name.count(".") == 1
    assert BY_TYPE[name] is kind
    assert kind.PUBLISHER
    assert kind.__struct_config__.frozen


def test_the_list_has_every_signal() -> None:
    declared = {kind for kind in Signal.__subclasses__() if kind.__module__.startswith("loomkin_jupyter.core.signals.")}
    assert set(SIGNALS) == declared - {Unknown}


def test_names_are_unique_and_there_are_enough() -> None:
    assert len(BY_TYPE) == len(SIGNALS) >= 28


def test_the_envelope_is_the_same_for_all_and_comes_first() -> None:
    envelope = [field.name for field in msgspec.structs.fields(Signal)]
    assert envelope == ["id", "v", "seq", "epoch", "time", "workspace", "team", "run", "agent", "cause"]
    for kind in SIGNALS:
        assert {field.name for field in msgspec.structs.fields(kind)} >= set(envelope)


def test_a_signal_survives_json() -> None:
    signal = RunFinished(status="done", answer="ü", cost_usd=None, team="t", seq=3)
    text = encode(signal)
    assert msgspec.json.decode(text)["type"] == type_of(signal) == "run.finished"
    assert decode(text) == signal
    assert decode(text.decode()) == signal


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"agent.sang","v":1,"id":"x","song":"la"}',
        '{"type":"run.finished","v":99,"id":"x","status":"done"}',
        '{"type":"run.finished","v":1,"id":"x","status":7}',
        '{"type":"run.finished","v":1,"id":7}',
    ],
)
def test_what_is_not_known_is_kept_whole(text: str) -> None:
    found = decode(text)
    assert isinstance(found, Unknown)
    assert msgspec.json.decode(encode(found)) == msgspec.json.decode(text)


def test_a_field_of_a_later_version_is_skipped() -> None:
    assert decode('{"type":"system.notice","v":1,"text":"a","colour":"red"}') == LogWritten(text="a")


def test_what_is_no_signal_raises() -> None:
    for text in ("", "[]", "{}", "no"):
        with pytest.raises(msgspec.DecodeError):
            decode(text)
