"""Reading, writing and editing files of a project, alone and beside teammates."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.signals import FileChanged
from loomkin_jupyter.store import changes

TEXT = "".join(f"line {n}\n" for n in range(1, 31))


async def test_reads_numbered_lines_from_an_offset(bench: Any, root: Path) -> None:
    (root / "a.txt").write_text(TEXT)
    result = await bench.run("file_read", file_path="a.txt", offset=5, limit=2)
    assert "     5\tline 5" in result.text and "     6\tline 6" in result.text and "line 7" not in result.text
    assert "offset=7" in result.text
    beyond = await bench.run("file_read", file_path="a.txt", offset=99)
    assert beyond.status == "failed" and "30 lines" in beyond.text


async def test_names_the_nearest_file_when_there_is_none(bench: Any, root: Path) -> None:
    (root / "loader.py").write_text("x = 1\n")
    result = await bench.run("file_read", file_path="laoder.py")
    assert result.status == "failed" and "loader.py" in result.text and not result.mistake


async def test_says_binary_and_directory(bench: Any, root: Path) -> None:
    (root / "b.bin").write_bytes(b"\0\1\2")
    (root / "sub").mkdir()
    assert "binary" in (await bench.run("file_read", file_path="b.bin")).text
    assert "directory_list" in (await bench.run("file_read", file_path="sub")).text


async def test_secrets_and_outside_are_refused(bench: Any, root: Path, tmp_path: Path) -> None:
    (root / ".env").write_text("API_KEY=canary-value-1")
    (root / "innocent").symlink_to(root / ".env")
    for path in (".env", "innocent"):
        result = await bench.run("file_read", file_path=path)
        assert result.status == "refused" and "canary" not in result.text
    bench.person.answer = type(bench.person.answer)(choice="deny")
    outside = tmp_path / "outside.txt"
    outside.write_text("not yours")
    ctx = bench.agent("eve", "coder")
    ctx.policy = type(ctx.policy)(run="run_1", preset="balanced")
    result = await bench.run("file_read", ctx, file_path=str(outside))
    assert result.status == "refused" and "not yours" not in result.text


async def test_data_files_are_described_below_full(bench: Any, root: Path) -> None:
    (root / "people.csv").write_text("name,age\n" + "".join(f"canary{n},{n}\n" for n in range(50)))
    result = await bench.run("file_read", file_path="people.csv")
    assert "canary7" not in result.text and "age" in result.text
    full = await bench.run("file_read", bench.share("full"), file_path="people.csv")
    assert "canary7" in full.text


async def test_write_creates_with_intent_change_and_signal(bench: Any, root: Path) -> None:
    result = await bench.run("file_write", file_path="new/a.py", content="x = 1\n")
    assert result.status == "ok" and (root / "new/a.py").read_text() == "x = 1\n"
    (signal,) = bench.signals(FileChanged)
    assert signal.path == "new/a.py" and signal.before == "" and signal.after and signal.added == 1
    store = bench.ctx.services.store
    (change,) = await store.read(changes.standing)
    assert change.path == "new/a.py" and await bench.content_before(change.number) is None
    intent = await bench.intent("call_1")
    assert intent.status == "ok" and intent.after == signal.after and intent.effect == result.text


async def test_an_existing_file_must_have_been_read(bench: Any, root: Path) -> None:
    (root / "a.py").write_text("x = 1\n")
    refused = await bench.run("file_write", file_path="a.py", content="x = 2\n")
    assert refused.status == "failed" and "file_read" in refused.text
    refused = await bench.run("file_edit", file_path="a.py", old_string="1", new_string="2")
    assert refused.status == "failed" and "file_read" in refused.text
    await bench.run("file_read", file_path="a.py")
    assert (await bench.run("file_edit", file_path="a.py", old_string="1", new_string="2")).status == "ok"
    assert (await bench.run("file_write", file_path="a.py", content="x = 3\n")).status == "ok"
    store = bench.ctx.services.store
    latest, *_ = await store.read(changes.standing)
    assert await bench.content_before(latest.number) == b"x = 2\n"


async def test_a_strangers_change_makes_it_stale(bench: Any, root: Path) -> None:
    (root / "a.py").write_text("x = 1\ny = 1\n")
    await bench.run("file_read", file_path="a.py")
    (root / "a.py").write_text("x = 1\ny = 2\n")
    result = await bench.run("file_edit", file_path="a.py", old_string="x = 1", new_string="x = 3")
    assert result.status == "failed" and "outside the team" in result.text


async def test_two_agents_edit_their_claimed_functions_of_one_file(bench: Any, root: Path) -> None:
    (root / "m.py").write_text("def a():\n    return 1\n\n\ndef b():\n    return 2\n")
    ada, bob = bench.ctx, bench.agent("bob")
    for ctx, symbol in ((ada, "a"), (bob, "b")):
        assert (await bench.run("file_read", ctx, file_path="m.py")).status == "ok"
        assert (await bench.run("peer_claim_region", ctx, file_path="m.py", symbol=symbol)).status == "ok"
    one = await bench.run(
        "file_edit",
        ada,
        file_path="m.py",
        old_string="    return 1",
        new_string="    x = 1\n    y = 2\n    return x + y",
    )
    two = await bench.run("file_edit", bob, file_path="m.py", old_string="return 2", new_string="return 20")
    assert one.status == two.status == "ok", (one.text, two.text)
    assert "x + y" in (root / "m.py").read_text() and "return 20" in (root / "m.py").read_text()
    held = {c.symbol: (c.start, c.end) for c in ada.claims.held("m.py")}
    assert held["b"][0] == 7  # moved by two lines
    refused = await bench.run("file_edit", bob, file_path="m.py", old_string="x = 1", new_string="x = 9")
    assert refused.status == "failed" and "ada" in refused.text
    whole = await bench.run("file_write", bob, file_path="m.py", content="pass\n")
    assert whole.status == "failed" and "ada" in whole.text


async def test_a_teammates_change_without_a_claim_is_stale(bench: Any, root: Path) -> None:
    (root / "a.py").write_text("x = 1\ny = 1\n")
    ada, bob = bench.ctx, bench.agent("bob")
    await bench.run("file_read", ada, file_path="a.py")
    await bench.run("file_read", bob, file_path="a.py")
    assert (await bench.run("file_edit", bob, file_path="a.py", old_string="y = 1", new_string="y = 2")).status == "ok"
    result = await bench.run("file_edit", ada, file_path="a.py", old_string="x = 1", new_string="x = 3")
    assert result.status == "failed" and "bob" in result.text


async def test_concurrent_edits_of_one_file_lose_nothing(bench: Any, root: Path) -> None:
    (root / "m.txt").write_text("\n".join(f"slot{n}: -" for n in range(8)) + "\n")
    agents = [bench.agent(f"coder-{n}") for n in range(8)]
    for n, ctx in enumerate(agents):
        await bench.run("file_read", ctx, file_path="m.txt")
        await bench.run("peer_claim_region", ctx, file_path="m.txt", start_line=n + 1, end_line=n + 1)
    results = await asyncio.gather(
        *(
            bench.run("file_edit", ctx, file_path="m.txt", old_string=f"slot{n}: -", new_string=f"slot{n}: done")
            for n, ctx in enumerate(agents)
        )
    )
    assert all(r.status == "ok" for r in results), [r.text for r in results]
    assert (root / "m.txt").read_text().count("done") == 8


async def test_encoding_and_line_ends_are_kept(bench: Any, root: Path) -> None:
    (root / "w.txt").write_bytes("größe\r\nzwei\r\n".encode("cp1252"))
    await bench.run("file_read", file_path="w.txt")
    assert (
        await bench.run("file_edit", file_path="w.txt", old_string="zwei\n", new_string="drei\nvier\n")
    ).status == "ok"
    assert (root / "w.txt").read_bytes() == "größe\r\ndrei\r\nvier\r\n".encode("cp1252")


async def test_a_broken_python_file_is_a_warning(bench: Any, root: Path) -> None:
    result = await bench.run("file_write", file_path="a.py", content="def f(:\n")
    assert result.status == "ok" and "does not parse" in result.text


async def test_a_tester_writes_tests_only(bench: Any) -> None:
    ctx = bench.agent("tess", "tester")
    assert (await bench.run("file_write", ctx, file_path="src/a.py", content="x")).status == "refused"
    assert (await bench.run("file_write", ctx, file_path="tests/test_a.py", content="x = 1\n")).status == "ok"


async def test_a_write_that_failed_leaves_nothing_to_undo(
    bench: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes, before: str) -> None:
        raise ToolFailed(f"{path.name} cannot be written: the disk is full.")

    monkeypatch.setattr("loomkin_jupyter.tools.files.write_atomic", full)
    result = await bench.run("file_write", file_path="a.txt", content="x")
    assert result.status == "failed" and "disk is full" in result.text
    assert await bench.ctx.services.store.read(changes.standing) == []
    assert (await bench.intent("call_1")).status == "failed" and not bench.signals(FileChanged)
