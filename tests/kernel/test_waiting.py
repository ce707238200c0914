# pyright: basic
"""Waiting serves others and passes an interrupt on."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from loomkin_jupyter.kernel.waiting import wait_for


def test_others_are_served_while_we_wait() -> None:
    future: Future[int] = Future()
    assert wait_for(future, lambda: future.set_result(7)) == 7


def test_the_works_own_timeout_is_its_error() -> None:
    future: Future[int] = Future()
    future.set_exception(TimeoutError("mine"))
    with pytest.raises(TimeoutError, match="mine"):
        wait_for(future, lambda: None)


def test_an_interrupt_is_told_first() -> None:
    told: list[str] = []

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for(Future[int](), interrupted, on_interrupt=lambda: told.append("pause"))
    assert told == ["pause"]
