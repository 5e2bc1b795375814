import type { Path } from "../../base/path.ts";
import { isSecretName } from "../../base/redact.ts";
import { lastKey, leaves, type Table } from "../paths.ts";
import { expand } from "../values/expand.ts";

/** A `${VAR}` of a config, wherever it stands. */
export interface VariableReference {
  name: string;
  path: Path;
  /** `${VAR:-default}`. */
  defaulted: boolean;
  /** Its name, or that of the key it stands at, says that it holds a secret. */
  secret: boolean;
}

/** Every variable that the strings of the data refer to, in order, also those in defaults. */
export function referencesIn(data: Table): VariableReference[] {
  return leaves(data).flatMap(({ path, value }) => {
    if (typeof value !== "string" || !value.includes("${")) return [];
    const asked = new Set<string>();
    const variables = new Proxy<Record<string, undefined>>(
      {},
      { get: (_, name) => void asked.add(String(name)) },
    );
    const { mistakes } = expand(value, variables);
    const needed = new Set(mistakes.map(({ kind, name }) => (kind === "unset" ? name : undefined)));
    return [...asked].map((name) => ({
      name,
      path,
      defaulted: !needed.has(name),
      secret: isSecretName(name) || isSecretName(lastKey(path)),
    }));
  });
}
