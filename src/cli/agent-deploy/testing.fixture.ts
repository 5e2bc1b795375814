import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Env } from "../../base/env.ts";
import { type AnswerRule, type CliDouble, cliDouble } from "../../deploy/cli-double.fixture.ts";
import { runCli, type TestWorld } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

/** A machine for `agent-deploy`: a folder with configs, a home, and doubles of the platforms' programs. */
export interface TestMachine extends CliDouble {
  readonly cwd: string;
  /** Runs `agent-deploy` with these words. */
  deploy(argv: string[], world?: TestWorld): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Puts a file into the working folder. */
  put(path: string, text: string): void;
  read(path: string): string;
  /** Files below the home: what agent-deploy keeps. */
  kept(): string[];
}

export const EXTERNAL = `[mqtt]
broker_url = "mqtts://mqtt.example.com:8883"
`;

export const config = (id: string, tables = ""): string => `[agent]
id = "${id}"

[llm]
provider = "openai"
model = "gpt-5.4-mini"
system_prompt = "Answer."

${tables}`;

export function testMachine(
  programs: Readonly<Record<string, readonly AnswerRule[]>> = {},
  { env: recorded = [] as string[], variables = {} as Env } = {},
): TestMachine {
  const double = cliDouble(programs, { env: recorded });
  const root = mkdtempSync(join(tmpdir(), "agent-deploy-"));
  const [cwd, home] = [join(root, "work"), join(root, "home")];
  for (const folder of [cwd, home]) mkdirSync(folder);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  };
  put("writer.toml", config("writer", EXTERNAL));
  return {
    ...double,
    cwd,
    put,
    read: (path) => readFileSync(join(cwd, path), "utf8"),
    kept: () =>
      readdirSync(home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(home, join(entry.parentPath, entry.name)))
        .sort(),
    deploy: (argv, world = {}) =>
      runCli(programNamed("agent-deploy"), argv, {
        cwd,
        ...world,
        env: { PATH: double.path, HOME: home, ...variables, ...world.env },
      }),
    [Symbol.dispose]() {
      double[Symbol.dispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A docker with a Compose that will do. */
export const docker = (...rules: AnswerRule[]) => ({ docker: [COMPOSE, ...rules] });

export const COMPOSE: AnswerRule = {
  when: /^compose version/,
  say: { stdout: "Docker Compose version v2.30.1\n" },
};

export const SECRETS = { OPENAI_API_KEY: "sk-not-a-real-key-1234" };

/** A login for a broker that is deployed along. */
export const LOGIN = `[mqtt]
username_env = "MQTT_USERNAME"
password_env = "MQTT_PASSWORD"
`;
