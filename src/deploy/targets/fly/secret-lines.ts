import { ExpectedError } from "../../../base/errors.ts";
import type { SecretValues } from "../../target.ts";

/**
 * What `fly secrets import` reads on standard input. Its format has changed over the versions: since 2025 it takes `#`
 * for a comment and strips quotes, before it did not. So each value is written in the form that all of them read as that
 * value; one for which there is none is refused, not changed.
 */
export function secretLines(app: string, names: readonly string[], secrets: SecretValues): string {
  const lines = names.flatMap((name) => {
    const value = secrets[name];
    return value === undefined ? [] : [`${name}=${written(app, name, value)}\n`];
  });
  return lines.join("");
}

/** flyctl reads lines of at most 64 KiB. */
const LONGEST_LINE = 60 * 1024;

function written(app: string, name: string, value: string): string {
  const lines = value.split("\n");
  const form = lines.length > 1 ? inTripleQuotes(lines) : onOneLine(value);
  const readable = lines.every((line) => line.length <= LONGEST_LINE) && !value.includes("\r");
  if (form !== undefined && readable) return form;
  throw new ExpectedError(
    `the value of ${name} cannot be handed to fly secrets import, which would change it`,
    {
      hint: `Set it by itself, from a file, then deploy without it here: fly secrets set ${name}=- --stage --app ${app} < FILE`,
    },
  );
}

/** As it is where nothing in it means anything; else in double quotes, of which flyctl strips the outer ones. */
function onOneLine(value: string): string | undefined {
  if (!value.includes("#") && !/^[\s"']/.test(value)) return value;
  const quoted = `"${value}"`;
  return quoted.startsWith('"""') || quotesBeforeComment(value) % 2 === 1 ? undefined : quoted;
}

/** `"""` ends where a line ends with it. A `#` is part of the text after an odd number of quotes. */
function inTripleQuotes(lines: readonly string[]): string | undefined {
  const endsEarly = lines.slice(0, -1).some((line) => line.endsWith('"""'));
  if (endsEarly || quotesBeforeComment(lines[0]!) % 2 === 1) return undefined;
  return `"""${lines.join("\n")}"""`;
}

/** Quotes before the first `#`; 0 where there is none. */
function quotesBeforeComment(line: string): number {
  const comment = line.indexOf("#");
  return comment < 0 ? 0 : line.slice(0, comment).split('"').length - 1;
}
