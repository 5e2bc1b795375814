import { closest } from "../../base/did-you-mean.ts";
import type { Field, Tree } from "./tree.ts";

/**
 * Tells of keys that no one reads. One that resembles a known key is a slip that would drop a setting: a problem. One
 * that resembles none may be of another tool's making: a warning. `mayAdd`: keys beginning with `x-` or `.` hold anchors,
 * as in Compose and GitLab files.
 */
export function checkKeys(
  tree: Tree,
  fields: ReadonlyMap<string, Field>,
  known: readonly string[],
  path: string,
  { mayAdd = false } = {},
): void {
  for (const { key, keyNode } of fields.values()) {
    if (known.includes(key) || (mayAdd && /^(x-|\.)/.test(key))) continue;
    const meant = closest(
      key,
      known.filter((name) => !fields.has(name)),
    );
    const message = `the key ${JSON.stringify(key)} is not known`;
    if (meant !== undefined) tree.problem(keyNode, path, message, `did you mean ${meant}?`);
    else tree.warning(keyNode, path, `${message} and has no effect`, `known are ${known.join(", ")}`);
  }
}
