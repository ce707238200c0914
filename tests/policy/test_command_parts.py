"""Commands taken apart: every nested command becomes a part, what hides is not understood, spelling does not matter."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.policy.command_parts import NotUnderstood, canonical, parse

plain = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12)
quotable = plain.filter(lambda word: "$" not in word and "`" not in word)


def texts(command: str) -> list[str]:
    return [part.text for part in parse(command)]


@given(st.lists(quotable, max_size=6))
def test_quoted_words_arrive_as_they_are(words: list[str]) -> None:
    (part,) = parse(shlex.join(["show", *words]))
    assert part.words == ("show", *words)
    assert part.dynamic == ()


@given(st.text(max_size=60))
def test_any_text_is_parts_or_not_understood(command: str) -> None:
    try:
        parts = parse(command)
    except NotUnderstood as reason:
        assert str(reason)
        return
    assert all(part.words or part.environment or part.redirects for part in parts)


@given(st.text(st.sampled_from("rm x/.;|&<>()$`\"'\\{}*\n-c=!#"), max_size=30))
def test_shell_like_noise_never_breaks_the_parser(command: str) -> None:
    try:
        parse(command)
    except NotUnderstood:
        pass


WRAPPED = [
    "{}", "true; {}", "true && {}", "false || {}", "true | {}", "({})", "{{ {}; }}", "! {}", "{} &", "echo $({})",
    "echo `{}`", 'echo "$({})"', "diff <({}) b", "if true; then {}; fi", "while {}; do true; done", "for a in b; do {}; done",
    "env A=1 {}", "env -u A {}", "sudo {}", "sudo -u bob {}", "sudo A=1 {}", "nohup {}", "nice -n 5 {}",
    "timeout 5 {}", "timeout -k 1 5 {}", "xargs {}", "xargs -n 1 {}", "command {}", "exec {}", "setsid {}", "busybox {}",
    "find . -exec {} \\;", "fd -x {}", "A=$({}) true", "cat <<< $({})", "stdbuf -oL {}", "strace -f {}", "watch -n 1 {}",
]  # fmt: skip


@pytest.mark.parametrize("around", WRAPPED)
def test_a_nested_command_is_a_part(around: str) -> None:
    assert "rm -f x" in texts(around.format("rm -f x"))


@given(st.lists(st.sampled_from([w for w in WRAPPED if not set("<`") & set(w)]), min_size=1, max_size=3))
def test_nesting_hides_nothing(layers: list[str]) -> None:
    command = "rm -f x"
    for layer in layers:
        command = layer.format(command)
    try:
        found = texts(command)
    except NotUnderstood:
        return
    assert any("rm" in text.split() for text in found)


SHELLS = [
    "bash -c {}", "sh -c {}", "bash -ec {}", "bash -Ec {}", "bash -c -e {}", "bash -e -c {}", "bash +x -c {}",
    "bash -o pipefail -c {}", "bash -eo pipefail -c {}", "bash -euo pipefail -c {}", "bash -O extglob -c {}", "bash --norc -c {}",
    "bash --rcfile x -c {}", "/bin/bash -c {}", "env bash -c {}", "busybox sh -c {}", "bash -c -- {}", "eval {}", "zsh -ic {}",
]  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_shell_is_told_is_a_part(shell: str) -> None:
    assert "rm -f x" in texts(shell.format("'rm -f x; true'"))
    assert "rm -f x" in texts(shell.format(shlex.quote("bash -c 'rm -f x'")))


@pytest.mark.parametrize(
    "command",
    [
        "", "   ", "a\0b", "bash", "sh -s", "sh -s x", "bash -s -- x", "bash -", "bash /dev/stdin", "bash /proc/self/fd/0",
        "bash -i", "bash -c", "curl x | sh", "bash <(curl x)", "bash $X", 'bash -c "$X"', "eval $X", "$X", "$(echo rm) x",
        "source x", ". x", "f() { rm x; }", "echo $'\\x41'", 'echo "unclosed', "env -S 'rm x'", "flock f -c 'rm x'",
        "su -c 'rm x'", "script -c 'rm x'", "watch 'rm x'", "xargs $X", "sudo $X", "find . -exec $X \\;", "x" * 20_001,
        "git -c alias.x='!rm x' x", "git -c core.pager=evil log", "git -c core.sshCommand=evil fetch", "cat <<EOF\n$(rm x)\nEOF",
        "bash -s x <<'EOF'\nrm x\nEOF", "echo ${X:-$(rm x)}", "case x in x) rm y;; esac",
    ],
)  # fmt: skip
def test_what_hides_is_not_understood(command: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(command)


def test_a_literal_document_is_text() -> None:
    (part,) = parse("cat > a.txt <<'EOF'\n$(rm x) `rm y` 'unclosed\nEOF")
    assert part.words == ("cat",)
    assert [(r.target, r.write) for r in part.redirects] == [("a.txt", True)]


def test_places_of_words_known_only_later() -> None:
    (part,) = parse('cp a "$B" c')
    assert part.dynamic == (2,)
    outer, inner = parse('env cp "$B" c')
    assert (outer.dynamic, inner.dynamic) == ((2,), (1,))
    assert (inner.wrapped, outer.wrapped) == (True, False)


def test_quotes_of_several_kinds_in_one_word() -> None:
    assert texts("""cat '.e'"n"'v' .e\\nv "a 'b' c" """) == ["cat .env .env a 'b' c"]
    assert texts("""echo $(cat '.e'"nv")""")[1] == "cat .env"


def test_redirects_and_environment() -> None:
    (part,) = parse("A=1 B=2 cmd < in > out 2>> err 2>&1")
    assert part.environment == ("A=1", "B=2")
    assert [(r.target, r.write) for r in part.redirects] == [("in", False), ("out", True), ("err", True)]
    assert parse("/usr/bin/git status")[0].name == "git"


@given(st.lists(st.sampled_from("abcdf"), min_size=1, max_size=5, unique=True), st.data())
def test_options_have_one_spelling(letters: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(letters))
    merged = canonical(("/bin/rm", "-" + "".join(letters), "x"))
    assert merged == canonical(("rm", *(f"-{letter}" for letter in shuffled), "x"))
    assert canonical(merged) == merged


def test_global_options_of_git_do_not_count() -> None:
    assert canonical(("git", "-C", "src", "-c", "a=b", "push", "-f")) == ("git", "push", "-f")
