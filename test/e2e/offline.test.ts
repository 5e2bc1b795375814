import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { programs } from "../../src/cli/index.ts";
import { binary, runBinary, runToEnd } from "./binary.ts";

/** The compiled program without a broker. */

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "offline-"));
  await binary();
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

const run = (argv: string[], env: Record<string, string> = {}) => runBinary(argv, { cwd: dir, env });

test("--version names version, commit and day", async () => {
  const { code, stdout, stderr } = await run(["--version"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^agent2389 \d+\.\d+\.\d+ \([0-9a-f]{7,}\+?, \d{4}-\d\d-\d\d\)\n$/);
  expect(stdout).toContain(` ${version} `);
});

test("--help lists the commands; every command has help of its own", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  const names = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map((match) => match[1]!);
  expect(names).toContain("ask");
  expect(names).toContain("doctor");
  for (const name of names) {
    const help = await run(["help", name]);
    expect(help.code).toBe(0);
    expect(help.stdout).toStartWith(`agent2389 ${name}: `);
  }
});

test("exit status: 0 done, 1 failed, 2 the command line was wrong", async () => {
  const statuses = await Promise.all(
    [["schema"], ["validate", "none.toml"], ["frobnicate"], ["schema", "--frobnicate"]].map((argv) =>
      run(argv),
    ),
  );
  expect(statuses.map(({ code }) => code)).toEqual([0, 1, 2, 2]);
});

test("new → validate → config, in a folder of the user's", async () => {
  const made = await run(["new", "tool-heavy", "mine", "-o", "mine.toml"]);
  expect(made).toMatchObject({ code: 0, stdout: "" });
  const env = { OPENAI_API_KEY: "sk-test-0123456789abcdef", SERPER_API_KEY: "0123456789abcdef" };
  expect(await run(["validate", "mine.toml"], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('✓ mine.toml: agent "mine"'),
  });
  const { stdout } = await run(["--config", "mine.toml", "config", "--show", "--json"], env);
  expect(JSON.parse(stdout).agent.id).toBe("mine");
  expect(stdout).not.toContain(env.OPENAI_API_KEY);
});

test("the built-in agents can be validated by name", async () => {
  const { code, stdout } = await run(["validate", "writer", "data-analyst", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).map((one: { agent: string }) => one.agent)).toEqual([
    "writer-agent",
    "data-analyst-agent",
  ]);
});

test("errors are told on standard error, in JSON if wanted", async () => {
  const { stdout, stderr } = await run(["config", "none.toml", "--json"]);
  expect(stdout).toBe("");
  expect(JSON.parse(stderr).error.problems[0]).toMatchObject({ file: "none.toml", message: "no such file" });
});

describe("what lies in the folder it is started in is none of its business", () => {
  test(".env and bunfig.toml are not read", async () => {
    const trap = mkdtempSync(join(dir, "trap-"));
    writeFileSync(join(trap, ".env"), "CONFIG_PATH=from-dotenv.toml\nLOG_LEVEL=loud\n");
    writeFileSync(join(trap, "preload.ts"), 'require("node:fs").writeFileSync("preloaded", "");');
    writeFileSync(join(trap, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    writeFileSync(join(trap, "package.json"), "not JSON");
    writeFileSync(join(trap, "tsconfig.json"), "not JSON");
    const { code, stderr } = await runBinary(["config"], { cwd: trap });
    expect(code).toBe(2);
    expect(stderr).toContain("no config file was named");
    expect(readdirSync(trap)).not.toContain("preloaded");
  });
});

describe("pipes", () => {
  const shell = async (script: string) => runToEnd(["sh", "-c", script, await binary()], { cwd: dir });

  test("a reader that has seen enough ends it quietly", async () => {
    expect(await shell('"$0" schema | head -c 1')).toEqual({ code: 0, stdout: "{", stderr: "" });
  });

  test("a long output comes in full through a slow reader", async () => {
    const { stdout } = await shell('"$0" schema | (sleep 0.2; cat)');
    expect(JSON.parse(stdout).$schema).toContain("json-schema.org");
  });

  test.skipIf(process.platform !== "linux").each(["--version", "--help", "deploy-model list", "schema"])(
    "a full disk is told: %s",
    async (line) => {
      expect(await shell(`"$0" ${line} > /dev/full`)).toEqual({
        code: 1,
        stdout: "",
        stderr: "error: the output cannot be written: no space is left on the disk\n",
      });
    },
  );

  test("closed output streams are no crash", async () => {
    expect((await shell('"$0" --version >&-')).stderr).not.toContain("defect");
  });

  test("no colours in a pipe; FORCE_COLOR and --no-color are heeded", async () => {
    const esc = "\u001b[";
    expect((await run(["--help"])).stdout).not.toContain(esc);
    expect((await run(["--help"], { FORCE_COLOR: "1" })).stdout).toContain(esc);
    expect((await run(["help", "--no-color"], { FORCE_COLOR: "1" })).stdout).not.toContain(esc);
  });
});

test("bash completes with the script of the binary", async () => {
  const path = await binary();
  const script = `eval "$("$0" completion bash)"; COMP_WORDS=(agent2389 doc); COMP_CWORD=1; _agent2389; echo "$COMPREPLY"`;
  expect((await runToEnd(["bash", "--norc", "-c", script, path])).stdout).toBe("doctor\n");
});

describe("the name it is called by", () => {
  const linked = async (name: string, ...argv: string[]) => {
    const link = join(mkdtempSync(join(dir, "link-")), name);
    symlinkSync(await binary(), link);
    return (await runToEnd([link, ...argv])).stdout;
  };

  test.each(programs.map(({ name }) => name))("may be a link: %s", async (name) => {
    expect(await linked(name, "--version")).toStartWith(`${name} `);
    expect(await linked(name, "--help")).toStartWith(`${name}: `);
    expect(await linked(name, "help")).toStartWith(`${name}: `);
  });

  test("may be any: then it is agent2389", async () => {
    expect(await linked("some-link", "--version")).toStartWith("agent2389 ");
  });
});
