"""What one run may do: chosen when it starts, kept with it, never shared by the workspace's other runs."""

from __future__ import annotations

import msgspec

from loomkin_jupyter.core.status import Preset, Sharing


class RunPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The preset, the sharing level and the model of one run."""

    run: str = ""
    preset: Preset = "balanced"
    share: Sharing = "stats"
    model: str = ""


def encode(policy: RunPolicy) -> bytes:
    """Return the policy as JSON, to be stored with its run."""
    return msgspec.json.encode(policy)


def decode(data: bytes | str) -> RunPolicy:
    """Return a stored policy.

    :raises msgspec.ValidationError: when a preset or level is unknown; a policy is never guessed.
    """
    return msgspec.json.decode(data, type=RunPolicy)
