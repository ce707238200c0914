/** JSON merge patch (RFC 7386), in place on objects we own. */

type Tree = Record<string, unknown>;

const UNSAFE = new Set(["__proto__", "constructor", "prototype"]);

function isObject(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Apply ``patch`` to ``target`` and return the result; null removes a key. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Tree = isObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    if (UNSAFE.has(key)) continue;
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
