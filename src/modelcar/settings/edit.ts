import { parseArguments } from "./arguments.ts";
import type { Argument } from "./types.ts";

/** The list with this flag set once: in place of its first occurrence, or at the end. The input is left as it is. */
export function withArgument(args: readonly string[], flag: string, value: string | undefined): string[] {
  const written = value === undefined ? `--${flag}` : `--${flag}=${value}`;
  const found = occurrences(args, flag);
  const [first] = found;
  if (first === undefined) return [...args, written];
  const dropped = new Set(found.flatMap(placesOf));
  return args.flatMap((text, i) => (i === first.index ? [written] : dropped.has(i) ? [] : [text]));
}

/** The list without this flag and its value. */
export function withoutArgument(args: readonly string[], flag: string): string[] {
  const dropped = new Set(occurrences(args, flag).flatMap(placesOf));
  return args.filter((_, i) => !dropped.has(i));
}

/** The list with a flag under another name, its values as they are. */
export function renamedArgument(args: readonly string[], flag: string, name: string): string[] {
  const spelled = new Map(occurrences(args, flag).map((one) => [one.index, one.spelled]));
  return args.map((text, i) => {
    const old = spelled.get(i);
    return old === undefined ? text : `--${name}${text.slice(old.length)}`;
  });
}

const placesOf = ({ index, width }: Argument): number[] => Array.from({ length: width }, (_, i) => index + i);

const occurrences = (args: readonly string[], flag: string) =>
  parseArguments(args, "{{.Name}}").all.filter((argument) => argument.flag === flag);
