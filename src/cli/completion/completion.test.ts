import { beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

const program = programNamed("agent2389");
const dir = mkdtempSync(join(tmpdir(), "completion-"));
const scriptOf = async (shell: string): Promise<string> => {
  const { code, stdout } = await runCli(program, ["completion", shell]);
  expect(code).toBe(0);
  return stdout;
};

beforeAll(() => {
  writeFileSync(join(dir, "my agent.toml"), "");
  writeFileSync(join(dir, "other.toml"), "");
});

async function output(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { cwd: dir, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(stderr).toBe("");
  return stdout;
}

/** What each line completes to; the last word is the one under the cursor. */
const CASES: [line: string, offered: string[]][] = [
  ["mon", ["monitor"]],
  ["vali", ["validate"]],
  ["--ver", ["--verbose", "--version"]],
  ["help moni", ["monitor"]],
  ["monitor --ty", ["--type"]],
  ["monitor --type ", ["input", "progress", "reply", "status"]],
  ["monitor --type=re", ["reply"]],
  ["--config x.toml monitor -t in", ["input"]],
  ["completion ", ["bash", "fish", "zsh"]],
  ["--log-level d", ["debug"]],
  ["validate ot", ["other.toml"]],
  ["validate my", ["my agent.toml"]],
  ["ask writer hello --file ot", ["other.toml"]],
  ["ask writer --timeout ", []],
  ["nonsense ", []],
];

describe("bash", () => {
  /** Splits as bash does: at spaces, and at = (COMP_WORDBREAKS). */
  const splitWords = (line: string) => line.split(" ").flatMap((word) => word.split(/(=)/));

  async function complete(line: string): Promise<string[]> {
    const words = splitWords(line).map((word) => `'${word}'`);
    const script = `
      source "$0" || exit 3
      COMP_WORDS=(agent2389 ${words.join(" ")}); COMP_CWORD=${words.length}
      _agent2389; [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = await output(["bash", "--norc", "-c", script, join(dir, "bash")]);
    return offered.split("\n").filter(Boolean).sort();
  }

  beforeAll(async () => {
    writeFileSync(join(dir, "bash"), await scriptOf("bash"));
  });

  test.each(CASES)("completes %p to %p", async (line, offered) => {
    expect(await complete(line)).toEqual(offered);
  });

  test("offers every command", async () => {
    const names = Object.entries(program.commands).flatMap(([name, { hidden, aliases = [] }]) =>
      hidden ? [] : [name, ...aliases],
    );
    expect(await complete("")).toEqual([...names, "help"].sort());
  });
});

const has = (shell: string) => Bun.which(shell) !== null;

describe.if(has("fish"))("fish", () => {
  beforeAll(async () => {
    writeFileSync(join(dir, "agent2389.fish"), await scriptOf("fish"));
  });

  test.each(CASES.filter(([, offered]) => offered.length > 0))(
    "completes %p to %p",
    async (line, offered) => {
      const script = `source agent2389.fish; complete -C 'agent2389 ${line}'`;
      const found = (await output(["fish", "--no-config", "-c", script])).split("\n").filter(Boolean);
      const words = found.map((row) =>
        row
          .split("\t")[0]!
          .replace(/^--type=/, "")
          .replaceAll("\\", ""),
      );
      expect(words).toEqual(expect.arrayContaining(offered));
    },
  );
});

test.if(has("zsh"))("zsh can read its script", async () => {
  writeFileSync(join(dir, "zsh"), await scriptOf("zsh"));
  await output(["zsh", "-f", "-n", join(dir, "zsh")]);
});

test("every shell's script names every command and every option", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = await scriptOf(shell);
    for (const [name, entry] of Object.entries(program.commands)) {
      if (entry.hidden) continue;
      expect(script).toContain(name);
      const loaded = await entry.load();
      if ("command" in loaded) {
        for (const option of Object.keys(loaded.command.options)) expect(script).toContain(option);
      }
    }
  }
});

test("another shell is refused with a hint", async () => {
  const { code, stderr } = await runCli(program, ["completion", "bsh"]);
  expect(code).toBe(2);
  expect(stderr).toContain('<shell> is "bsh", expected one of bash, zsh, fish');
  expect(stderr).toContain('Did you mean "bash"?');
});
