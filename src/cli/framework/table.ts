import type { Command } from "./command.ts";

/** Commands by name. An entry's module is imported when the command runs, not before. */
export type CommandTable = Readonly<Record<string, Entry>>;

export interface Entry {
  summary: string;
  /** Heading it stands under in the help. */
  group?: string;
  /** Other names it answers to. */
  aliases?: readonly string[];
  /** Works, but is not listed: an alias of the peer implementation with options of its own. */
  hidden?: boolean;
  /** What stands here is a program, which can be called by its own name, too. */
  program?: Program;
  load(): Promise<Loaded>;
}

/** A module with one command, or with a table of subcommands. */
export type Loaded = { command: Command } | { commands: CommandTable };

/** A program: what its name is, what it does, which commands it has. */
export interface Program {
  name: string;
  /** One line, in the imperative, without a full stop. */
  summary: string;
  commands: CommandTable;
  /** Lines of the help that show how to begin. */
  start: readonly string[];
}

/** The canonical name and entry that a word on the command line means. */
export function findEntry(table: CommandTable, word: string): { name: string; entry: Entry } | undefined {
  const own = Object.hasOwn(table, word) ? table[word] : undefined;
  if (own) return { name: word, entry: own };
  for (const [name, entry] of Object.entries(table)) {
    if (entry.aliases?.includes(word)) return { name, entry };
  }
  return undefined;
}

export const visibleNames = (table: CommandTable): string[] =>
  Object.entries(table).flatMap(([name, entry]) => (entry.hidden ? [] : [name]));
