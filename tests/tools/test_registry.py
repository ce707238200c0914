"""The live list of tools: names and parameters of the contract, roles, swapping."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ToolRetry, UsageError
from loomkin_jupyter.tools.declare import DECLARED, make_spec, tool
from loomkin_jupyter.tools.registry import Registry

CONTRACT = """
file_read(file_path, offset?, limit?), file_write(file_path, content), file_edit(file_path, old_string, new_string, replace_all?),
file_search(pattern, path?), content_search(pattern, path?, glob?), directory_list(path), shell(command, timeout?),
python_run(code, timeout?), git(operation, args), kernel_variables(), variable_inspect(name), dataframe_profile(name),
kernel_eval(code), notebook_read(path?), cell_propose(cell_id?, position?, action, source?, reason?),
decision_log(node_type, title, description?, confidence?, parent_id?, edge_type?), decision_query(query_type, search_term?, limit?),
peer_message(to, content), peer_claim_region(file_path, start_line?, end_line?, symbol?),
peer_create_task(title, description?, priority?, depends_on_id?),
peer_complete_task(task_id, result, actions_taken?, discoveries?, files_changed?, decisions_made?, open_questions?),
team_spawn(team_name, purpose, roles), team_assign(title, description, agent_name, priority?),
peer_review(task_id?, file_path?, question?), peer_discovery(content, type?), peer_release_region(file_path),
pivot_decision(old_node_id, observation, new_approach, confidence?), decision_revise(node_id, confidence, reason),
run_tests(path?, args?), team_progress(), ask_user(question, options?),
context_retrieve(query?, agent?, keeper_id?, mode?, offset?), search_keepers(query),
repo_map(task?, files?, budget?), symbol_find(name, path?), references_find(name, path?), fetch_content(url, offset?)
"""
ROLES = ("lead", "concierge", "researcher", "coder", "reviewer", "tester", "analyst")
FORBIDDEN = {
    "concierge": "file_write file_edit shell python_run run_tests kernel_eval cell_propose git",
    "researcher": "file_write file_edit shell python_run run_tests kernel_eval cell_propose team_spawn team_assign",
    "coder": "kernel_eval team_spawn team_assign team_progress",
    "reviewer": "file_write file_edit shell python_run kernel_eval cell_propose team_spawn team_assign",
    "tester": "kernel_eval cell_propose team_spawn team_assign",
    "analyst": "file_write file_edit shell python_run run_tests team_spawn team_assign",
}


def test_names_and_parameters_are_the_contract() -> None:
    registry = Registry.load()
    wanted: dict[str, tuple[set[str], set[str]]] = {}
    for entry in CONTRACT.replace("\n", " ").split(")"):
        name, _, parameters = entry.strip(" ,").partition("(")
        if name:
            names = [p.strip() for p in parameters.split(",") if p.strip()]
            wanted[name] = ({n.rstrip("?") for n in names}, {n for n in names if not n.endswith("?")})
    assert set(registry.names()) == set(wanted) and len(wanted) == 37
    for name, (every, required) in wanted.items():
        schema = registry.get(name).parameters
        assert set(schema["properties"]) == every, name
        assert set(schema["required"]) <= required, name
        assert required - set(schema["required"]) <= {"args"}, name


@pytest.mark.parametrize("role", sorted(FORBIDDEN))
def test_roles_lack_what_the_table_forbids(role: str) -> None:
    offered = {spec.name for spec in Registry.load().for_role(role)}
    assert not offered & set(FORBIDDEN[role].split())
    assert {"file_read", "peer_message", "decision_log", "context_retrieve"} <= offered


def test_an_orchestrating_lead_keeps_reading_and_coordinating() -> None:
    registry = Registry.load()
    alone = {s.name for s in registry.for_role("lead")}
    orchestrating = {s.name for s in registry.for_role("lead", orchestrating=True)}
    assert alone - orchestrating == {
        "file_write", "file_edit", "shell", "python_run", "run_tests", "kernel_eval", "kernel_variables", "variable_inspect",
        "dataframe_profile", "cell_propose",
    }  # fmt: skip
    assert {"team_spawn", "team_assign", "file_read", "peer_message"} <= orchestrating


def test_every_tool_reaches_some_role_and_every_argument_is_described() -> None:
    registry = Registry.load()
    reached = {spec.name for role in ROLES for spec in registry.for_role(role)}
    assert reached == set(registry.names())
    for name in registry.names():
        for argument, schema in registry.get(name).parameters["properties"].items():
            assert schema.get("description"), f"{name}.{argument}"


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(ToolRetry) as caught:
        Registry.load().get("file_reed")
    assert "file_read" in str(caught.value)


def test_a_cells_tool_arrives_and_is_swapped_by_running_the_cell_again() -> None:
    registry = Registry.load()
    stop = registry.follow()
    try:

        @tool(kind="read")
        def fetch_rows(n: int) -> str:
            """Fetch."""
            return f"one {n}"

        version = registry.version
        assert registry.get("fetch_rows").function is fetch_rows

        def again() -> None:
            @tool(kind="read")
            def fetch_rows(n: int) -> str:  # pyright: ignore[reportUnusedFunction]
                """Fetch again."""
                return f"two {n}"

        again()
        assert registry.version > version and registry.get("fetch_rows").description == "Fetch again."
        later = Registry.load()
        later.follow()()
        assert later.get("fetch_rows").description == "Fetch again."
        with pytest.raises(UsageError):

            @tool(name="shell")
            def mine(x: int) -> int:  # pyright: ignore[reportUnusedFunction]
                """Mine."""
                return x

    finally:
        stop()
        DECLARED.specs.pop("fetch_rows", None)
        DECLARED.specs.pop("shell", None)


def test_custom_roles_name_their_tools() -> None:
    registry = Registry.load()
    registry.define_role("auditor", ["file_read", "dataframe_profile"])
    assert [s.name for s in registry.for_role("auditor")] == ["dataframe_profile", "file_read"]
    with pytest.raises(UsageError):
        registry.define_role("x", ["file_reed"])


def test_tools_can_be_removed() -> None:
    def once(x: int) -> int:
        """Once."""
        return x

    registry = Registry([make_spec(once)])
    registry.remove("once")
    registry.remove("once")
    assert registry.names() == [] and registry.statistics()["tools"] == 0
