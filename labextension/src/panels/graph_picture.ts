/** The picture of the graph: Cytoscape, loaded when first shown, at the places that Python computed. */

import type { Core, ElementDefinition } from "cytoscape";

import { KINDS, look } from "./graph_look";
import type { DecisionNode, State } from "./types";

const LABEL = 42;
/** The smallest zoom at which a label (11 px, see graph_look) is still read: 9 px on the screen. */
const READABLE = 9 / 11;
const EDGE = 24;

export interface Picture {
  /** Bring nodes and edges up to date; nodes not in ``visible`` are left out. */
  update(state: State, visible: Set<string>): void;
  select(handle: string): void;
  mark(handles: string[]): void;
  /** The picture is seen again: what was chosen meanwhile comes into its middle. */
  back(): void;
  zoom(factor: number): void;
  fit(): void;
  recolour(): void;
  destroy(): void;
}

/** Wait until ``box`` has a width: JupyterLab renders views before they are in the page. */
function sized(box: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    const observer = new ResizeObserver((entries) => {
      if ((entries[0]?.contentRect.width ?? 0) <= 0) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(box);
  });
}

function label(node: DecisionNode): string {
  const sure = node.confidence === null || node.confidence === undefined ? "" : ` ${node.confidence}%`;
  const title = node.title.length > LABEL ? `${node.title.slice(0, LABEL)}…` : node.title;
  return `${KINDS[node.kind]?.letter ?? "?"} ${node.handle}${sure} ${title}`;
}

function nodeData(node: DecisionNode): Record<string, unknown> {
  return { id: node.handle, label: label(node), kind: node.kind, status: node.status ?? "", doubt: Boolean(node.doubt), time: node.time ?? 0 };
}

/** Add, change and remove until the drawing has what ``state`` has. */
function reconcile(core: Core, state: State, visible: Set<string>, positions: Record<string, [number, number]>): boolean {
  const added: ElementDefinition[] = [];
  for (const node of Object.values(state.decisions.nodes)) {
    const drawn = core.getElementById(node.handle);
    const [x, y] = positions[node.handle] ?? [0, 0];
    if (drawn.empty()) added.push({ group: "nodes", data: nodeData(node), position: { x, y }, selected: false });
    else {
      const data = nodeData(node);
      if (drawn.data("label") !== data["label"] || drawn.data("doubt") !== data["doubt"] || drawn.data("status") !== data["status"]) drawn.data(data);
    }
  }
  for (const [key, edge] of Object.entries(state.decisions.edges)) {
    const whole = state.decisions.nodes[edge.source] && state.decisions.nodes[edge.target];
    if (whole && core.getElementById(key).empty()) added.push({ group: "edges", data: { id: key, ...edge } });
  }
  if (added.length) core.add(added);
  core.nodes().forEach((node) => {
    if (!state.decisions.nodes[node.id()]) node.remove();
    else node.toggleClass("lk-out", !visible.has(node.id()));
  });
  return added.length > 0;
}

/** Show everything, or, when the labels would be too small to read, what is chosen or newest; the rest is a pan away. */
function fit(core: Core, selected: string): void {
  const seen = core.nodes(":visible");
  if (seen.empty()) return;
  core.fit(core.elements(":visible"), EDGE);
  if (core.zoom() >= READABLE) return;
  const box = seen.boundingBox();
  const chosen = core.getElementById(selected);
  const middle = (chosen.nonempty() && chosen.visible() ? chosen : seen.max((node) => Number(node.data("time"))).ele).position();
  core.zoom(READABLE);
  // Never past the drawing's own end: an empty half of the canvas tells nothing.
  const pan = (at: number, from: number, to: number, size: number): number => {
    const [least, most] = [size - EDGE - to * READABLE, EDGE - from * READABLE];
    return least > most ? (least + most) / 2 : Math.min(most, Math.max(least, size / 2 - at * READABLE));
  };
  core.pan({ x: pan(middle.x, box.x1, box.x2, core.width()), y: pan(middle.y, box.y1, box.y2, core.height()) });
}

export async function picture(box: HTMLElement, root: HTMLElement, onSelect: (handle: string) => void): Promise<Picture> {
  const [{ default: cytoscape }] = await Promise.all([import("cytoscape"), sized(box)]);
  const core = cytoscape({
    container: box,
    elements: [],
    style: look(root),
    layout: { name: "preset" },
    minZoom: 0.05,
    maxZoom: 4,
    userZoomingEnabled: false,
    textureOnViewport: true,
    hideEdgesOnViewport: true,
    boxSelectionEnabled: false,
    autoungrabify: true,
  });
  let selected = "";
  core.on("select", "node", (event) => {
    selected = String(event.target.id());
    onSelect(selected);
  });
  const wheel = (event: WheelEvent): void => {
    // Without Ctrl (or a pinch, which browsers report as Ctrl) the page scrolls: a graph must not trap it.
    if (!event.ctrlKey) return;
    event.preventDefault();
    const area = box.getBoundingClientRect();
    core.zoom({ level: core.zoom() * (event.deltaY < 0 ? 1.15 : 0.87), renderedPosition: { x: event.clientX - area.left, y: event.clientY - area.top } });
  };
  box.addEventListener("wheel", wheel, { passive: false });
  const watcher = new ResizeObserver(() => core.resize());
  watcher.observe(box);
  let empty = true;
  return {
    update(state, visible) {
      core.batch(() => {
        if (reconcile(core, state, visible, state.graph.positions) && empty) empty = false;
        else return;
        window.setTimeout(() => fit(core, selected), 0);
      });
    },
    select(handle) {
      if (handle === selected) return;
      selected = handle;
      core.elements().unselect();
      const node = core.getElementById(handle);
      node.select();
      core.resize(); // the detail may just have taken its width
      if (node.nonempty() && box.clientWidth) core.animate({ center: { eles: node }, duration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150 });
    },
    mark(handles) {
      core.nodes().removeClass("lk-match");
      for (const handle of handles) core.getElementById(handle).addClass("lk-match");
    },
    back() {
      core.stop(true);
      core.resize();
      const node = core.getElementById(selected);
      if (node.nonempty()) core.center(node);
    },
    zoom: (factor) => core.zoom({ level: core.zoom() * factor, renderedPosition: { x: box.clientWidth / 2, y: box.clientHeight / 2 } }),
    fit: () => fit(core, selected),
    recolour: () => core.style(look(root)),
    destroy() {
      watcher.disconnect();
      box.removeEventListener("wheel", wheel);
      core.destroy();
    },
  };
}
