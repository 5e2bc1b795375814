import type { Colors } from "../terminal/colors.ts";
import { pad, wrap } from "../terminal/wrap.ts";
import type { Command, Example, PositionalSpec } from "./command.ts";
import { globalOptions } from "./globals.ts";
import type { OptionSpec, OptionSpecs } from "./option-spec.ts";
import type { Home, Resolved } from "./resolve.ts";
import type { CommandTable, Program } from "./table.ts";

export interface HelpStyle {
  columns: number;
  colors: Colors;
}

/** `tool command` and so on: how a command is called. */
type Path = readonly string[];

/** The page about what a command line leads to. */
export function helpPage(resolved: Resolved, style: HelpStyle): string {
  const { home, path } = resolved;
  if (resolved.kind === "command") return commandHelp(path, resolved.command, home, style);
  if (path.length === home.path.length) return programHelp(home.program, style, home.path);
  return groupHelp(path, resolved.summary, resolved.commands, style);
}

/** `path`: how it was called, when it is a command of another. */
export function programHelp(program: Program, style: HelpStyle, path: Path = [program.name]): string {
  const start = program.start.map((line) => `\n  ${asCalled(line, { program, path })}`).join("");
  return page([
    title(path, program.summary, style),
    usage(path, "<command> [arguments] [options]", style),
    ...commandSections(program.commands, style),
    section("Options", optionRows(globalOptions), style),
    heading("Start here", style) + start,
    tellsMore(path),
  ]);
}

function groupHelp(path: Path, summary: string, commands: CommandTable, style: HelpStyle): string {
  return page([
    title(path, summary, style),
    usage(path, "<command> [arguments] [options]", style),
    ...commandSections(commands, style),
    tellsMore(path),
  ]);
}

function commandHelp(path: Path, command: Command, home: Home, style: HelpStyle): string {
  const words = command.positionals.map(positionalUsage);
  const options = optionRows(command.options);
  return page([
    title(path, command.summary, style),
    usage(path, [...words, "[options]"].join(" "), style),
    command.description && wrap(command.description, textWidth(style)).join("\n"),
    section("Arguments", command.positionals.map(positionalRow), style),
    section("Options", options, style),
    `${heading("Also", style)} ${alsoTaken(home.path, style)}`,
    command.examples.length > 0 && heading("Examples", style) + examples(command.examples, home, style),
  ]);
}

/** A line to type in which the program stands by its name, as it must be typed where no link has that name. */
const asCalled = (line: string, { program, path }: Home): string =>
  path.length === 1
    ? line
    : line.replace(new RegExp(`(?<![\\w/-])${program.name}(?= )`, "g"), path.join(" "));

const tellsMore = ([program, ...words]: Path): string =>
  `'${[program, "help", ...words, "<command>"].join(" ")}' tells all about a command.`;

const page = (parts: (string | false | undefined)[]): string =>
  `${parts.filter((part) => part).join("\n\n")}\n`;

const title = (path: Path, summary: string, style: HelpStyle): string =>
  wrap(`${style.colors.bold(path.join(" "))}: ${lowerFirst(summary)}`, textWidth(style)).join("\n");

const textWidth = ({ columns }: HelpStyle): number => Math.min(columns, 100);
const heading = (text: string, { colors }: HelpStyle): string => colors.bold(`${text}:`);
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const usage = (path: Path, rest: string, style: HelpStyle): string =>
  `${heading("Usage", style)} ${path.join(" ")} ${rest}`;

function commandSections(commands: CommandTable, style: HelpStyle): string[] {
  const groups = new Map<string, [string, string][]>();
  for (const [name, entry] of Object.entries(commands)) {
    if (entry.hidden) continue;
    const group = entry.group ?? "Commands";
    groups.set(group, [...(groups.get(group) ?? []), [name, entry.summary]]);
  }
  const width = Math.max(...[...groups.values()].flat().map(([name]) => name.length));
  return [...groups].map(([group, rows]) => section(group, rows, style, width));
}

/** Two columns: a term and what it means. `width` is that of the terms, when several sections shall align. */
function section(title: string, rows: [string, string][], style: HelpStyle, width?: number): string {
  if (rows.length === 0) return "";
  const left = width ?? Math.min(28, Math.max(...rows.map(([term]) => term.length)));
  const indent = " ".repeat(left + 4);
  const lines = rows.map(([term, meaning]) => {
    const body = wrap(meaning, textWidth(style) - indent.length).join(`\n${indent}`);
    const label = `  ${style.colors.cyan(pad(term, left))}`;
    return term.length > left ? `  ${style.colors.cyan(term)}\n${indent}${body}` : `${label}  ${body}`;
  });
  return [heading(title, style), ...lines].join("\n");
}

export const positionalUsage = ({ name, optional, multiple }: PositionalSpec): string => {
  const label = `<${name}>${multiple ? "…" : ""}`;
  return optional ? `[${label}]` : label;
};

const positionalRow = (spec: PositionalSpec): [string, string] => [`<${spec.name}>`, positionalMeaning(spec)];

export const positionalMeaning = ({ description, choices }: PositionalSpec): string =>
  description + (choices ? ` (${choices.join(", ")})` : "");

const optionRows = (specs: OptionSpecs): [string, string][] =>
  Object.entries(specs)
    .filter(([, spec]) => !spec.hidden)
    .map(([name, spec]) => [optionTerm(name, spec), optionMeaning(spec)]);

export const optionTerm = (name: string, { short, type, value }: OptionSpec): string =>
  `${short ? `-${short}, ` : "    "}--${name}${type === "boolean" ? "" : ` ${value ?? type.toUpperCase()}`}`;

export function optionMeaning(spec: OptionSpec): string {
  const facts = [
    spec.choices && `one of ${spec.choices.join(", ")}`,
    spec.env && `or ${spec.env}`,
    spec.default !== undefined && `default: ${spec.default}`,
    spec.multiple && "may be repeated",
  ].filter((fact) => fact);
  return facts.length > 0 ? `${spec.description} (${facts.join("; ")})` : spec.description;
}

function alsoTaken(home: Path, style: HelpStyle): string {
  const names = Object.keys(globalOptions).map((name) => `--${name}`);
  const text = `${names.join(", ")} (see ${home.join(" ")} --help)`;
  return wrap(text, textWidth(style) - 6).join("\n      ");
}

const examples = (list: readonly Example[], home: Home, { colors }: HelpStyle): string =>
  list
    .map(({ command, note }) => `\n  ${asCalled(command, home)}${note ? colors.dim(`  # ${note}`) : ""}`)
    .join("");
