"""Errors say what to do next."""

from __future__ import annotations

from loomkin_jupyter.core.errors import Interrupt, LeaseLost, LoomkinError, ModelFailed, StoreError, ToolRetry, nearest


def test_a_persons_error_ends_with_its_remedy() -> None:
    assert str(LoomkinError("The file is locked.", "Close the other program.")) == (
        "The file is locked. Close the other program."
    )
    assert str(LoomkinError("Alone.")) == "Alone."
    assert issubclass(LeaseLost, StoreError)


def test_errors_carry_what_their_handlers_need() -> None:
    failed = ModelFailed("auth", "No.", "Set a key.", status=401)
    assert (failed.kind, failed.status, failed.remedy) == ("auth", 401, "Set a key.")
    assert Interrupt("The user stopped you.").reason == "stopped"
    assert str(ToolRetry("again")) == "again"


def test_nearest_names() -> None:
    assert nearest("file_raed", ["file_read", "shell"]) == " Did you mean file_read?"
    assert nearest("xyz", ["file_read"]) == ""
