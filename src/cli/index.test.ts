import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command, OptionSpec } from "./framework/command.ts";
import { checkArguments, commandLinesIn } from "./framework/command-lines.fixture.ts";
import { globalOptions } from "./framework/globals.ts";
import type { CommandTable } from "./framework/table.ts";
import { capture, runCli } from "./framework/testing.fixture.ts";
import { programNamed } from "./index.ts";

/** What every command keeps to. */

const program = programNamed("agent2389");

interface Listed {
  path: string[];
  summary: string;
  hidden: boolean;
  command: Command;
}

async function allCommands(table: CommandTable, path: string[] = []): Promise<Listed[]> {
  const listed = Object.entries(table).map(
    async ([name, { summary, hidden = false, load }]): Promise<Listed[]> => {
      const loaded = await load();
      const below = [...path, name];
      return "commands" in loaded
        ? allCommands(loaded.commands, below)
        : [{ path: below, summary, hidden, command: loaded.command }];
    },
  );
  return (await Promise.all(listed)).flat();
}

const commands = await allCommands(program.commands);

describe.each(commands.map((listed) => [listed.path.join(" "), listed] as const))("%s", (_, listed) => {
  const { path, summary, command } = listed;
  const options: [string, OptionSpec][] = Object.entries(command.options);

  test("has the summary that the table shows, one line without a full stop", () => {
    expect(command.summary).toBe(summary);
    expect(summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
  });

  test("describes every option and argument", () => {
    for (const [name, { description, type, value, choices }] of options) {
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z0-9]/)]);
      if (type !== "boolean" && !choices)
        expect([name, value]).toEqual([name, expect.stringMatching(/^[A-Z]+$/)]);
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
  const names = new Set(program.commands && Object.keys(program.commands));
  const helpers = ["index.ts", "services.ts", "config-file.ts", "log-settings.ts"];
  for (const file of files) {
    if (!helpers.includes(file)) expect([...names]).toContain(file.replace(".ts", ""));
  }
});

test("the program's help", async () => {
  expect((await runCli(program, [])).stdout).toMatchSnapshot();
});

test("ask's help", async () => {
  expect((await runCli(program, ["help", "ask"])).stdout).toMatchSnapshot();
});

test("nothing heavy stands before the commands: the table's own imports are types only", async () => {
  const text = await Bun.file(join(import.meta.dir, "index.ts")).text();
  const statics = [...text.matchAll(/^import (?!type )/gm)];
  expect(statics).toEqual([]);
});
