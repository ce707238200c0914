/** The state that views/projection.py sends, and the commands that go back. Shapes only. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Tokens {
  input?: number;
  output?: number;
  cached?: number;
  reasoning?: number;
}

export interface Run {
  id: string;
  request: string;
  status: string;
  answer?: string;
  reason?: string;
  started?: number;
  finished?: number;
  cost_nano?: number | null;
  limit_usd?: number | null;
  limit_tokens?: number | null;
  tokens?: Tokens;
  labels?: string[];
  model?: string;
  duration_s?: number;
  activity?: string;
  team?: string;
  cell?: string;
  agents?: Record<string, RunAgent>;
  changes?: Record<string, Change>;
}

/** What one agent did in one run. */
export interface RunAgent {
  name: string;
  model?: string;
  word?: string;
  tokens: Tokens;
  cost_nano?: number | null;
}

export interface ToolUse {
  tool: string;
  status: string;
  summary?: string;
  duration_s?: number;
}

export interface Agent {
  name: string;
  role: string;
  model?: string;
  status: string;
  family: string;
  word: string;
  glyph: string;
  activity?: string;
  detail?: string;
  since?: number;
  last_sign?: number;
  task?: string;
  text?: string;
  tools?: ToolUse[];
  tokens?: Tokens;
  cost_nano?: number | null;
  queue?: number;
  context_fill?: number;
  lead?: boolean;
  restarts?: number;
  team?: string;
}

export interface Task {
  handle: string;
  title: string;
  description?: string;
  status: string;
  owner?: string;
  priority?: number;
  depends_on?: string[];
  result?: string;
  run?: string;
}

export interface Question {
  id: string;
  handle: string;
  kind: string;
  title: string;
  detail?: string;
  effect?: string;
  options?: string[];
  scopes?: string[];
  deadline?: number | null;
  agent?: string;
  tool?: string;
  reversible?: boolean;
  state: string;
  answer?: string;
  by?: string;
  where?: string;
  run?: string;
}

export interface FeedEntry {
  n: number;
  time: number;
  kind: string;
  agent?: string;
  to?: string;
  text: string;
  run?: string;
}

export interface DecisionNode {
  handle: string;
  kind: string;
  title: string;
  description?: string;
  confidence?: number | null;
  status?: string;
  agent?: string;
  auto?: boolean;
  doubt?: boolean;
  run?: string;
  time?: number;
  files?: string[];
  variables?: string[];
}

export interface DecisionEdge {
  source: string;
  target: string;
  kind: string;
  rationale?: string;
}

export interface Change {
  path: string;
  added?: number;
  removed?: number;
  by?: string;
  diff?: string;
  undone?: boolean;
  run?: string;
}

export interface Proposal {
  id: string;
  action: string;
  cell?: string;
  position?: number | null;
  source?: string;
  before?: string;
  reason?: string;
  by?: string;
  run?: string;
}

export interface Claim {
  id: string;
  path: string;
  holder: string;
  start?: number | null;
  end?: number | null;
  symbol?: string;
  intent?: string;
}

export interface QueuedMessage {
  id: string;
  to: string;
  sender: string;
  kind: string;
  text: string;
  priority?: string;
  /** The moment from which it can be read, in seconds since the epoch. */
  due?: number;
}

export interface Keeper {
  handle: string;
  topic: string;
  tokens?: number;
  agent?: string;
}

export interface Cost {
  total_nano?: number;
  unknown?: boolean;
  calls?: number;
  by_agent?: Record<string, number>;
  by_model?: Record<string, number>;
  cached?: number;
}

export interface State {
  workspace: { root?: string; name?: string; sandbox?: string; preset?: string; share?: string; notices?: string[] };
  runs: Record<string, Run>;
  run: string;
  agents: Record<string, Agent>;
  tasks: Record<string, Task>;
  questions: Record<string, Question>;
  feed: Record<string, FeedEntry>;
  decisions: { nodes: Record<string, DecisionNode>; edges: Record<string, DecisionEdge> };
  graph: { positions: Record<string, [number, number]> };
  changes: Record<string, Change>;
  proposals: Record<string, Proposal>;
  claims: Record<string, Claim>;
  queue: Record<string, QueuedMessage>;
  keepers: Record<string, Keeper>;
  cost: Cost;
  clock: number;
}

export interface Command {
  do: string;
  [key: string]: Json | undefined;
}

export interface Reply {
  ok: boolean;
  error?: string;
  remedy?: string;
  seq?: number;
  state?: State;
  [key: string]: unknown;
}

/** What a host gives a view: the part of an anywidget model that every host has. */
export interface ViewModel {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback?: ((...args: never[]) => void) | null): void;
  widget_manager?: { kernel?: KernelLike };
}

export interface KernelLike {
  username?: string;
  clientId?: string;
  sendControlMessage?(message: unknown, expectReply?: boolean, dispose?: boolean): { done: Promise<unknown> };
}

/** One part of a panel: it owns ``el`` and brings it up to date. */
export interface Component {
  readonly el: HTMLElement;
  update(state: State): void;
  destroy?(): void;
}
