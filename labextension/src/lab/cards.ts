/** Keeps the outputs of runs right in a notebook that was loaded again: the live card comes back, an ended one is static. */

import { URLExt } from "@jupyterlab/coreutils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { ServerConnection } from "@jupyterlab/services";

import { Channel } from "../panels/channel";
import type { State, ViewModel } from "../panels/types";

const WIDGET = "application/vnd.jupyter.widget-view+json";

interface Output {
  output_type: string;
  data?: Record<string, unknown>;
  metadata?: { loomkin?: { run?: string; save?: string } };
}

type Settings = ServerConnection.ISettings;

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

/** The server's record of a run, from the project's journal; null when it knows none. */
async function recordOf(panel: NotebookPanel, output: Output, kernel: string, settings: Settings): Promise<Partial<Output> | null> {
  const query = { path: panel.context.localPath, kernel, run: runOf(output), save: output.metadata?.loomkin?.save ?? "summary" };
  const url = URLExt.join(settings.baseUrl, "loomkin", "api", "record") + URLExt.objectToQueryString(query);
  try {
    const response = await ServerConnection.makeRequest(url, {}, settings);
    return response.ok ? ((await response.json()) as Partial<Output>) : null;
  } catch {
    return null;
  }
}

function withoutWidget(output: Output): Output | null {
  const { [WIDGET]: _gone, ...data } = output.data ?? {};
  return Object.keys(data).length ? { ...output, data } : null;
}

/**
 * Without a runtime no card can live: put the record from the journal in its place, or at least what was written beside the
 * widget. ``only`` narrows it to one run. A notebook without unsaved edits is saved again, so that the file is right, too.
 */
export async function settle(panel: NotebookPanel, kernel: string, settings: Settings, only = ""): Promise<void> {
  await panel.context.ready;
  const live = cellsOf(panel).flatMap(({ outputs }) => outputs?.toJSON().filter(isLive) ?? []);
  const dead = live.filter((output) => !only || runOf(output) === only);
  if (!dead.length) return;
  const records = new Map<string, Partial<Output> | null>();
  for (const output of dead) records.set(runOf(output), await recordOf(panel, output, kernel, settings));
  if (panel.isDisposed) return;
  const clean = !panel.context.model.dirty;
  replace(panel, (output) => {
    if (!records.has(runOf(output))) return null;
    const record = records.get(runOf(output));
    return record ? { ...output, data: record.data, metadata: record.metadata } : withoutWidget(output);
  });
  if (clean && !panel.context.model.readOnly) await panel.context.save();
}

/** Follow the feed ``model`` of ``kernel`` for ``panel``; returns what ends that. */
export function keepCards(panel: NotebookPanel, model: ViewModel, kernel: string, settings: Settings): () => void {
  const channel = new Channel(model);
  const looked = new Set<string>();

  const put = (run: string, content: Partial<Output>): void =>
    replace(panel, (output) => (runOf(output) === run ? { ...output, data: content.data, metadata: content.metadata } : null));

  const look = async (run: string, cell: Cell | undefined): Promise<void> => {
    if (looked.has(run)) return;
    looked.add(run);
    const reply = await channel.send({ do: "card", run });
    // A kernel that answers but never showed this run: its predecessor did, and is gone.
    if (!reply.ok) return reply["shown"] === false ? settle(panel, kernel, settings, run) : undefined;
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
