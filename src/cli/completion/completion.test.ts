import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { yard } from "../framework/programs.fixture.ts";
import type { Program } from "../framework/table.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

const program = programNamed("agent2389");
const dir = mkdtempSync(join(tmpdir(), "completion-"));

async function scriptOf(of: Program, shell: string): Promise<string> {
  const { code, stdout } = await runCli(of, ["completion", shell]);
  expect(code).toBe(0);
  return stdout;
}

beforeAll(async () => {
  writeFileSync(join(dir, "my agent.toml"), "");
  writeFileSync(join(dir, "other.toml"), "");
  for (const each of [program, yard])
    for (const shell of ["bash", "zsh", "fish"])
      writeFileSync(join(dir, `${each.name}.${shell}`), await scriptOf(each, shell));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function output(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { cwd: dir, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(stderr).toBe("");
  return stdout;
}

/** What each line of each program completes to; the last word is the one under the cursor. */
const CASES: [program: string, line: string, offered: string[]][] = [
  ["agent2389", "mon", ["monitor"]],
  ["agent2389", "vali", ["validate"]],
  ["agent2389", "--ver", ["--verbose", "--version"]],
  ["agent2389", "help moni", ["monitor"]],
  ["agent2389", "monitor --ty", ["--type"]],
  ["agent2389", "monitor --type ", ["input", "progress", "reply", "status"]],
  ["agent2389", "monitor --type=re", ["reply"]],
  ["agent2389", "--config x.toml monitor -t in", ["input"]],
  ["agent2389", "completion ", ["bash", "fish", "zsh"]],
  ["agent2389", "--log-level d", ["debug"]],
  ["agent2389", "validate ot", ["other.toml"]],
  ["agent2389", "validate my", ["my agent.toml"]],
  ["agent2389", "ask writer hello --file ot", ["other.toml"]],
  ["agent2389", "ask writer --timeout ", []],
  ["agent2389", "nonsense ", []],
  ["yard", "sh", ["ship-it"]],
  ["yard", "ship-it ", ["completion", "help", "send", "status"]],
  ["yard", "ship-it send ", ["cloud", "help", "local"]],
  ["yard", "ship-it --config x.toml send c", ["cloud"]],
  ["yard", "ship-it send cloud ot", ["other.toml"]],
  ["yard", "ship-it send cloud other.toml my", ["my agent.toml"]],
  ["yard", "ship-it send cloud --reg", ["--region"]],
  ["yard", "ship-it send cloud other.toml --region ", ["north", "south"]],
  ["yard", "help ship-it s", ["send", "status"]],
  ["yard", "help ship-it send l", ["local"]],
  ["yard", "ship-it help send l", ["local"]],
  ["yard", "ship-it nonsense ", []],
];

describe("bash", () => {
  /** Splits as bash does: at spaces, and at = (COMP_WORDBREAKS). */
  const splitWords = (line: string) => line.split(" ").flatMap((word) => word.split(/(=)/));

  async function complete(name: string, line: string): Promise<string[]> {
    const words = splitWords(line).map((word) => `'${word}'`);
    const script = `
      source "$0" || exit 3
      COMP_WORDS=(${name} ${words.join(" ")}); COMP_CWORD=${words.length}
      _${name}; [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = await output(["bash", "--norc", "-c", script, join(dir, `${name}.bash`)]);
    return offered.split("\n").filter(Boolean).sort();
  }

  test.each(CASES)("completes %p %p to %p", async (name, line, offered) => {
    expect(await complete(name, line)).toEqual(offered);
  });

  test("offers every command", async () => {
    const names = Object.entries(program.commands).flatMap(([name, { hidden, aliases = [] }]) =>
      hidden ? [] : [name, ...aliases],
    );
    expect(await complete("agent2389", "")).toEqual([...names, "help"].sort());
  });
});

const has = (shell: string) => Bun.which(shell) !== null;

describe.if(has("fish"))("fish", () => {
  test.each(CASES)("completes %p %p to %p", async (name, line, offered) => {
    const script = `source ${name}.fish; complete -C '${name} ${line}'`;
    const found = (await output(["fish", "--no-config", "-c", script])).split("\n").filter(Boolean);
    const words = found.map((row) =>
      row
        .split("\t")[0]!
        .replace(/^--type=/, "")
        .replaceAll("\\", ""),
    );
    // It offers the files of the folder where a value may be anything.
    const files = ["agent2389", "yard"].flatMap((each) =>
      ["bash", "zsh", "fish"].map((shell) => `${each}.${shell}`),
    );
    expect(words.filter((word) => !files.includes(word) || offered.includes(word)).sort()).toEqual(offered);
  });
});

/** A zsh in a terminal of its own, whose completion tells what it would offer instead of showing it. */
const ZSH = `
zmodload zsh/zpty || exit 3
zpty z zsh -f -i
zpty -w z 'PS1= PROMPT=; autoload -Uz compinit; compinit -u -D; source '$0
zpty -w z 'compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a hits; builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- "hit:"$^hits; return 0
}'
zpty -w z 'show() { zle complete-word; print "done"":"; zle kill-whole-line }; zle -N show; bindkey "^I" show; print "ready"":"'
zpty -r z out '*ready:*'
for line in "$@"; do
  zpty -w -n z $line$'\\t'
  zpty -r z out '*done:*'
  print -r -- $out
done
zpty -d z`;

describe.if(has("zsh"))("zsh", () => {
  const offers = new Map<string, string[]>();

  // All lines in one zsh: it takes long to start.
  beforeAll(async () => {
    for (const name of ["agent2389", "yard"]) {
      const lines = CASES.flatMap(([of, line]) => (of === name ? [`${name} ${line}`] : []));
      const out = await output(["zsh", "-f", "-c", ZSH, join(dir, `${name}.zsh`), ...lines]);
      const told = out.split("done:");
      for (const [i, line] of lines.entries()) {
        const hits = [...told[i]!.matchAll(/hit:(.*?)\r?$/gm)].map(([, hit = ""]) =>
          hit.replaceAll("\\", ""),
        );
        offers.set(line, [...new Set(hits)].sort());
      }
    }
  });

  test.each(CASES)("completes %p %p to %p", (name, line, offered) => {
    expect(offers.get(`${name} ${line}`)).toEqual(offered);
  });
});

test("every shell's script names every command and every option", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = await scriptOf(program, shell);
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
