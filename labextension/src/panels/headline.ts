/** The first line of a run: alive or not, what is being done in words, last sign, and Stop in its one place. */

import { badge, runFamily } from "./badge";
import type { Context } from "./context";
import { button, h, setAttribute, setText, show } from "./dom";
import { age } from "./format";
import { agentsInOrder, lastSign, openQuestions, runOf } from "./select";
import { T } from "./strings";
import type { Component, State } from "./types";

const SILENT_S = 45;

export function headline(context: Context): Component {
  const status = badge();
  const sentence = h("p", { class: "lk-sentence", "data-part": "activity" });
  const sign = h("p", { class: "lk-dim", "data-part": "sign" });
  const labels = h("p", { class: "lk-dim", "data-part": "labels" });
  const stop = button(T.stop, "stop", (from) => void context.command({ do: "stop", run: runOf(context.store.state, context.run())?.id ?? "" }, from), T.stopTitle);
  stop.classList.add("lk-stop");
  const bar = h("div", { class: "lk-bar" }, status.el, h("div", { class: "lk-grow" }, sentence, sign), stop);
  const el = h("div", { "data-part": "headline" }, bar, labels);
  let said = "";
  return {
    el,
    update(state: State) {
      const run = runOf(state, context.run());
      const running = run?.status === "running";
      const quiet = running && lastSign(state) > 0 ? context.store.now() - lastSign(state) : 0;
      const waits = openQuestions(state, run?.id ?? "").length > 0;
      if (!run) status.update("idle");
      else if (running && waits) status.update("needs_you");
      else if (running && quiet >= SILENT_S) status.update("silent", `${T.families["silent"]} ${age(quiet)}`);
      else status.update(runFamily(run.status), running ? undefined : run.status === "limit" ? T.outcome["limit"] : run.status);
      const first = agentsInOrder(state).find((agent) => agent.family === "working" && agent.activity);
      const doing = run?.activity && run.activity !== "starting" ? run.activity : first ? `${first.name}: ${first.activity}` : run?.activity;
      setText(sentence, run ? (running ? doing || T.outcome["running"]! : run.request) : T.noAgents);
      setText(sign, running && lastSign(state) ? T.lastSign(age(quiet)) : "");
      setAttribute(stop, "data-idle", running ? null : "");
      setText(labels, (run?.labels ?? []).join(" · "));
      show(labels, (run?.labels ?? []).length > 0);
      if (run && run.status !== "running" && said !== run.id + run.status) {
        if (said) context.say(T.outcome[run.status] ?? run.status);
        said = run.id + run.status;
      } else if (running) said = run.id;
    },
  };
}
