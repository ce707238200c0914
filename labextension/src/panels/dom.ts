/** Builds and mends DOM: elements, texts that change only when they must, and lists that keep their nodes. */

type Attributes = Record<string, string | number | boolean | undefined>;
type Child = Node | string | null | undefined;

const CONTROLS = new Set(["A", "BUTTON", "INPUT", "SELECT", "SUMMARY", "TEXTAREA"]);

/** Keep JupyterLab's command-mode keys (``d d``) away from a control that has the focus. */
export function guard<E extends Element>(element: E): E {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
}

/** Make an element; every control and everything that takes the focus is guarded. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  if (CONTROLS.has(element.tagName) || attributes["tabindex"] !== undefined) guard(element);
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** A button with a name of its own (``data-control``), by which tests and styles find it. */
export function button(label: string, control: string, onClick: (button: HTMLButtonElement) => void, title = ""): HTMLButtonElement {
  const element = h("button", { type: "button", class: "lk-button", "data-control": control, title: title || undefined }, label);
  element.addEventListener("click", () => onClick(element));
  return element;
}

/** Set a text, touching the page only on a change. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Set or remove an attribute, touching the page only on a change. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Show or hide. */
export function show(element: HTMLElement, visible: boolean): void {
  if (element.hidden === visible) element.hidden = !visible;
}

interface Kept<T> {
  el: HTMLElement;
  update(item: T): void;
  destroy?(): void;
}

/** A list whose rows keep their nodes (and so focus, selection and open parts) while the data changes. */
export class Rows<T> {
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    readonly el: HTMLElement,
    private readonly make: (item: T) => Kept<T>,
  ) {}

  update(items: readonly (readonly [string, T])[]): void {
    const wanted = new Set(items.map(([key]) => key));
    for (const [key, row] of this.kept) {
      if (wanted.has(key)) continue;
      row.destroy?.();
      row.el.remove();
      this.kept.delete(key);
    }
    let place: ChildNode | null = this.el.firstChild;
    for (const [key, item] of items) {
      let row = this.kept.get(key);
      if (!row) {
        row = this.make(item);
        this.kept.set(key, row);
      }
      row.update(item);
      if (row.el === place) place = place.nextSibling;
      else this.el.insertBefore(row.el, place);
    }
  }

  get(key: string): Kept<T> | undefined {
    return this.kept.get(key);
  }

  get size(): number {
    return this.kept.size;
  }
}

/** A part that folds; ``onOpen`` runs whenever it is opened, so that hidden parts cost nothing. */
export function fold(title: string, control: string, onOpen: () => void, ...children: Child[]): {
  el: HTMLDetailsElement;
  title: HTMLElement;
} {
  const heading = h("summary", { "data-control": control }, title);
  const el = h("details", { class: "lk-fold" }, heading, ...children);
  el.addEventListener("toggle", () => el.open && onOpen());
  return { el, title: heading };
}
