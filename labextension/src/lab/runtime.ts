/** Asks the server extension where the runtime of a kernel is, and starts it. */

import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

export interface RuntimeState {
  state: string;
  remedy: string;
}

const KNOWN = new Set(["none", "starting", "queued", "live", "unsupported", "not_installed", "mismatch", "dead"]);

/** The server's words as the names that the texts know: "queued behind a cell" is ``queued``. */
function nameOf(words: string): string {
  const plain = words.trim().toLowerCase().replaceAll(" ", "_");
  if (KNOWN.has(plain)) return plain;
  return [...KNOWN].find((name) => plain.includes(name)) ?? "none";
}

/** GET or POST ``/loomkin/api/kernels/{id}/runtime``; an unreachable server is a state like the others. */
export async function runtime(kernelId: string, method: "GET" | "POST", settings: ServerConnection.ISettings): Promise<RuntimeState> {
  const url = URLExt.join(settings.baseUrl, "loomkin", "api", "kernels", encodeURIComponent(kernelId), "runtime");
  try {
    const response = await ServerConnection.makeRequest(url, { method, body: method === "POST" ? "{}" : undefined }, settings);
    const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (!response.ok) return { state: "unreachable", remedy: [body["error"] ?? body["message"] ?? response.statusText, body["remedy"]].filter(Boolean).join(" ") };
    return { state: nameOf(String(body["state"] ?? body["status"] ?? "none")), remedy: String(body["remedy"] ?? "") };
  } catch (error) {
    return { state: "unreachable", remedy: String(error) };
  }
}
