import { UsageError } from "../../base/errors.ts";
import type { Command } from "./command.ts";
import { globalOptions } from "./globals.ts";
import { didYouMean, parseOptions, splitAtCommand } from "./parse.ts";
import { type CommandTable, findEntry, type Program, visibleNames } from "./table.ts";

/** The innermost program that a line is about, and the words that lead to it: `agent2389 agent-deploy`. */
export interface Home {
  program: Program;
  path: readonly string[];
}

/** What a command line is about. `argv` is what is left to be read by it, global options included. */
export type Resolved = {
  home: Home;
  path: string[];
  argv: string[];
  /** The word `help` stood before it. */
  help: boolean;
} & ({ kind: "command"; command: Command } | { kind: "group"; summary: string; commands: CommandTable });

/** Follows the words of the command line through the table, and the tables below it, to a command. */
export async function resolve(program: Program, argv: readonly string[]): Promise<Resolved> {
  const path = [program.name];
  const options: string[] = [];
  let home: Home = { program, path: [...path] };
  let { summary, commands } = program;
  let rest = argv;
  let help = false;
  for (;;) {
    const { before, word, after } = splitAtCommand(rest, globalOptions);
    checkGlobals(before, path);
    options.push(...before);
    if (word === undefined) return { kind: "group", home, path, help, summary, commands, argv: options };
    rest = after;
    const found = findEntry(commands, word);
    if (!found && word === "help") {
      help = true;
      continue;
    }
    if (!found) throw unknownCommand(word, commands, path);
    const { name, entry } = found;
    path.push(name);
    if (entry.program) home = { program: entry.program, path: [...path] };
    const loaded = await entry.load();
    if ("command" in loaded)
      return { kind: "command", home, path, help, command: loaded.command, argv: [...options, ...after] };
    ({ commands } = loaded);
    ({ summary } = entry);
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
  const called = (name: string): string => `'${path.join(" ")} ${name}'`;
  const elsewhere = Object.values(commands).find(
    ({ program }) => program && findEntry(program.commands, word),
  );
  if (elsewhere?.program) {
    const hint = `Did you mean ${called(`${elsewhere.program.name} ${word}`)}?`;
    return new UsageError(`unknown command "${word}"`, { hint });
  }
  if (Object.hasOwn(globalOptions, word))
    return new UsageError(`unknown command "${word}"`, { hint: `Did you mean ${called(`--${word}`)}?` });
  if (word.endsWith(".toml")) {
    const hint = `A config stands after the command; '${path.join(" ")} --help' lists the commands.`;
    return new UsageError(`${word} is a file, not a command`, { hint });
  }
  const names = visibleNames(commands);
  const aliases = Object.values(commands).flatMap((entry) => entry.aliases ?? []);
  return new UsageError(`unknown command "${word}"`, {
    hint: `The commands are ${names.join(", ")}.`,
    ...didYouMean(word, [...names, ...aliases, "help"], called),
  });
}
