"""The envelope of every signal, and what stands for one that is not known."""

from __future__ import annotations

import msgspec
import pytest

from loomkin_jupyter.core.signals import LogWritten
from loomkin_jupyter.core.signals.base import VERSION, Signal, Unknown, type_of


def test_a_signal_and_its_kind_have_one_name() -> None:
    assert type_of(LogWritten) == type_of(LogWritten(text="a")) == "system.notice"


def test_what_was_published_cannot_be_changed() -> None:
    signal = LogWritten(text="a")
    with pytest.raises(AttributeError):
        signal.text = "b"  # type: ignore[misc]


def test_a_signal_without_a_number_has_not_been_published() -> None:
    fresh = LogWritten(text="a")
    assert (fresh.seq, fresh.epoch, fresh.v, fresh.id) == (0, 0, VERSION, "")
    assert not Signal.TRANSIENT


def test_the_unknown_keeps_its_envelope_beside_the_payload() -> None:
    found = msgspec.convert({"type": "unknown", "name": "agent.sang", "payload": {"song": "la"}, "team": "t"}, Unknown)
    assert (found.name, found.payload, found.team) == ("agent.sang", {"song": "la"}, "t")
