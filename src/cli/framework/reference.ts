import type { Command, PositionalSpec } from "./command.ts";
import { globalOptions } from "./globals.ts";
import { optionMeaning, optionTerm, positionalMeaning, positionalUsage } from "./help.ts";
import type { OptionSpecs } from "./option-spec.ts";
import type { CommandTable, Program } from "./table.ts";

/** The reference page of a program's commands, in Markdown: the texts are those of its help. */
export async function commandReference(program: Program): Promise<string> {
  const commands = await listed(program.commands, [program.name]);
  return `${[
    `# ${program.name} on the command line`,
    "<!-- Made by `bun scripts/generate.ts` from the commands in src/cli. Do not edit. -->",
    `\`${program.name} help <command>\` prints what stands here. Results go to standard output, all else to standard error.`,
    optionTable("## Options of every command", globalOptions),
    `The exit status is ${EXIT_CODES}`,
    otherNames(program),
    overview(commands),
    ...commands.map(section),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

const EXIT_CODES =
  "0 when it is done, 1 when it failed, 2 when the command line was wrong, 3 when the answer that `ask` got is not all " +
  "of it (a budget ended the task, or it was too long for a message), and 128 + the signal's number when it was " +
  "interrupted while it waited (130 after Ctrl-C). `run`, `up`, `broker` and `monitor` end with 0 when they are stopped.";

interface Listed {
  /** `agent2389 ask`. */
  title: string;
  command: Command;
}

/** Commands of a program stand by its own name, wherever it is a command itself. */
async function listed(table: CommandTable, path: readonly string[]): Promise<Listed[]> {
  const all = Object.entries(table).map(async ([name, { program, load }]): Promise<Listed[]> => {
    const loaded = await load();
    const below = program ? [program.name] : [...path, name];
    return "command" in loaded
      ? [{ title: below.join(" "), command: loaded.command }]
      : listed(loaded.commands, below);
  });
  return (await Promise.all(all)).flat();
}

/** What is said of the programs that are commands of this one. */
const otherNames = ({ name, commands }: Program): string =>
  Object.values(commands)
    .flatMap(({ program }) => program ?? [])
    .map(
      (other) =>
        `\`${other.name}\` is the same file by another name (a link to it); where there is no link: \`${name} ${other.name}\`.`,
    )
    .join(" ");

function overview(commands: readonly Listed[]): string {
  const rows = commands.map(
    ({ title, command }) => `| [\`${title}\`](#${anchor(title)}) | ${command.summary} |`,
  );
  return ["## Commands", "", "| command | what it does |", "|---|---|", ...rows].join("\n");
}

/** As GitHub and others make it of a heading. */
const anchor = (title: string): string => title.toLowerCase().replaceAll(" ", "-");

function section({ title, command }: Listed): string {
  const { summary, description, positionals, options, examples } = command;
  const words = [title, ...positionals.map(positionalUsage), "[options]"].join(" ");
  return [
    `## ${title}`,
    `${summary}. ${description ?? ""}`.trim(),
    `\`\`\`text\n${words}\n\`\`\``,
    positionals.length > 0 && argumentTable(positionals),
    Object.keys(options).length > 0 && optionTable("", options),
    examples.length > 0 &&
      `\`\`\`sh\n${examples.map(({ command: line, note }) => (note ? `${line}  # ${note}` : line)).join("\n")}\n\`\`\``,
  ]
    .filter((part) => part)
    .join("\n\n");
}

const argumentTable = (specs: readonly PositionalSpec[]): string =>
  [
    "| argument | meaning |",
    "|---|---|",
    ...specs.map((spec) => row(`<${spec.name}>`, positionalMeaning(spec))),
  ].join("\n");

function optionTable(heading: string, specs: OptionSpecs): string {
  const rows = Object.entries(specs)
    .filter(([, { hidden }]) => !hidden)
    .map(([name, spec]) => row(optionTerm(name, spec).trim(), optionMeaning(spec)));
  const table = ["| option | meaning |", "|---|---|", ...rows].join("\n");
  return heading === "" ? table : `${heading}\n\n${table}`;
}

const row = (term: string, meaning: string): string => `| \`${term}\` | ${cell(meaning)} |`;

/** Text in a table: bars would end the cell, angle brackets would be HTML. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
