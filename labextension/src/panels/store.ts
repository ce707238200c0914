/** Holds the state of one view: takes numbered batches in, asks again after a gap, tells listeners once per frame. */

import { mergePatch } from "./patch";
import type { Reply, State } from "./types";

interface Batch {
  kind: "snapshot" | "delta";
  seq: number;
  state?: unknown;
  patch?: unknown;
}

const EMPTY: State = {
  workspace: {},
  runs: {},
  run: "",
  agents: {},
  tasks: {},
  questions: {},
  feed: {},
  decisions: { nodes: {}, edges: {} },
  graph: { positions: {} },
  changes: {},
  proposals: {},
  claims: {},
  queue: {},
  keepers: {},
  cost: {},
  clock: 0,
};

function isBatch(message: unknown): message is Batch {
  const batch = message as Batch | null;
  return typeof batch === "object" && batch !== null && (batch.kind === "snapshot" || batch.kind === "delta");
}

/** A state with every section present, whatever was sent. */
export function complete(state: unknown): State {
  const given = (typeof state === "object" && state !== null ? state : {}) as Partial<State>;
  const whole = { ...structuredClone(EMPTY), ...structuredClone(given) } as State;
  whole.decisions = { nodes: whole.decisions?.nodes ?? {}, edges: whole.decisions?.edges ?? {} };
  whole.graph = { positions: whole.graph?.positions ?? {} };
  return whole;
}

export class Store {
  state: State = complete({});
  /** Whether a snapshot has arrived. */
  ready = false;
  private seq = -1;
  private waiting: Batch[] = [];
  private asking = false;
  private frame = 0;
  private clockSeen = 0;
  private readonly listeners = new Set<(state: State) => void>();

  constructor(private readonly resync: () => Promise<Reply | void>) {}

  /** The kernel's time now, carried on by this machine's own clock between batches. */
  now(): number {
    return this.state.clock ? this.state.clock + (performance.now() - this.clockSeen) / 1000 : Date.now() / 1000;
  }

  listen(listener: (state: State) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Take one message of the feed; anything that is not a batch is left alone. */
  receive(message: unknown): boolean {
    if ((message as { kind?: string } | null)?.kind === "closed") {
      // The kernel's side is there but no workspace is open: an empty team that can be asked.
      this.replace({}, -1);
      return true;
    }
    if (!isBatch(message)) return false;
    if (message.kind === "snapshot") this.replace(message.state, message.seq);
    else if (!this.ready || this.asking) this.hold(message);
    else if (message.seq === this.seq + 1) this.apply(message);
    else if (message.seq > this.seq + 1) this.hold(message);
    return true;
  }

  /** Ask for a snapshot unless one is on its way. */
  async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const reply = await this.resync();
      if (reply && reply.state) this.replace(reply.state, reply.seq ?? this.seq);
    } finally {
      this.asking = false;
    }
  }

  private hold(batch: Batch): void {
    this.waiting.push(batch);
    if (this.waiting.length > 2000) this.waiting.shift();
    void this.ask();
  }

  private replace(state: unknown, seq: number): void {
    this.state = complete(state);
    this.seq = seq;
    this.ready = true;
    this.clockSeen = performance.now();
    const held = this.waiting.filter((batch) => batch.seq > seq).sort((a, b) => a.seq - b.seq);
    this.waiting = [];
    for (const batch of held) {
      if (batch.seq === this.seq + 1) this.apply(batch);
    }
    this.tell();
  }

  private apply(batch: Batch): void {
    const before = this.state.clock;
    this.state = mergePatch(this.state, batch.patch) as State;
    if (this.state.clock !== before) this.clockSeen = performance.now();
    this.seq = batch.seq;
    this.tell();
  }

  private tell(): void {
    if (this.frame) return;
    const run = (): void => {
      this.frame = 0;
      for (const listener of this.listeners) listener(this.state);
    };
    // A hidden page gets no frames; it is told at the pace of a timer, so that it is right when it comes back.
    this.frame = document.hidden ? window.setTimeout(run, 500) : requestAnimationFrame(run);
  }
}
