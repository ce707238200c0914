/** The team: full cards in the sidebar, a strip of names and statuses in the run card. */

import { agentCard } from "./agent_card";
import { badge } from "./badge";
import type { Context } from "./context";
import { h, Rows, setText, show } from "./dom";
import { agentsInOrder } from "./select";
import { T } from "./strings";
import type { Agent, Component, State } from "./types";

const STRIP = 6;
const CARDS = 60;

export function roster(context: Context): Component {
  const list = h("ul", { class: "lk-rows" });
  const empty = h("p", { class: "lk-empty" }, T.noAgents);
  const more = h("p", { class: "lk-dim" });
  const rows = new Rows<Agent>(list, (agent) => agentCard(agent, context));
  return {
    el: h("div", { class: "lk-part", "data-part": "agents" }, empty, list, more),
    update(state: State) {
      const agents = agentsInOrder(state);
      rows.update(agents.slice(0, CARDS).map((agent) => [agent.name, agent] as const));
      show(empty, agents.length === 0);
      show(more, agents.length > CARDS);
      setText(more, T.more(agents.length - CARDS));
    },
  };
}

export function teamStrip(): Component {
  const list = h("ul", { class: "lk-list lk-team", "aria-label": T.teamRow });
  const more = h("span", { class: "lk-dim" });
  const rows = new Rows<Agent>(list, (first) => {
    const status = badge();
    const name = h("span", {}, first.name);
    return {
      el: h("li", { class: "lk-chip" }, name, status.el),
      update: (agent) => {
        setText(name, agent.name);
        status.update(agent.family, agent.word);
      },
    };
  });
  const el = h("div", { class: "lk-line", "data-part": "team" }, h("span", { class: "lk-label" }, T.teamRow), list, more);
  return {
    el,
    update(state: State) {
      const agents = agentsInOrder(state);
      rows.update(agents.slice(0, STRIP).map((agent) => [agent.name, agent] as const));
      show(more, agents.length > STRIP);
      setText(more, `+${agents.length - STRIP}`);
      show(el, agents.length > 0);
    },
  };
}
