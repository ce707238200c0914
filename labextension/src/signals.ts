// Written by `python -m loomkin_jupyter.views.generate`; do not edit.

export const VERSION = 1;

export interface ActivityChanged {
  activity: string;
  agent?: string;
  cause?: string;
  detail?: string;
  epoch?: number;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "agent.activity_changed";
  v?: number;
  workspace?: string;
}

export interface AgentRestarted {
  agent?: string;
  cause?: string;
  epoch?: number;
  error: string;
  id?: string;
  restarts: number;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "agent.restarted";
  v?: number;
  workspace?: string;
}

export interface AgentSpawned {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  lead?: boolean;
  model?: string;
  role: string;
  run?: string;
  seq?: number;
  team?: string;
  tier?: string;
  time?: number;
  tools?: (string)[];
  type: "agent.spawned";
  v?: number;
  workspace?: string;
}

export interface AgentStalled {
  activity: string;
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  run?: string;
  seconds: number;
  seq?: number;
  team?: string;
  time?: number;
  type: "agent.stalled";
  v?: number;
  workspace?: string;
}

export interface AgentStatusChanged {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  reason?: string;
  run?: string;
  seq?: number;
  status: string;
  team?: string;
  time?: number;
  type: "agent.status_changed";
  v?: number;
  was: string;
  workspace?: string;
}

export interface AnswerCorrected {
  agent?: string;
  cause?: string;
  count: number;
  epoch?: number;
  id?: string;
  problem: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "agent.answer_corrected";
  v?: number;
  workspace?: string;
}

export interface AnswerReceived {
  agent?: string;
  call: string;
  cause?: string;
  epoch?: number;
  finish?: string;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  text: string;
  time?: number;
  tools?: (string)[];
  type: "agent.answer_received";
  v?: number;
  workspace?: string;
}

export interface BudgetReached {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  limit: string;
  needed: string;
  run?: string;
  scope: string;
  seq?: number;
  spent: string;
  team?: string;
  time?: number;
  type: "cost.budget_reached";
  v?: number;
  workspace?: string;
}

export interface CallMetered {
  agent?: string;
  attempts?: number;
  call: string;
  cause?: string;
  cost_nano: number | null;
  epoch?: number;
  estimated?: boolean;
  first_token_s?: number | null;
  id?: string;
  latency_s?: number;
  model: string;
  purpose?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "cost.call_metered";
  usage: Usage;
  v?: number;
  workspace?: string;
}

export interface CellProposed {
  action: string;
  agent?: string;
  before?: string;
  call: string;
  cause?: string;
  cell?: string;
  epoch?: number;
  id?: string;
  position?: number | null;
  proposal: string;
  reason?: string;
  run?: string;
  seq?: number;
  source?: string;
  team?: string;
  time?: number;
  type: "tool.cell_proposed";
  v?: number;
  workspace?: string;
}

export interface ChangeUndone {
  agent?: string;
  by: string;
  cause?: string;
  epoch?: number;
  id?: string;
  path: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "tool.change_undone";
  v?: number;
  workspace?: string;
}

export interface ClaimRefused {
  agent?: string;
  attempt: string;
  cause?: string;
  epoch?: number;
  holder: string;
  id?: string;
  path: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "collaboration.claim_refused";
  v?: number;
  workspace?: string;
}

export interface ConfidenceRevised {
  agent?: string;
  by?: string;
  cause?: string;
  confidence: number;
  epoch?: number;
  handle: string;
  id?: string;
  reason?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "decision.confidence_revised";
  v?: number;
  was: number | null;
  workspace?: string;
}

export interface ContextOffloaded {
  after_tokens: number;
  agent?: string;
  before_tokens: number;
  cause?: string;
  epoch?: number;
  id?: string;
  keeper: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "context.offloaded";
  v?: number;
  window: number;
  workspace?: string;
}

export interface ContextRetrieved {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  keepers: (string)[];
  mode: string;
  query?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "context.retrieved";
  v?: number;
  workspace?: string;
}

export interface DecisionLinked {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  kind: string;
  rationale?: string;
  run?: string;
  seq?: number;
  source: string;
  target: string;
  team?: string;
  time?: number;
  type: "decision.linked";
  v?: number;
  workspace?: string;
}

export interface DecisionLogged {
  agent?: string;
  auto?: boolean;
  cause?: string;
  cell?: string;
  confidence?: number | null;
  description?: string;
  epoch?: number;
  files?: (string)[];
  handle: string;
  id?: string;
  kind: string;
  node: string;
  run?: string;
  seq?: number;
  task?: string;
  team?: string;
  time?: number;
  title: string;
  type: "decision.logged";
  v?: number;
  variables?: (string)[];
  workspace?: string;
}

export interface DecisionStatusChanged {
  agent?: string;
  cause?: string;
  epoch?: number;
  handle: string;
  id?: string;
  run?: string;
  seq?: number;
  status: string;
  team?: string;
  time?: number;
  type: "decision.status_changed";
  v?: number;
  was: string;
  workspace?: string;
}

export interface DiscoveryShared {
  agent?: string;
  cause?: string;
  content: string;
  epoch?: number;
  id?: string;
  kind?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  to?: (string)[];
  type: "collaboration.discovery_shared";
  v?: number;
  workspace?: string;
}

export interface DoubtCleared {
  agent?: string;
  cause?: string;
  cleared: (string)[];
  epoch?: number;
  handle: string;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "decision.doubt_cleared";
  v?: number;
  workspace?: string;
}

export interface DoubtSpread {
  agent?: string;
  cause?: string;
  epoch?: number;
  flagged: (string)[];
  handle: string;
  id?: string;
  paths: (string)[];
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "decision.doubt_spread";
  v?: number;
  workspace?: string;
}

export interface ErrorReported {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  message: string;
  remedy?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "system.error";
  v?: number;
  where: string;
  workspace?: string;
}

export interface FileChanged {
  added?: number;
  after: string;
  agent?: string;
  before: string;
  call: string;
  cause?: string;
  diff?: string;
  epoch?: number;
  id?: string;
  path: string;
  removed?: number;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "tool.file_changed";
  v?: number;
  workspace?: string;
}

export interface GapMarked {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  lost: number;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "system.gap";
  v?: number;
  workspace?: string;
}

export interface GrantChanged {
  agent?: string;
  cause?: string;
  epoch?: number;
  grant: string;
  id?: string;
  run?: string;
  scope: string;
  seq?: number;
  state: string;
  team?: string;
  time?: number;
  tool: string;
  type: "approval.grant_changed";
  v?: number;
  workspace?: string;
}

export interface GuardTripped {
  action: string;
  agent?: string;
  cause?: string;
  epoch?: number;
  guard: string;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  text: string;
  time?: number;
  type: "agent.guard_tripped";
  v?: number;
  workspace?: string;
}

export interface KeeperCreated {
  agent?: string;
  cause?: string;
  entries?: number;
  epoch?: number;
  id?: string;
  keeper: string;
  origin?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  tokens: number;
  topic: string;
  type: "context.keeper_created";
  v?: number;
  workspace?: string;
}

export interface LogWritten {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  text: string;
  time?: number;
  type: "system.notice";
  v?: number;
  workspace?: string;
}

export interface MessageConsumed {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  messages: (string)[];
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "collaboration.message_consumed";
  v?: number;
  workspace?: string;
}

export interface MessageSent {
  agent?: string;
  cause?: string;
  due?: number | null;
  epoch?: number;
  id?: string;
  kind: string;
  message: string;
  priority?: string;
  run?: string;
  sender: string;
  seq?: number;
  task?: string;
  team?: string;
  text: string;
  time?: number;
  to: string;
  type: "collaboration.message_sent";
  v?: number;
  workspace?: string;
}

export interface ModelRetried {
  agent?: string;
  attempt: number;
  call: string;
  cause?: string;
  epoch?: number;
  id?: string;
  reason: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "cost.model_retried";
  v?: number;
  wait_s: number;
  workspace?: string;
}

export interface PermissionDecided {
  agent?: string;
  allowed: boolean;
  call: string;
  cause?: string;
  epoch?: number;
  id?: string;
  reason?: string;
  rule: string;
  run?: string;
  seq?: number;
  target: string;
  team?: string;
  time?: number;
  tool: string;
  type: "approval.decided";
  v?: number;
  workspace?: string;
}

export interface QuestionAnswered {
  agent?: string;
  answer: string;
  by: string;
  cause?: string;
  epoch?: number;
  handle: string;
  id?: string;
  question: string;
  reason?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "approval.answered";
  v?: number;
  where?: string;
  workspace?: string;
}

export interface QuestionAsked {
  agent?: string;
  cause?: string;
  deadline?: number | null;
  detail?: string;
  effect?: string;
  epoch?: number;
  handle: string;
  id?: string;
  kind: string;
  options?: (string)[];
  question: string;
  reversible?: boolean;
  run?: string;
  scopes?: (string)[];
  seq?: number;
  team?: string;
  time?: number;
  title: string;
  tool?: string;
  type: "approval.asked";
  v?: number;
  workspace?: string;
}

export interface QueueEdited {
  agent?: string;
  cause?: string;
  change: string;
  epoch?: number;
  id?: string;
  message: string;
  run?: string;
  seq?: number;
  team?: string;
  text?: string;
  time?: number;
  type: "collaboration.queue_edited";
  v?: number;
  workspace?: string;
}

export interface RegionClaimed {
  agent?: string;
  cause?: string;
  claim: string;
  end?: number | null;
  epoch?: number;
  id?: string;
  intent?: string;
  path: string;
  run?: string;
  seq?: number;
  start?: number | null;
  symbol?: string;
  team?: string;
  time?: number;
  type: "collaboration.region_claimed";
  v?: number;
  workspace?: string;
}

export interface RegionReleased {
  agent?: string;
  cause?: string;
  claim: string;
  epoch?: number;
  id?: string;
  path: string;
  reason?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "collaboration.region_released";
  v?: number;
  workspace?: string;
}

export interface RequestSent {
  agent?: string;
  base?: string;
  bytes: number;
  call: string;
  cause?: string;
  epoch?: number;
  first?: number;
  id?: string;
  last?: number;
  messages?: string;
  model: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  tools?: number;
  type: "cost.request_sent";
  v?: number;
  workspace?: string;
}

export interface ReviewRequested {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  path?: string;
  question?: string;
  reviewer: string;
  run?: string;
  seq?: number;
  task?: string;
  team?: string;
  time?: number;
  type: "task.review_requested";
  v?: number;
  workspace?: string;
}

export interface RunFinished {
  agent?: string;
  agents?: number;
  answer?: string;
  cause?: string;
  cost_usd?: number | null;
  decisions?: number;
  duration_s?: number;
  epoch?: number;
  id?: string;
  reason?: string;
  run?: string;
  seq?: number;
  status: string;
  tasks?: number;
  team?: string;
  time?: number;
  tokens?: Usage;
  type: "run.finished";
  v?: number;
  workspace?: string;
}

export interface RunStarted {
  agent?: string;
  cause?: string;
  cell?: string;
  epoch?: number;
  id?: string;
  labels?: (string)[];
  limit_tokens?: number | null;
  limit_usd?: number | null;
  model?: string;
  origin?: string;
  request: string;
  run?: string;
  seq?: number;
  share?: string;
  team?: string;
  time?: number;
  trust?: string;
  type: "run.started";
  v?: number;
  workspace?: string;
}

export interface SettingChanged {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  key: string;
  run?: string;
  seq?: number;
  source?: string;
  team?: string;
  time?: number;
  type: "workspace.setting_changed";
  v?: number;
  value: string;
  workspace?: string;
}

export interface TaskAssigned {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  owner: string;
  run?: string;
  seq?: number;
  task: string;
  team?: string;
  time?: number;
  type: "task.assigned";
  v?: number;
  workspace?: string;
}

export interface TaskCompleted {
  actions_taken?: (string)[];
  agent?: string;
  cause?: string;
  decisions_made?: (string)[];
  discoveries?: (string)[];
  epoch?: number;
  files_changed?: (string)[];
  id?: string;
  open_questions?: (string)[];
  result: string;
  run?: string;
  seq?: number;
  task: string;
  team?: string;
  time?: number;
  type: "task.completed";
  v?: number;
  workspace?: string;
}

export interface TaskCreated {
  agent?: string;
  cause?: string;
  depends_on?: (string)[];
  description?: string;
  epoch?: number;
  id?: string;
  priority?: number;
  run?: string;
  seq?: number;
  task: string;
  team?: string;
  time?: number;
  title: string;
  type: "task.created";
  v?: number;
  workspace?: string;
}

export interface TaskDependencyAdded {
  agent?: string;
  cause?: string;
  depends_on: string;
  epoch?: number;
  id?: string;
  kind?: string;
  run?: string;
  seq?: number;
  task: string;
  team?: string;
  time?: number;
  type: "task.dependency_added";
  v?: number;
  workspace?: string;
}

export interface TaskStatusChanged {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  reason?: string;
  run?: string;
  seq?: number;
  status: string;
  task: string;
  team?: string;
  time?: number;
  type: "task.status_changed";
  v?: number;
  was: string;
  workspace?: string;
}

export interface TeamStarted {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  name: string;
  purpose?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "team.started";
  v?: number;
  workspace?: string;
}

export interface TextStreamed {
  agent?: string;
  call: string;
  cause?: string;
  epoch?: number;
  id?: string;
  reasoning?: boolean;
  run?: string;
  seq?: number;
  team?: string;
  text: string;
  time?: number;
  type: "agent.text_streamed";
  v?: number;
  workspace?: string;
}

export interface ToolFinished {
  agent?: string;
  call: string;
  cause?: string;
  duration_s?: number;
  epoch?: number;
  id?: string;
  keeper?: string;
  run?: string;
  seq?: number;
  status: string;
  summary?: string;
  team?: string;
  time?: number;
  tool: string;
  type: "tool.finished";
  v?: number;
  workspace?: string;
}

export interface ToolOutput {
  agent?: string;
  call: string;
  cause?: string;
  epoch?: number;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  text: string;
  time?: number;
  type: "tool.output";
  v?: number;
  workspace?: string;
}

export interface ToolStarted {
  agent?: string;
  arguments?: string;
  call: string;
  cause?: string;
  epoch?: number;
  id?: string;
  run?: string;
  seq?: number;
  task?: string;
  team?: string;
  time?: number;
  tool: string;
  type: "tool.started";
  v?: number;
  workspace?: string;
}

export interface Usage {
  cached?: number;
  input?: number;
  output?: number;
  reasoning?: number;
}

export interface WorkspaceClosed {
  agent?: string;
  cause?: string;
  epoch?: number;
  id?: string;
  run?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "workspace.closed";
  v?: number;
  workspace?: string;
}

export interface WorkspaceOpened {
  agent?: string;
  cause?: string;
  database: string;
  epoch?: number;
  host: string;
  id?: string;
  pid: number;
  root: string;
  run?: string;
  sandbox?: string;
  seq?: number;
  team?: string;
  time?: number;
  type: "workspace.opened";
  v?: number;
  workspace?: string;
}

export interface WorkspaceResumed {
  agent?: string;
  agents?: (string)[];
  cause?: string;
  epoch?: number;
  id?: string;
  interrupted?: (string)[];
  lost_variables?: (string)[];
  run?: string;
  seq?: number;
  tasks?: (string)[];
  team?: string;
  time?: number;
  type: "workspace.resumed";
  v?: number;
  workspace?: string;
}

export type Signal = ActivityChanged | AgentRestarted | AgentSpawned | AgentStalled | AgentStatusChanged | AnswerCorrected | AnswerReceived | BudgetReached | CallMetered | CellProposed | ChangeUndone | ClaimRefused | ConfidenceRevised | ContextOffloaded | ContextRetrieved | DecisionLinked | DecisionLogged | DecisionStatusChanged | DiscoveryShared | DoubtCleared | DoubtSpread | ErrorReported | FileChanged | GapMarked | GrantChanged | GuardTripped | KeeperCreated | LogWritten | MessageConsumed | MessageSent | ModelRetried | PermissionDecided | QuestionAnswered | QuestionAsked | QueueEdited | RegionClaimed | RegionReleased | RequestSent | ReviewRequested | RunFinished | RunStarted | SettingChanged | TaskAssigned | TaskCompleted | TaskCreated | TaskDependencyAdded | TaskStatusChanged | TeamStarted | TextStreamed | ToolFinished | ToolOutput | ToolStarted | WorkspaceClosed | WorkspaceOpened | WorkspaceResumed;

export const FAMILIES = {
  "needs_you": {
    "key": "needs_you",
    "word": "needs you",
    "glyph": "⍰",
    "shape": "filled square with !",
    "light": "#5c3000",
    "dark": "#ffc857",
    "order": 0
  },
  "failed": {
    "key": "failed",
    "word": "failed",
    "glyph": "⊗",
    "shape": "x in octagon",
    "light": "#cc3a22",
    "dark": "#ff6b6b",
    "order": 1
  },
  "silent": {
    "key": "silent",
    "word": "no sign",
    "glyph": "◌",
    "shape": "dotted circle",
    "light": "#5c3000",
    "dark": "#ffc857",
    "order": 2
  },
  "working": {
    "key": "working",
    "word": "working",
    "glyph": "▶",
    "shape": "right triangle",
    "light": "#0b3fd4",
    "dark": "#64a5f2",
    "order": 3
  },
  "waiting": {
    "key": "waiting",
    "word": "waiting",
    "glyph": "◐",
    "shape": "half circle",
    "light": "#2b2b2b",
    "dark": "#909090",
    "order": 4
  },
  "paused": {
    "key": "paused",
    "word": "paused",
    "glyph": "⏸",
    "shape": "two bars",
    "light": "#2b2b2b",
    "dark": "#909090",
    "order": 5
  },
  "done": {
    "key": "done",
    "word": "done",
    "glyph": "✓",
    "shape": "tick",
    "light": "#0b655d",
    "dark": "#a8f0df",
    "order": 6
  },
  "idle": {
    "key": "idle",
    "word": "idle",
    "glyph": "○",
    "shape": "hollow circle",
    "light": "#2b2b2b",
    "dark": "#909090",
    "order": 7
  }
} as const;
