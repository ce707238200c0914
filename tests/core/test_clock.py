"""The system's clock is the system's."""

from __future__ import annotations

import time

from loomkin_jupyter.core.clock import SYSTEM_CLOCK


async def test_the_system_clock_goes_forward() -> None:
    before, began = time.time(), SYSTEM_CLOCK.monotonic()
    await SYSTEM_CLOCK.sleep(0)
    assert SYSTEM_CLOCK.now() >= before
    assert SYSTEM_CLOCK.monotonic() >= began
