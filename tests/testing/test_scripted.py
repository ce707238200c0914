"""The scripted server by plain HTTP: both dialects, streamed and whole, errors, holds, cuts, a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing.scripted import Call, Reply, ScriptedServer, ScriptRequest, steps

SYSTEM = "You are ada (researcher) in team audit.\nBe brief."


def openai_body(**rest: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "hello"}]
    return {"model": "gpt-4o-mini", "messages": messages, **rest}


def post(server: ScriptedServer, body: dict[str, Any], path: str = "/v1/chat/completions") -> httpx.Response:
    return httpx.post(server.url + path, json=body, timeout=60, trust_env=False)


def data_of(response: httpx.Response) -> list[dict[str, Any]]:
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def test_openai_whole_with_calls_and_usage():
    reply = Reply("looking", [("file_read", {"file_path": "a.py"}), Call("shell", "{broken")], usage=Usage(100, 20, 40))
    with ScriptedServer([reply]) as server:
        answer = post(server, openai_body()).json()
        message = answer["choices"][0]["message"]
        assert message["content"] == "looking"
        assert [c["function"]["name"] for c in message["tool_calls"]] == ["file_read", "shell"]
        assert message["tool_calls"][1]["function"]["arguments"] == "{broken"
        assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 40
        assert answer["choices"][0]["finish_reason"] == "tool_calls"


def test_requests_carry_the_agent():
    with ScriptedServer(["hi"]) as server:
        post(server, openai_body(tools=[{"type": "function", "function": {"name": "shell"}}]))
        request = server.wait_for(1, agent="ada")[0]
        assert (request.agent, request.role, request.team) == ("ada", "researcher", "audit")
        assert request.tools == ["shell"]
        assert request.answers == 0
        assert request.last == "hello"


def test_openai_stream_ends_with_usage():
    with ScriptedServer([Reply("one two three", piece=4)]) as server:
        response = post(server, openai_body(stream=True))
        chunks = data_of(response)
        text = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])
        assert text == "one two three"
        assert chunks[-1]["usage"]["completion_tokens"] > 0
        assert response.text.endswith("data: [DONE]\n\n")


def test_anthropic_stream_opens_and_closes_blocks():
    body = {
        "model": "claude",
        "system": SYSTEM,
        "stream": True,
        "messages": [
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t1", "name": "shell", "input": {"command": "ls"}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "a.py"}]},
        ],
    }
    with ScriptedServer([Reply("well", [("shell", {"command": "pwd"}), ("shell", {})])]) as server:
        kinds = [c["type"] for c in data_of(post(server, body, "/v1/messages"))]
        assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 3
        assert kinds[0] == "message_start"
        assert kinds[-1] == "message_stop"
        request = server.requests[0]
        assert request.agent == "ada"
        assert request.answers == 1
        assert request.results == [("shell", "a.py")]


def test_anthropic_whole():
    body = {"model": "claude", "messages": [{"role": "user", "content": "go"}]}
    with ScriptedServer([Reply("well", [("shell", {"command": "pwd"})], usage=Usage(100, 5, 60))]) as server:
        answer = post(server, body, "/v1/messages").json()
        assert answer["content"][1]["input"] == {"command": "pwd"}
        assert answer["usage"]["input_tokens"] == 40
        assert answer["usage"]["cache_read_input_tokens"] == 60
        assert answer["stop_reason"] == "tool_use"


@pytest.mark.parametrize("status", [401, 429, 500, 529])
def test_errors_carry_status_and_headers(status: int):
    with ScriptedServer([Reply("no", status=status, headers={"Retry-After": "3"})]) as server:
        response = post(server, openai_body())
        assert response.status_code == status
        assert response.headers["Retry-After"] == "3"
        assert response.json()["error"]["message"] == "no"


def test_a_cut_stream_is_a_broken_connection():
    with ScriptedServer([Reply("one two three", piece=2, cut_after=3)]) as server, pytest.raises(httpx.HTTPError):
        post(server, openai_body(stream=True))


def test_a_held_reply_waits_for_its_event():
    with ScriptedServer([Reply("late", hold="gate")]) as server:
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(post(server, openai_body()).text))
        thread.start()
        server.wait_for(1)
        assert not answers
        server.event("gate").set()
        thread.join(60)
        assert "late" in answers[0]


def test_steps_follow_the_history():
    script = steps({"ada": ["first", lambda request: f"second after {request.last}"]})
    with ScriptedServer(script) as server:
        body = openai_body()
        texts: list[str] = []
        for _ in range(3):
            message = post(server, body).json()["choices"][0]["message"]
            texts.append(message["content"])
            body["messages"] += [message, {"role": "user", "content": "more"}]
        assert texts == ["first", "second after more", "done."]


def test_a_failing_script_fails_the_test():
    def script(request: ScriptRequest) -> str:
        raise KeyError("step")

    with pytest.raises(KeyError), ScriptedServer(script) as server, pytest.raises(httpx.HTTPError):
        post(server, openai_body())


def test_a_process_of_its_own(tmp_path: Path):
    file = tmp_path / "script.py"
    file.write_text("from loomkin_jupyter.testing.scripted import Reply\nsteps = {'ada': [Reply('one', hold='go')]}\n")
    command = [sys.executable, "-m", "loomkin_jupyter.testing.scripted", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        try:
            assert ready["environment"]["OPENAI_BASE_URL"].endswith("/v1")
            httpx.get(ready["url"] + "/_release/go", trust_env=False)
            answer = httpx.post(ready["url"] + "/v1/chat/completions", json=openai_body(), timeout=60, trust_env=False)
            assert answer.json()["choices"][0]["message"]["content"] == "one"
            listed = httpx.get(ready["url"] + "/_requests", trust_env=False).json()["requests"]
            assert [request["agent"] for request in listed] == ["ada"]
        finally:
            process.terminate()
