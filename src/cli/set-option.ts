import { UsageError } from "../base/errors.ts";
import { isSecretName, SECRET_FORMS } from "../base/redact.ts";
import type { ParsedConfig } from "../config/load.ts";
import { pathKey } from "../config/paths.ts";
import type { Override } from "../config/values/overrides.ts";

export const setOption = {
  type: "string",
  short: "s",
  value: "KEY=VALUE",
  description: "Config key that comes before the file's, as llm.model=gpt-5.4",
  multiple: true,
} as const;

/** `KEY=VALUE` taken apart at the first `=`. */
export function splitSetting(text: string): { key: string; value: string } {
  const at = text.indexOf("=");
  if (at > 0) return { key: text.slice(0, at).trim(), value: text.slice(at + 1) };
  throw new UsageError(`--set needs KEY=VALUE, as llm.model=gpt-5.4`);
}

/** Dotted as in TOML: parts with other characters stand in quotes. */
const PART = /^(?:([A-Za-z0-9_-]+)|"([^"\\]*)")(\.|$)/;

/** What a dotted key and its value override. Throws a UsageError for a key that is none, and for a secret. */
export function overrideOf({ key, value }: { key: string; value: string }): Override {
  const path: string[] = [];
  for (let rest = key; rest !== "" || path.length === 0; ) {
    const [whole = "", bare, quoted, end] = PART.exec(rest) ?? [];
    if (whole === "" || (end === "." && whole.length === rest.length)) {
      throw new UsageError(`--set ${key}: not a key of a config`, {
        hint: "Write table.key=value, as llm.model=gpt-5.4.",
      });
    }
    path.push(bare ?? quoted ?? "");
    rest = rest.slice(whole.length);
  }
  if (isSecretName(path.at(-1)!) || SECRET_FORMS.some(([form]) => value.search(form) >= 0)) {
    throw new UsageError(`--set ${key}: a secret must not stand on the command line`, {
      hint: `Put it in the environment, and its name in the config: ${path.at(-1)}_env.`,
    });
  }
  return { path, value, source: `--set ${key}` };
}

/** Throws a UsageError for a setting that could not be made, since the config has a list or a value on the way to it. */
export function checkApplied(
  settings: readonly Override[],
  { applied, file }: Pick<ParsedConfig, "applied" | "file">,
): void {
  const lost = settings.find(({ path }) => !applied.has(pathKey(path)));
  if (lost === undefined) return;
  throw new UsageError(`${lost.source}: what is on the way to it in ${file} is no table`, {
    hint: "Keys of tables can be set; what is in a list is changed in the file.",
  });
}
