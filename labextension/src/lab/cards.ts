/** Keeps the outputs of runs right in a notebook that was loaded again: the live card comes back, an ended one is static. */

import type { NotebookPanel } from "@jupyterlab/notebook";

import { Channel } from "../panels/channel";
import type { State, ViewModel } from "../panels/types";

const WIDGET = "application/vnd.jupyter.widget-view+json";

interface Output {
  output_type: string;
  data?: Record<string, unknown>;
  metadata?: { loomkin?: { run?: string } };
}

interface Outputs {
  toJSON(): Output[];
  fromJSON(outputs: Output[]): void;
}

interface Cell {
  id: string;
  trusted: boolean;
  outputs?: Outputs;
}

const runOf = (output: Output): string => output.metadata?.loomkin?.run ?? "";
const isLive = (output: Output): boolean => runOf(output) !== "" && Boolean(output.data?.[WIDGET]);

function cellsOf(panel: NotebookPanel): Cell[] {
  const cells = panel.content.model?.cells;
  return cells ? (Array.from(cells) as unknown as Cell[]) : [];
}

/** Put ``change(output)`` in the place of each card that claims to be live; null leaves it. */
function replace(panel: NotebookPanel, change: (output: Output) => Output | null): void {
  for (const { outputs } of cellsOf(panel)) {
    const before = outputs?.toJSON() ?? [];
    const after = before.map((output) => (isLive(output) ? (change(output) ?? output) : output));
    if (outputs && after.some((output, index) => output !== before[index])) outputs.fromJSON(after);
  }
}

/** Without a runtime no card can live: show what was written beside it instead of a widget that has no model. */
export function freeze(panel: NotebookPanel): void {
  replace(panel, (output) => {
    const { [WIDGET]: _gone, ...data } = output.data ?? {};
    return Object.keys(data).length ? { ...output, data } : null;
  });
}

/** Follow the feed ``model`` for ``panel``; returns what ends that. */
export function keepCards(panel: NotebookPanel, model: ViewModel): () => void {
  const channel = new Channel(model);
  const looked = new Set<string>();

  const put = (run: string, content: Partial<Output>): void =>
    replace(panel, (output) => (runOf(output) === run ? { ...output, data: content.data, metadata: content.metadata } : null));

  const look = async (run: string, cell: Cell | undefined): Promise<void> => {
    if (looked.has(run)) return;
    looked.add(run);
    const reply = await channel.send({ do: "card", run });
    if (!reply.ok) return;
    const content = { data: reply["data"], metadata: reply["metadata"] } as Partial<Output>;
    if (!reply["live"]) put(run, content);
    else if (cell?.outputs && !cell.outputs.toJSON().some((output) => runOf(output) === run)) {
      // The kernel ran this cell for this notebook: trusted as after any run, with nothing in it but what the run shows.
      cell.outputs.fromJSON([]);
      cell.trusted = true;
      cell.outputs.fromJSON([{ output_type: "display_data", ...content }]);
    }
  };

  const compare = (state: State): void => {
    const cells = cellsOf(panel);
    for (const cell of cells) for (const output of cell.outputs?.toJSON() ?? []) if (isLive(output)) void look(runOf(output), cell);
    for (const run of Object.values(state.runs ?? {})) {
      const cell = run.status === "running" && run.cell ? cells.find(({ id }) => id === run.cell) : undefined;
      if (cell) void look(run.id, cell);
    }
  };

  const receive = ((message: { kind?: string; run?: string; data?: Record<string, unknown>; metadata?: Output["metadata"]; state?: State }): void => {
    if (message?.kind === "ended" && message.run) put(message.run, { data: message.data, metadata: message.metadata });
  }) as (...args: never[]) => void;

  model.on("msg:custom", receive);
  // Asked on the control channel: the notebook may have been loaded again while a cell blocks the kernel.
  void panel.context.ready.then(() => channel.send({ do: "snapshot" })).then((reply) => {
    if (reply.ok && reply.state) compare(reply.state);
  });
  return () => model.off("msg:custom", receive);
}
