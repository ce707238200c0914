/** One agent: what it does and since when, its task, last tools, tokens, cost, queue; and how to steer it. */

import { badge, initialsOf } from "./badge";
import type { Context } from "./context";
import { button, fold, h, Rows, setText, show } from "./dom";
import { age, count, duration, money, tokensTotal } from "./format";
import { showMarkdown } from "./markdown";
import { T } from "./strings";
import type { Agent, State, ToolUse } from "./types";

const TAIL = 600;

export interface AgentCard {
  el: HTMLElement;
  update(agent: Agent): void;
}

function toolRow(): { el: HTMLElement; update(tool: ToolUse): void } {
  const el = h("li", { class: "lk-dim" });
  return {
    el,
    update: (tool) =>
      setText(el, `${tool.tool}: ${tool.status}${tool.duration_s ? ` (${duration(tool.duration_s)})` : ""}${tool.summary ? `, ${tool.summary}` : ""}`),
  };
}

/** A text box that opens under a button, sends on Enter and closes on Esc. */
function writer(control: string, label: string, send: (text: string, from: HTMLElement) => void): { el: HTMLElement; toggle(): void } {
  const box = h("input", { type: "text", "data-control": `${control}-text`, "aria-label": label });
  const go = button(T.send, `${control}-send`, (from) => {
    if (!box.value.trim()) return;
    send(box.value.trim(), from);
    box.value = "";
    show(el, false);
  });
  const el = h("div", { class: "lk-field", hidden: true }, h("span", { class: "lk-dim" }, label), box, go);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go.click();
    if (event.key === "Escape") show(el, false);
  });
  return {
    el,
    toggle() {
      show(el, el.hidden);
      if (!el.hidden) box.focus();
    },
  };
}

export function agentCard(first: Agent, context: Context): AgentCard {
  const name = first.name;
  const face = initialsOf(name);
  const status = badge();
  const title = h("h4", {});
  const meta = h("p", { class: "lk-dim" });
  const activity = h("p", {});
  const task = h("p", { class: "lk-dim" });
  const numbers = h("p", { class: "lk-dim" });
  const fill = h("meter", { min: 0, max: 1, high: 0.6, optimum: 0, "aria-label": T.context });
  const fillLine = h("p", { class: "lk-dim" }, `${T.context} `, fill);
  const text = h("div", { class: "lk-text lk-scroll", role: "group", tabindex: "0", "aria-label": T.answer });
  const tools = h("ul", { class: "lk-list" });
  const rows = new Rows<ToolUse>(tools, () => toolRow());
  const more = fold(T.tools, "agent-tools", () => undefined, tools, text);

  const steer = writer("agent-steer", T.steerLabel(name), (value, from) => void context.command({ do: "steer", agent: name, text: value }, from));
  const message = writer("agent-message", T.messageLabel(name), (value, from) => void context.command({ do: "message", agent: name, text: value }, from));
  const pause = button(T.pause, "agent-pause", (from) => void context.command({ do: "pause", agent: name }, from));
  const resume = button(T.resume, "agent-resume", (from) => void context.command({ do: "resume", agent: name, guidance: "" }, from));
  const stop = button(T.stopAgent, "agent-stop", (from) => void context.command({ do: "stop", agent: name }, from));
  const actions = h(
    "div",
    { class: "lk-actions", role: "group", "aria-label": name },
    pause,
    resume,
    button(T.steer, "agent-steer", () => steer.toggle()),
    button(T.message, "agent-message", () => message.toggle()),
    stop,
  );
  const el = h(
    "li",
    { class: "lk-agent", "data-agent": name },
    h("div", { class: "lk-line" }, face.el, h("div", { class: "lk-grow" }, title, meta), status.el),
    activity,
    task,
    numbers,
    fillLine,
    more.el,
    actions,
    steer.el,
    message.el,
  );

  return {
    el,
    update(agent) {
      const state: State = context.store.state;
      const now = context.store.now();
      face.update(state);
      status.update(agent.family, agent.word);
      setText(title, `${agent.name}${agent.lead ? ` (${T.lead})` : ""}`);
      setText(meta, [agent.role, agent.model, agent.restarts ? T.restarts(agent.restarts) : ""].filter(Boolean).join(" · "));
      const doing = [agent.activity, agent.since ? T.since(age(now - agent.since)) : "", agent.last_sign ? T.lastSign(age(now - agent.last_sign)) : ""];
      setText(activity, doing.filter(Boolean).join(" · "));
      const owned = agent.task ? state.tasks[agent.task] : undefined;
      setText(task, agent.task ? `${T.task} ${agent.task}${owned ? ` ${owned.title}` : ""}` : "");
      show(task, Boolean(agent.task));
      setText(numbers, [T.tokens(count(tokensTotal(agent.tokens))), money(agent.cost_nano), T.queueN(agent.queue ?? 0)].join(" · "));
      show(fillLine, (agent.context_fill ?? 0) > 0);
      fill.value = agent.context_fill ?? 0;
      const last = agent.tools ?? [];
      setText(more.title, last.length ? `${T.tools} (${last.length})` : T.noTools);
      rows.update(last.map((tool, index) => [String(index), tool] as const));
      if (more.el.open) showMarkdown(text, (agent.text ?? "").slice(-TAIL));
      show(text, Boolean(agent.text));
      const paused = agent.status === "paused";
      show(pause, !paused);
      show(resume, paused);
    },
  };
}
