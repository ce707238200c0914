/** How decisions look: shape and letter by kind, line by kind of edge; colours from the root's CSS variables. */

import type { StylesheetJson } from "cytoscape";

export const KINDS: Record<string, { letter: string; shape: string }> = {
  goal: { letter: "G", shape: "hexagon" },
  decision: { letter: "D", shape: "diamond" },
  option: { letter: "O", shape: "round-rectangle" },
  action: { letter: "A", shape: "rectangle" },
  outcome: { letter: "R", shape: "ellipse" },
  observation: { letter: "N", shape: "cut-rectangle" },
  revisit: { letter: "V", shape: "vee" },
};

/** What stands between source and target: of "supersedes" the source is the older one. */
export function edgeWords(kind: string): string {
  return kind === "supersedes" ? "superseded by" : kind.replaceAll("_", " ");
}

export function look(root: HTMLElement): StylesheetJson {
  const style = getComputedStyle(root);
  const colour = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const fg = style.color;
  const bg = style.backgroundColor;
  const dim = colour("--lk-neutral", "#666");
  const line = colour("--lk-working", "#0b3fd4");
  const needs = colour("--lk-needs", "#5c3000");
  const failed = colour("--lk-failed", "#cc3a22");
  const shapes = Object.entries(KINDS).map(([kind, { shape }]) => ({ selector: `node[kind = "${kind}"]`, style: { shape } }));
  return [
    {
      selector: "node",
      style: {
        "background-color": bg,
        "border-color": fg,
        "border-width": 2,
        color: fg,
        "font-size": 11,
        height: 34,
        label: "data(label)",
        "text-background-color": bg,
        "text-background-opacity": 0.8,
        "text-halign": "center",
        "text-margin-y": 4,
        "text-max-width": "130px",
        "text-valign": "bottom",
        "text-wrap": "ellipsis",
        width: 44,
      },
    },
    ...shapes,
    { selector: "node[?doubt]", style: { "border-color": needs, "border-style": "dashed", "border-width": 3 } },
    { selector: 'node[status = "superseded"], node[status = "abandoned"], node[status = "rejected"]', style: { opacity: 0.55 } },
    { selector: "node:selected", style: { "border-color": line, "border-width": 5 } },
    { selector: "node.lk-match", style: { "background-color": line } },
    { selector: ".lk-out", style: { display: "none" } },
    {
      selector: "edge",
      style: {
        "arrow-scale": 0.8,
        "curve-style": "bezier",
        "line-color": dim,
        "target-arrow-color": dim,
        "target-arrow-shape": "triangle",
        width: 1.5,
      },
    },
    { selector: 'edge[kind = "chosen"]', style: { width: 4 } },
    { selector: 'edge[kind = "rejected"]', style: { "line-color": failed, "line-style": "dashed", "target-arrow-color": failed } },
    { selector: 'edge[kind = "supersedes"]', style: { "line-style": "solid", "source-arrow-shape": "tee", "target-arrow-shape": "triangle-tee" } },
    { selector: "edge:selected", style: { "line-color": line, "target-arrow-color": line, width: 4 } },
  ] as StylesheetJson;
}
