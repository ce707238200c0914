"""Every table, one file per subject; importing this package fills ``metadata``."""

from loomkin_jupyter.store.tables import (
    agents,
    changes,
    claims,
    decisions,
    grants,
    handles,
    inbox,
    intents,
    journal,
    keepers,
    leases,
    ledger,
    questions,
    runs,
    settings,
    tasks,
)
from loomkin_jupyter.store.tables.base import SCHEMA, metadata

__all__ = [
    "SCHEMA",
    "agents",
    "changes",
    "claims",
    "decisions",
    "grants",
    "handles",
    "inbox",
    "intents",
    "journal",
    "keepers",
    "leases",
    "ledger",
    "metadata",
    "questions",
    "runs",
    "settings",
    "tasks",
]
