/** The decision graph explorer: picture or table (t), search, filters, detail. */

import type { Context } from "./context";
import { button, h, setAttribute, setText, show } from "./dom";
import { graphDetail } from "./graph_detail";
import { edgeWords } from "./graph_look";
import { graphFilter } from "./graph_filter";
import { picture, type Picture } from "./graph_picture";
import { T } from "./strings";
import { Table } from "./table";
import type { Component, State } from "./types";

const TABLE_ROWS = 2000;

export function graphView(context: Context): Component {
  const state = (): State => context.store.state;
  const canvas = h("div", { class: "lk-canvas", role: "img", tabindex: "0", "aria-label": `${T.graphTitle}. ${T.tableHint}` });
  const failed = h("p", { class: "lk-notice", hidden: true }, T.graphFailed);
  const empty = h("p", { class: "lk-empty" }, T.graphEmpty);
  const hint = h("p", { class: "lk-dim" }, T.tableHint);
  const columns = [T.handle, T.kind, T.title, T.status, T.agent].map((title) => ({ title, wide: title === T.title }));
  const table = new Table(T.decisions, [...columns, { title: T.confidence, number: true }, { title: T.edges, wide: true }]);
  const tableBox = h("div", { class: "lk-tablebox", role: "group", tabindex: "0", "aria-label": T.table, hidden: true }, table.el);
  let selected = "";
  let drawn: Picture | null = null;
  let loading = false;
  let asTable = false;
  let dark: boolean | null = null;

  const choose = (handle: string): void => {
    selected = handle;
    arrange();
    drawn?.select(handle);
    detail.update(state(), handle);
  };
  const detail = graphDetail(context, choose);
  const filter = graphFilter(
    () => update(state()),
    () => {
      update(state());
      const hit = filter.matches(filter.visible(state()))[filter.at()];
      if (hit) choose(hit.handle);
    },
  );
  const flip = button(T.table, "graph-table", () => toggle());
  const zoomIn = button("+", "graph-zoom-in", () => drawn?.zoom(1.25), T.zoomIn);
  const zoomOut = button("−", "graph-zoom-out", () => drawn?.zoom(0.8), T.zoomOut);
  const fit = button(T.fit, "graph-fit", () => drawn?.fit());
  const tools = h("div", { class: "lk-actions" }, flip, zoomIn, zoomOut, fit);
  const left = h("div", { class: "lk-part" }, tools, canvas, tableBox, hint, failed, empty);
  const both = h("div", { class: "lk-columns" }, left, detail.el);
  const el = h("div", { class: "lk-wrap", "data-part": "graph" }, h("div", { class: "lk-graph" }, filter.el, both));

  /** The detail takes its width only when there is something to tell. */
  const arrange = (): void => setAttribute(both, "data-chosen", state().decisions.nodes[selected] ? "" : null);
  const toggle = (): void => {
    asTable = !asTable;
    update(state());
    if (!asTable) drawn?.back();
  };

  el.addEventListener("keydown", (event) => {
    if ((event.target as Element).matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "t") toggle();
    else if (event.key === "+" || event.key === "=") drawn?.zoom(1.25);
    else if (event.key === "-") drawn?.zoom(0.8);
    else if (event.key === "0") drawn?.fit();
    else return;
    event.preventDefault();
  });

  const load = (): void => {
    loading = true;
    picture(canvas, context.root, choose).then(
      (ready) => {
        drawn = ready;
        update(state());
      },
      () => {
        // The chunk did not arrive (no server behind this page): the table says the same.
        show(failed, true);
        asTable = true;
        update(state());
      },
    );
  };

  const showTable = (now: State, handles: Set<string>): void => {
    const edges = Object.values(now.decisions.edges);
    const nodes = Object.values(now.decisions.nodes).filter((node) => handles.has(node.handle)).slice(0, TABLE_ROWS);
    const rows = nodes.map((node) => [
      node.handle,
      node.kind,
      node.title,
      node.doubt ? `${node.status ?? ""} (${T.doubtful})` : (node.status ?? ""),
      node.agent ?? "",
      node.confidence === null || node.confidence === undefined ? "" : `${node.confidence} %`,
      edges.filter((edge) => edge.source === node.handle).map((edge) => `${edgeWords(edge.kind)} → ${edge.target}`).join(", "),
    ]);
    table.update(rows, (row, column) => {
      if (column !== 0) return null;
      const handle = rows[row]![0]!;
      const link = h("button", { type: "button", class: "lk-link", "data-control": "graph-row" }, handle);
      link.addEventListener("click", () => choose(handle));
      return link;
    });
  };

  const update = (now: State): void => {
    const count = Object.keys(now.decisions.nodes).length;
    show(empty, count === 0);
    show(canvas, count > 0 && !asTable);
    show(tableBox, count > 0 && asTable);
    for (const element of [zoomIn, zoomOut, fit]) show(element, !asTable);
    setText(flip, asTable ? T.picture : T.table);
    filter.update(now);
    const visible = filter.visible(now);
    const handles = new Set(visible.map((node) => node.handle));
    if (count > 0 && !loading && !asTable) load();
    if (drawn && !asTable) {
      const isDark = context.root.classList.contains("lk-dark");
      if (dark !== isDark) drawn.recolour();
      dark = isDark;
      drawn.update(now, handles);
      drawn.mark(filter.matches(visible).map((node) => node.handle));
    }
    if (asTable) showTable(now, handles);
    arrange();
    detail.update(now, selected);
  };
  return { el, update, destroy: () => drawn?.destroy() };
}
