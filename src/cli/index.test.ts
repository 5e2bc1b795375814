import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "./framework/command.ts";
import { checkArguments, commandLinesIn } from "./framework/command-lines.fixture.ts";
import { globalOptions } from "./framework/globals.ts";
import type { OptionSpec } from "./framework/option-spec.ts";
import type { Program } from "./framework/table.ts";
import { capture, runCli } from "./framework/testing.fixture.ts";
import { programNamed, programs } from "./index.ts";

/** What every command keeps to. */

const program = programNamed("agent2389");

interface Listed {
  program: Program;
  path: string[];
  summary: string;
  hidden: boolean;
  command: Command;
}

/** Those of a program that is a command of another are listed with that program. */
async function allCommands(of: Program, table = of.commands, path: string[] = []): Promise<Listed[]> {
  const entries = Object.entries(table).filter(([, entry]) => !entry.program);
  const listed = entries.map(async ([name, { summary, hidden = false, load }]): Promise<Listed[]> => {
    const loaded = await load();
    const below = [...path, name];
    return "commands" in loaded
      ? allCommands(of, loaded.commands, below)
      : [{ program: of, path: below, summary, hidden, command: loaded.command }];
  });
  return (await Promise.all(listed)).flat();
}

const commands = (await Promise.all(programs.map((each) => allCommands(each)))).flat();

const titled = commands.map((listed) => [[listed.program.name, ...listed.path].join(" "), listed] as const);

describe.each(titled)("%s", (_, { program, path, summary, command }) => {
  const options: [string, OptionSpec][] = Object.entries(command.options);

  test("has the summary that the table shows, one line without a full stop", () => {
    expect(command.summary).toBe(summary);
    expect(summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
  });

  test("describes every option and argument", () => {
    for (const [name, { description, type, value }] of options) {
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z0-9]/)]);
      if (type !== "boolean")
        expect([name, value]).toEqual([name, expect.stringMatching(/^(\[[A-Z]+=\])?[A-Z]+([=/][A-Z]+)?$/)]);
    }
    for (const { description } of command.positionals) expect(description).not.toBe("");
  });

  test("takes no name or letter twice, nor those of the global options", () => {
    const all = [...Object.keys(globalOptions), ...options.map(([name]) => name)];
    expect(new Set(all).size).toBe(all.length);
    const letters = [...Object.values(globalOptions), ...options.map(([, spec]) => spec)].flatMap((spec) =>
      "short" in spec && spec.short ? [spec.short] : [],
    );
    expect(new Set(letters).size).toBe(letters.length);
  });

  test("its examples are command lines that it takes", async () => {
    if (path[0] !== "schema" && path[0] !== "completion") expect(command.examples.length).toBeGreaterThan(0);
    for (const { command: line } of command.examples) {
      for (const argv of commandLinesIn(line, program.name)) await checkArguments(program, argv);
    }
  });

  test("its help fits 80 columns and names all that it takes", async () => {
    const stdout = capture({ isTTY: true, columns: 80 });
    await runCli(program, ["help", ...path], { stdout });
    const text = stdout.text.split("\nExamples:")[0]!;
    for (const line of text.split("\n")) {
      if (!line.startsWith("Usage:")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
    }
    for (const [name, { hidden }] of options) if (!hidden) expect(text).toContain(`--${name}`);
  });
});

test("every file of commands is in the table", () => {
  const files = readdirSync(import.meta.dir).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const isCommand = (name: string) =>
    /^export const command\b/m.test(readFileSync(join(import.meta.dir, name), "utf8"));
  const names = files.filter(isCommand).map((name) => name.replace(".ts", ""));
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(program.commands)).toEqual(expect.arrayContaining(names));
});

test("the program's help", async () => {
  expect((await runCli(program, [])).stdout).toMatchSnapshot();
});

test("ask's help", async () => {
  expect((await runCli(program, ["help", "ask"])).stdout).toMatchSnapshot();
});

test("nothing heavy stands before the commands: what the table imports at once are tables and types", async () => {
  const reached = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = await Bun.file(join(import.meta.dir, file)).text();
    const statics = [...text.matchAll(/^import (?!type )[^;]*?"([^"]+)";$/gm)].map(([, path = ""]) => path);
    for (const path of statics) await visit(join(dirname(file), path));
  };
  await visit("index.ts");
  expect([...reached].sort()).toEqual(["agent-deploy/index.ts", "framework/programs.ts", "index.ts"]);
});
