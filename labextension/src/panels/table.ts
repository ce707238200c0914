/** A plain table that is rebuilt only when its cells change. Rows are addressed by an optional click. */

import { h } from "./dom";

export interface Column {
  title: string;
  number?: boolean;
  /** Its texts are sentences: the column keeps room for them and may break a word that is too long. */
  wide?: boolean;
}

export class Table {
  readonly el: HTMLTableElement;
  private shown = "";
  private readonly body = h("tbody", {});

  constructor(
    caption: string,
    private readonly columns: Column[],
  ) {
    const head = columns.map((column) => h("th", { scope: "col", class: column.number ? "lk-number" : undefined }, column.title));
    this.el = h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, ...head)), this.body);
  }

  /** Show ``rows``; ``cell`` may give an element instead of the text. */
  update(rows: string[][], cell: (row: number, column: number) => HTMLElement | null = () => null): void {
    const key = JSON.stringify(rows);
    if (key === this.shown) return;
    this.shown = key;
    const made = rows.map((row, r) =>
      h("tr", {}, ...row.map((text, c) => h("td", { class: this.columns[c]?.number ? "lk-number" : this.columns[c]?.wide ? "lk-wide" : undefined }, cell(r, c) ?? text))),
    );
    this.body.replaceChildren(...made);
  }
}
