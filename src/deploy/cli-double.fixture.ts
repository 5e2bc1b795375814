import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One call of a double, as it saw it. */
export interface RecordedCall {
  program: string;
  argv: string[];
  stdin: string;
  /** Variables of the environment that were asked to be recorded. */
  env: Record<string, string | undefined>;
  cwd: string;
}

/** What a double answers. */
export interface Answer {
  stdout?: string;
  stderr?: string;
  code?: number;
  /** Does not end by itself: for timeouts and interrupts. */
  hangs?: boolean;
}

/** The first that fits answers; none: nothing on stdout, exit code 0. */
export interface AnswerRule {
  /** On the arguments, joined by spaces. */
  when: RegExp;
  /** Answers in turn; the last one stays. */
  say: Answer | readonly Answer[];
}

export interface CliDouble {
  /** Folder to put first on PATH. */
  readonly path: string;
  /** Calls so far of every program of this folder, in order. */
  calls(): RecordedCall[];
  /** The arguments of the calls, joined by spaces, each after the program's name. */
  lines(): string[];
  [Symbol.dispose](): void;
}

/**
 * Programs of these names, in a folder of their own, that record how they are called and answer as told: `using kubectl =
 * cliDouble({ kubectl: [{ when: /^version/, say: { stdout: "{}" } }] }, { env: ["KUBECONFIG"] })`. They are scripts for
 * Bun, found by its absolute path, so that PATH may be this folder alone.
 */
export function cliDouble(
  programs: Readonly<Record<string, readonly AnswerRule[]>>,
  { env = [] }: { env?: readonly string[] } = {},
): CliDouble {
  const root = mkdtempSync(join(tmpdir(), "cli-double-"));
  const [path, log] = [join(root, "bin"), join(root, "calls")];
  mkdirSync(path);
  mkdirSync(log);
  for (const [program, rules] of Object.entries(programs)) {
    const plain = rules.map(({ when, say }) => ({
      source: when.source,
      flags: when.flags,
      say: [say].flat(),
    }));
    const file = join(path, program);
    writeFileSync(file, script({ program, rules: plain, log, env }));
    chmodSync(file, 0o755);
  }
  const calls = () =>
    readdirSync(log)
      .sort()
      .map((file) => JSON.parse(readFileSync(join(log, file), "utf8")) as RecordedCall);
  return {
    path,
    calls,
    lines: () => calls().map(({ program, argv }) => [program, ...argv].join(" ")),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

interface ScriptFacts {
  program: string;
  rules: readonly { source: string; flags: string; say: readonly Answer[] }[];
  log: string;
  env: readonly string[];
}

/**
 * The calls are numbered by exclusive creation of their files, so that programs that run at once do not mix; each is there
 * as a whole or not at all, should its program be killed.
 */
const script = (facts: ScriptFacts): string => `#!${process.execPath}
const { linkSync, readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const facts = ${JSON.stringify(facts)};
const argv = process.argv.slice(2);
const line = argv.join(" ");
let stdin = "";
try { if (!process.stdin.isTTY) stdin = readFileSync(0, "utf8"); } catch {}
const calls = readdirSync(facts.log).sort();
const rule = facts.rules.find(({ source, flags }) => new RegExp(source, flags).test(line));
const before = calls.filter((file) => {
  const call = JSON.parse(readFileSync(join(facts.log, file), "utf8"));
  return rule && call.program === facts.program && new RegExp(rule.source, rule.flags).test(call.argv.join(" "));
}).length;
const env = Object.fromEntries(facts.env.map((name) => [name, process.env[name]]));
const record = JSON.stringify({ program: facts.program, argv, stdin, env, cwd: process.cwd() });
const whole = join(facts.log, "..", "call-" + process.pid);
writeFileSync(whole, record);
for (let number = calls.length; ; number++) {
  try {
    linkSync(whole, join(facts.log, String(number).padStart(4, "0")));
    break;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}
const answer = rule ? rule.say[Math.min(before, rule.say.length - 1)] : {};
if (answer.stdout) process.stdout.write(answer.stdout);
if (answer.stderr) process.stderr.write(answer.stderr);
if (answer.hangs) setInterval(() => {}, 1000);
else process.exitCode = answer.code ?? 0;
`;
