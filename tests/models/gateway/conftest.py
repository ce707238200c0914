"""LiteLLM asks the network for prices when it is imported, unless it is told not to, as the gateway does."""

from __future__ import annotations

import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
