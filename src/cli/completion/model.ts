import type { OptionSpec, OptionSpecs, PositionalSpec } from "../framework/command.ts";
import { globalOptions } from "../framework/globals.ts";
import type { CommandTable, Program } from "../framework/table.ts";

/** What shells need to know of a command. */
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

/** Every command of the program, loaded; those below others come after them. */
export async function completionModel(program: Program): Promise<Node[]> {
  const nodes: Node[] = [];
  const visit = async (path: readonly string[], summary: string, commands: CommandTable) => {
    const visible = Object.entries(commands).filter(([, entry]) => !entry.hidden);
    const children = visible.map(([name, entry]) => ({
      names: [name, ...(entry.aliases ?? [])],
      summary: entry.summary,
    }));
    nodes.push({ path, summary, children, options: optionsOf({}), arguments: [] });
    for (const [name, entry] of visible) {
      const loaded = await entry.load();
      const below = [...path, name];
      if ("commands" in loaded) await visit(below, entry.summary, loaded.commands);
      else {
        const { command } = loaded;
        nodes.push({
          path: below,
          summary: entry.summary,
          children: [],
          options: optionsOf(command.options),
          arguments: command.positionals.map((spec) => ({
            value: completionOf(spec),
            multiple: spec.multiple ?? false,
          })),
        });
      }
    }
  };
  await visit([], program.summary, program.commands);
  const [root, ...below] = nodes;
  const help = { names: ["help"], summary: "Tell all about a command" };
  return [
    { ...root!, children: [...root!.children, help] },
    { path: ["help"], summary: help.summary, children: root!.children, options: [], arguments: [] },
    ...below,
  ];
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
