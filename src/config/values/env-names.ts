import { isEnvName } from "../../base/env-name.ts";
import { lastKey, pathKey } from "../paths.ts";
import type { DataProblem } from "../problems/data-problem.ts";
import type { NamedVariable } from "./secret-values.ts";
import type { VariableUse } from "./substitute.ts";

/** What stands in `…_env` keys and is no name: most often the secret itself, so it is never shown. */
export const misnamed = (named: readonly NamedVariable[]): NamedVariable[] =>
  named.filter(({ name }) => !isEnvName(name));

export function explainMisnamed(
  named: readonly NamedVariable[],
  uses: ReadonlyMap<string, VariableUse>,
): DataProblem[] {
  return misnamed(named).map(({ path }) => {
    const key = lastKey(path);
    const variable = uses.get(pathKey(path))?.names[0];
    return {
      kind: "secret",
      path,
      at: "key",
      message:
        "expected the name of an environment variable, found something else (not shown: it may be the secret)",
      hint:
        variable === undefined
          ? `put the secret in the environment, and its name here: ${key} = "NAME_OF_IT"`
          : `write the name alone: ${key} = "${variable}"`,
    };
  });
}
