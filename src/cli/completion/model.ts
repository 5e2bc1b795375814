import type { Command, PositionalSpec } from "../framework/command.ts";
import { globalOptions } from "../framework/globals.ts";
import type { OptionSpec, OptionSpecs } from "../framework/option-spec.ts";
import type { CommandTable, Program } from "../framework/table.ts";

/** What a script is made of. */
export interface Script {
  /** The program that it completes. */
  name: string;
  /** How to call the program to make the script again. */
  called: string;
  nodes: readonly Node[];
}

/** What shells need to know of a command, or of a group of them: that has children, and neither has more. */
export interface Node {
  /** Words that lead here, without the program's name. */
  path: readonly string[];
  summary: string;
  children: Child[];
  options: Option[];
  arguments: Argument[];
}

export interface Child {
  names: string[];
  summary: string;
}

export interface Option {
  name: string;
  short: string | undefined;
  description: string;
  /** undefined: it takes no value. */
  value: Completion | undefined;
}

export interface Argument {
  value: Completion;
  multiple: boolean;
}

export type Completion =
  | { choices: readonly string[] }
  | { files: true }
  | { directories: true }
  | { any: true };

/** Every command and group of the program, loaded, and the word `help` before each group's commands. */
export async function completionModel(program: Program): Promise<Node[]> {
  return withHelp(await groupNodes([], program.summary, program.commands));
}

/** A group, and all that is below it. */
async function groupNodes(path: readonly string[], summary: string, commands: CommandTable): Promise<Node[]> {
  const visible = Object.entries(commands).filter(([, entry]) => !entry.hidden);
  const children = visible.map(([name, entry]) => ({
    names: [name, ...(entry.aliases ?? [])],
    summary: entry.summary,
  }));
  const below = visible.map(async ([name, entry]) => {
    const loaded = await entry.load();
    return "commands" in loaded
      ? groupNodes([...path, name], entry.summary, loaded.commands)
      : [commandNode([...path, name], loaded.command)];
  });
  const group = { path, summary, children, options: optionsOf({}), arguments: [] };
  return [group, ...(await Promise.all(below)).flat()];
}

const commandNode = (path: readonly string[], { summary, options, positionals }: Command): Node => ({
  path,
  summary,
  children: [],
  options: optionsOf(options),
  arguments: positionals.map((spec) => ({ value: completionOf(spec), multiple: spec.multiple ?? false })),
});

const HELP: Child = { names: ["help"], summary: "Tell all about a command" };

/** `tool help group command` and `tool group help command`: after the word, the same commands without their options. */
function withHelp(nodes: readonly Node[]): Node[] {
  const groups = nodes.filter(({ children }) => children.length > 0);
  const pages = groups.flatMap(({ path: at }) =>
    groups
      .filter(({ path }) => at.every((word, i) => path[i] === word))
      .map((group) => ({ ...group, path: [...at, "help", ...group.path.slice(at.length)], options: [] })),
  );
  const offering = (node: Node): Node => ({ ...node, children: [...node.children, HELP] });
  return [...nodes.map((node) => (groups.includes(node) ? offering(node) : node)), ...pages];
}

const optionsOf = (own: OptionSpecs): Option[] =>
  Object.entries({ ...own, ...globalOptions })
    .filter(([, spec]) => !(spec as OptionSpec).hidden)
    .map(([name, spec]: [string, OptionSpec]) => ({
      name,
      short: spec.short,
      description: spec.description,
      value: spec.type === "boolean" ? undefined : completionOf(spec),
    }));

function completionOf({ choices, completes }: OptionSpec | PositionalSpec): Completion {
  if (choices) return { choices };
  if (completes === "file") return { files: true };
  if (completes === "directory") return { directories: true };
  return { any: true };
}
