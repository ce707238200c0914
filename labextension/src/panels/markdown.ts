/** Model text as Markdown. The text is untrusted: no raw HTML, no images, links only to the web and without an opener. */

import MarkdownIt from "markdown-it";

import { guard } from "./dom";

const ALLOWED = /^(https?:|mailto:)/i;

const renderer = new MarkdownIt({ html: false, linkify: false, breaks: true, typographer: false });
renderer.disable(["image"]);
renderer.validateLink = (url: string): boolean => ALLOWED.test(url.trim());
renderer.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  tokens[index]!.attrSet("rel", "noopener noreferrer nofollow");
  tokens[index]!.attrSet("target", "_blank");
  return self.renderToken(tokens, index, options);
};

const LONGEST = 60_000;

/** Put ``text`` into ``element``; does nothing when it shows that text already. */
export function showMarkdown(element: HTMLElement & { lkText?: string }, text: string): void {
  if (element.lkText === text) return;
  element.lkText = text;
  element.innerHTML = renderer.render(text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);
  element.querySelectorAll("a").forEach(guard);
}
