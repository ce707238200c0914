"""Names of secrets and of control files: case, folders and git's view of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.policy import secrets
from loomkin_jupyter.policy.secrets import is_control, is_secret, secret_pathspecs

ROWS = json.loads((Path(__file__).parent / "attacks" / "paths.json").read_text(encoding="utf-8"))
SECRETS = [
    row["path"] for row in ROWS if row["why"] == "secret" and "name" not in row["path"] and ".." not in row["path"]
]
CONTROL = [row["path"] for row in ROWS if row["why"] == "control" and "link" not in row["path"]]
folders = st.lists(st.sampled_from(["src", "deep", "a b", "data.d"]), max_size=3)


@given(folders, st.sampled_from(SECRETS), st.booleans())
def test_a_secret_is_one_in_every_folder_and_case(above: list[str], path: str, upper: bool) -> None:
    assert is_secret("/".join([*above, path.removeprefix("./").upper() if upper else path.removeprefix("./")]))


@given(folders, st.sampled_from(CONTROL), st.booleans())
def test_a_control_file_is_one_in_every_folder_and_case(above: list[str], path: str, upper: bool) -> None:
    assert is_control("/".join([*above, path.upper() if upper else path]))


@pytest.mark.parametrize(
    "path",
    [
        "", "a.py", "environment.yml", "src/env.py", "keyboard.py", "id_rsa.pub", ".ssh/id_ed25519.pub", "tokens.csv",
        "keys.md", "secrets.md", "docs/credentials.md", "pem.txt", "key", "gcloud.py", ".github/workflows/ci.yml",
    ],
)  # fmt: skip
def test_ordinary_names_are_neither(path: str) -> None:
    assert not is_secret(path)
    assert not is_control(path)


def test_git_leaves_secrets_out_of_what_it_shows(tmp_path: Path) -> None:
    """Every secret of the table, tracked in a real repository, and not one of them listed."""
    names = sorted({path.removeprefix("./") for path in SECRETS if path != ".ENV" and "SERVER" not in path})
    for name in [*names, "a.py", "src/.ENV.BAK", "src/b.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-f", "-A"], check=True)
    shown = subprocess.run(
        [*git, "ls-files", "--", ".", *secret_pathspecs()], check=True, capture_output=True, text=True
    )
    assert shown.stdout.split("\n") == ["a.py", "src/b.py", ""]


_PARTS = st.sampled_from(
    ["src", ".env", ".env.local", "x.pem", "id_rsa", "id_rsa.pub", "config.json", ".docker", "hosts.yml", "gh", ".config", ".cargo",
     "credentials.toml", ".ssh", "proc", "environ", "gcloud", "CREDENTIALS", "service-account-1.json", "a.key", ".", "", "x.", "env"]
)  # fmt: skip


@given(st.booleans(), st.lists(_PARTS, max_size=5))
def test_the_quick_look_overlooks_no_secret(absolute: bool, parts: list[str]) -> None:
    text = "/" * absolute + "/".join(parts)
    assert is_secret(text) == secrets.holds_secrets(text.casefold())
