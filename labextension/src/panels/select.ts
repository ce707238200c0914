/** What of the state belongs to one run, in the order in which it is shown. Filters and sorts only. */

import type { Agent, Change, DecisionNode, FeedEntry, Proposal, Question, Run, State, Task } from "./types";

const FAMILY_ORDER = ["needs_you", "failed", "silent", "working", "waiting", "paused", "done", "idle"];
const ENDED = new Set(["completed", "failed", "discarded"]);
const CURRENT = ["in_progress", "ready_for_review", "assigned", "blocked", "pending"];

const ofRun = <T extends { run?: string }>(items: T[], run: string): T[] => items.filter((item) => !run || !item.run || item.run === run);

export function runOf(state: State, run: string): Run | undefined {
  return state.runs[run] ?? state.runs[state.run];
}

export function openQuestions(state: State, run = ""): Question[] {
  return ofRun(Object.values(state.questions), run).filter((question) => question.state === "open");
}

export function tasksOf(state: State, run = ""): Task[] {
  return ofRun(Object.values(state.tasks), run);
}

export function currentTask(tasks: Task[]): Task | undefined {
  for (const status of CURRENT) {
    const found = tasks.find((task) => task.status === status);
    if (found) return found;
  }
  return undefined;
}

export function isEnded(task: Task): boolean {
  return ENDED.has(task.status);
}

/** The changes of one run are its own; without a run they are everybody's, summed up. */
export function changesOf(state: State, run = ""): Change[] {
  const own = state.runs[run]?.changes;
  if (!own) return ofRun(Object.values(state.changes), run);
  return Object.values(own).map((change) => {
    const latest = state.changes[change.path];
    return latest?.run === run ? { ...latest, ...change } : change;
  });
}

export function proposalsOf(state: State, run = ""): Proposal[] {
  return ofRun(Object.values(state.proposals), run);
}

export function decisionsOf(state: State, run = ""): DecisionNode[] {
  const nodes = ofRun(Object.values(state.decisions.nodes), run);
  const own = nodes.filter((node) => !node.auto);
  return (own.length ? own : nodes).sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
}

export function feedOf(state: State, run = ""): FeedEntry[] {
  return ofRun(Object.values(state.feed), run).sort((a, b) => a.n - b.n);
}

export function agentsInOrder(state: State): Agent[] {
  const rank = (agent: Agent): number => {
    const place = FAMILY_ORDER.indexOf(agent.family);
    return place < 0 ? FAMILY_ORDER.length : place;
  };
  return Object.values(state.agents).sort((a, b) => rank(a) - rank(b));
}

/** The newest sign of life of any agent. */
export function lastSign(state: State): number {
  return Math.max(0, ...Object.values(state.agents).map((agent) => agent.last_sign ?? 0));
}
