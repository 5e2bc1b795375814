import { shorten } from "../../base/clip.ts";
import type { Path } from "../../base/path.ts";
import { isSecretName, type Redact } from "../../base/redact.ts";
import { lastKey } from "../paths.ts";

const MAX_SHOWN = 60;

/** A value for people, as TOML writes it and cut to one short line; nothing of it when its key is for a secret. */
export function showFound(value: unknown, path: Path, redact: Redact): string {
  if (typeof value === "object" && value !== null) return nameOfKind(value);
  if (isSecretName(lastKey(path))) return "a value that is not shown";
  if (value === "") return "an empty string";
  if (typeof value !== "string") return showNumber(value);
  return JSON.stringify(shorten(redact(value), MAX_SHOWN));
}

function nameOfKind(value: object): string {
  if (value instanceof Date) return "a date";
  return Array.isArray(value) ? "an array" : "a table";
}

const showNumber = (value: unknown): string =>
  value === Infinity ? "inf" : value === -Infinity ? "-inf" : Number.isNaN(value) ? "nan" : String(value);
