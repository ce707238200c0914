"""Every setting, declared once: key, type, default, range, unit and what it does. Values come from project/settings."""

from __future__ import annotations

from typing import Any

import msgspec


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One declared setting. ``kind`` is str, int, float, bool or choice; ``low``/``high`` bound numbers, inclusive."""

    key: str
    kind: str
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    env: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting(
        key="model.default",
        kind="str",
        default="",
        env="LOOMKIN_MODEL",
        help="Model for every tier that names none, as provider/model; empty chooses by the keys found, else loomkin/playbook",
    ),
    Setting(key="model.fast", kind="str", default="", env="LOOMKIN_MODEL_FAST", help="Model for cheap work"),
    Setting(key="model.strong", kind="str", default="", env="LOOMKIN_MODEL_STRONG", help="Model for judgement"),
    Setting(
        key="model.max_output",
        kind="int",
        default=4096,
        low=16,
        high=128_000,
        unit="tokens",
        help="Longest answer of one model call",
    ),
    Setting(
        key="model.timeout_s",
        kind="float",
        default=120.0,
        low=1,
        high=3600,
        unit="s",
        help="Longest silence of a model before the call is repeated",
    ),
    Setting(
        key="model.attempts",
        kind="int",
        default=4,
        low=1,
        high=10,
        help="Tries of a model call that fails for a passing reason",
    ),
    Setting(
        key="permissions.preset",
        kind="choice",
        default="balanced",
        choices=("strict", "balanced", "autonomous", "full"),
        env="LOOMKIN_TRUST",
        help="What agents may do without asking",
    ),
    Setting(
        key="sharing.level",
        kind="choice",
        default="stats",
        choices=("schema", "stats", "sample", "full"),
        env="LOOMKIN_SHARE",
        help="What of your data models may see",
    ),
    Setting(
        key="budget.run_usd",
        kind="float",
        default=5.0,
        low=0,
        high=100_000,
        unit="$",
        env="LOOMKIN_BUDGET",
        help="Most that one request may cost",
    ),
    Setting(
        key="budget.agent_usd",
        kind="float",
        default=1.0,
        low=0,
        high=100_000,
        unit="$",
        help="Most that one agent may cost in one request",
    ),
    Setting(
        key="budget.tokens",
        kind="int",
        default=200_000,
        low=0,
        high=1_000_000_000,
        unit="tokens",
        help="Limit of one request when prices are unknown",
    ),
    Setting(
        key="agents.iterations", kind="int", default=30, low=1, high=200, help="Model answers in one turn of an agent"
    ),
    Setting(key="agents.most", kind="int", default=100, low=1, high=10_000, help="Agents in one team"),
    Setting(
        key="agents.corrections",
        kind="int",
        default=3,
        low=1,
        high=20,
        help="Malformed answers in a row before the turn ends",
    ),
    Setting(
        key="supervision.restarts",
        kind="int",
        default=3,
        low=0,
        high=100,
        help="Restarts of one agent within the window before it is failed",
    ),
    Setting(
        key="supervision.window_s",
        kind="float",
        default=5.0,
        low=0.1,
        high=3600,
        unit="s",
        help="Window in which restarts are counted",
    ),
    Setting(
        key="context.offload_at",
        kind="float",
        default=0.6,
        low=0.1,
        high=0.95,
        help="Part of the model's window at which the oldest history moves to a keeper",
    ),
    Setting(
        key="context.offload_part", kind="float", default=0.3, low=0.05, high=0.9, help="Part of the history that moves"
    ),
    Setting(
        key="context.window",
        kind="int",
        default=0,
        low=0,
        high=10_000_000,
        unit="tokens",
        help="Window to use instead of the model's own; 0 uses the model's",
    ),
    Setting(
        key="tools.timeout_s",
        kind="float",
        default=60.0,
        low=0.1,
        high=86_400,
        unit="s",
        help="Time limit of a tool that has none of its own",
    ),
    Setting(
        key="tools.result_chars",
        kind="int",
        default=12_000,
        low=200,
        high=1_000_000,
        unit="characters",
        help="Longest tool result a model reads; the rest stays in a keeper",
    ),
    Setting(
        key="gates.timeout_s",
        kind="float",
        default=300.0,
        low=1,
        high=86_400,
        unit="s",
        help="How long a question waits before it counts as no",
    ),
    Setting(
        key="watchdog.stalled_s",
        kind="float",
        default=180.0,
        low=1,
        high=86_400,
        unit="s",
        help="Activity without a sign after which an agent is called stalled",
    ),
    Setting(
        key="sandbox.use",
        kind="choice",
        default="auto",
        choices=("auto", "off"),
        help="Run commands in a bubblewrap sandbox where there is one",
    ),
    Setting(
        key="save.level",
        kind="choice",
        default="summary",
        choices=("none", "summary", "full"),
        help="How much of a run the notebook file keeps",
    ),
)

BY_KEY: dict[str, Setting] = {setting.key: setting for setting in SETTINGS}
