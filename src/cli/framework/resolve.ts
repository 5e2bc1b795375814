import { UsageError } from "../../base/errors.ts";
import type { Command } from "./command.ts";
import { globalOptions } from "./globals.ts";
import { didYouMean, parseOptions, splitAtCommand } from "./parse.ts";
import { type CommandTable, findEntry, type Program, visibleNames } from "./table.ts";

/** What a command line is about. `argv` is what is left to be read by it, global options included. */
export type Resolved = { path: string[]; argv: string[] } & (
  | { kind: "command"; command: Command }
  | { kind: "group"; summary: string; commands: CommandTable }
);

/** Follows the words of the command line through the table, and the tables below it, to a command. */
export async function resolve(program: Program, argv: readonly string[]): Promise<Resolved> {
  const path = [program.name];
  const options: string[] = [];
  let { summary, commands } = program;
  let rest = argv;
  for (;;) {
    const { before, word, after } = splitAtCommand(rest, globalOptions);
    checkGlobals(before, path);
    options.push(...before);
    if (word === undefined) return { kind: "group", path, summary, commands, argv: options };
    const found = findEntry(commands, word);
    if (!found) throw unknownCommand(word, commands, path);
    path.push(found.name);
    const loaded = await found.entry.load();
    if ("command" in loaded) {
      return { kind: "command", path, command: loaded.command, argv: [...options, ...after] };
    }
    ({ commands } = loaded);
    ({ summary } = found.entry);
    rest = after;
  }
}

function checkGlobals(before: string[], path: string[]): void {
  try {
    parseOptions(before, globalOptions, {});
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint) throw error;
    throw new UsageError(error.message, {
      hint: `Options of a command come after its name; '${path.join(" ")} --help' lists the commands.`,
    });
  }
}

function unknownCommand(word: string, commands: CommandTable, path: string[]): UsageError {
  const names = visibleNames(commands);
  const aliases = Object.values(commands).flatMap((entry) => entry.aliases ?? []);
  const near = didYouMean(word, [...names, ...aliases], (name) => `'${path.join(" ")} ${name}'`);
  return new UsageError(`unknown command "${word}"`, {
    hint: near.hint ?? `The commands are ${names.join(", ")}.`,
  });
}
