"""Messages, discoveries, reviews and regions."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.signals import RegionClaimed


async def test_messages_tell_what_became_of_them(bench: Any) -> None:
    assert "Delivered" in (await bench.run("peer_message", to="ada", content="hi")).text
    assert "2 messages ahead" in (await bench.run("peer_message", to="bob", content="hi")).text
    unknown = await bench.run("peer_message", to="bobb", content="hi")
    assert unknown.status == "failed" and "bob" in unknown.text
    assert bench.post.effects[0] == ("call_1", "Sent to ada.") and bench.post.sent[0] == ("ada", "ada", "hi")
    assert (await bench.run("peer_message", to="bob", content=" ")).status == "failed"


async def test_discoveries_and_reviews(bench: Any) -> None:
    assert "bob" in (await bench.run("peer_discovery", content="3 duplicates", type="warning")).text
    (bench.root / "a.py").write_text("")
    assert "reviewer" in (await bench.run("peer_review", file_path="a.py", question="ok?")).text
    assert bench.plans.reviews == [("", "a.py", "ok?")]
    for arguments in ({}, {"file_path": "zz.py"}):
        assert (await bench.run("peer_review", **arguments)).status == "failed"
    assert (await bench.run("peer_discovery", content="x", type="rumour")).status == "failed"


async def test_regions_are_claimed_and_released(bench: Any) -> None:
    (bench.root / "a.py").write_text("a\nb\n")
    assert (await bench.run("peer_claim_region", file_path="a.py", start_line=1, end_line=1)).status == "ok"
    assert bench.signals(RegionClaimed)
    refused = await bench.run("peer_claim_region", bench.agent("bob"), file_path="./a.py")
    assert refused.status == "failed" and "ada" in refused.text
    assert "Released 1" in (await bench.run("peer_release_region", file_path="a.py")).text
    assert (await bench.run("peer_release_region", file_path="a.py")).status == "failed"


async def test_half_regions_are_corrected(bench: Any) -> None:
    for lines in (
        {"start_line": 1},
        {"start_line": 3, "end_line": 1},
        {"symbol": "a", "start_line": 1, "end_line": 2},
        {"start_line": 0},
    ):
        assert (await bench.run("peer_claim_region", file_path="a.py", **lines)).status == "failed"
