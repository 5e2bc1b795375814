import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { RESERVED_ENV } from "../../container.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans } from "../../plans.fixture.ts";
import type { Files } from "../../target.ts";
import { type Carried, testTarget } from "../../target-contract.fixture.ts";
import { target } from "./index.ts";
import { plist } from "./plist.ts";
import { supervisionSchema } from "./supervision.ts";
import { unitFile, variable, word } from "./unit-file.ts";

testTarget(target, { readBack, refuses: ["replicas"] });

/** What says where things are in a container is said anew here. */
const ELSEWHERE = [...Object.keys(RESERVED_ENV), "MQTT_BROKER_URL"];

function readBack(files: Files, plan: DeployPlan): Carried[] {
  const { agents } = supervisionSchema().parse(JSON.parse(files["supervision.json"] ?? ""));
  return agents.map(({ name, config, args, env }, i) => {
    const folder = config.replace(/agent\.toml$/, "");
    const here = Object.entries(files).filter(([path]) => path.startsWith(folder));
    const elsewhere = Object.entries(plan.agents[i]!.env).filter(([key]) => ELSEWHERE.includes(key));
    return {
      agent: name,
      config: files[config] ?? "",
      files: Object.fromEntries(
        here.map(([path, text]) => [`/app/config/${path.slice(folder.length)}`, text]),
      ),
      env: { ...env, ...Object.fromEntries(elsewhere) },
      args,
    };
  });
}

const plans = [...Object.values(examplePlans), ...Object.values(externalBrokerPlans)];
const named = (ending: string) =>
  plans.flatMap((plan) => Object.entries(target.render(plan)).filter(([path]) => path.endsWith(ending)));

describe("systemd", () => {
  const folder = mkdtempSync(join(tmpdir(), "units-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const analyze = Bun.which("systemd-analyze");

  /** The program is not installed where the tests run: systemd is told of one that is. */
  async function asked(question: string[], [path, text]: [string, string]) {
    const file = join(folder, path.replace(/^.*\//, ""));
    await Bun.write(file, text.replaceAll("/usr/local/bin/agent2389", "/bin/true"));
    const { stdout, stderr, exitCode } = Bun.spawnSync([analyze!, ...question, file], {
      env: { ...process.env, SYSTEMD_COLORS: "0" },
    });
    return { said: `${stdout}${stderr}`, exitCode };
  }

  test.skipIf(analyze === null)("systemd-analyze finds every unit in order, and little exposed", async () => {
    for (const unit of named(".service")) {
      const verified = await asked(["verify", "--man=no", "--recursive-errors=no"], unit);
      expect(verified).toEqual({ said: "", exitCode: 0 });
      const { said } = await asked(["security", "--offline=true", "--no-pager"], unit);
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
      expect(exposure).toBeLessThan(2);
    }
  });

  test.skipIf(analyze === null)("any variable and argument is read as it was meant", async () => {
    const hostile = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 30 }),
      fc.constantFrom("%n", "$HOME", "${X}", 'say "x"', "a\\b", "a\nb", "é😀", "'", "  two  ", "", ";"),
    );
    const printed = async (value: string) => {
      const unit = unitFile("x", {
        Service: [variable("VALUE", value), ["ExecStart", ["/bin/true", word(value)]]],
      });
      const { said, exitCode } = await asked(["verify", "--man=no"], ["hostile.service", unit]);
      expect({ said, exitCode }).toEqual({ said: "", exitCode: 0 });
    };
    await fc.assert(fc.asyncProperty(hostile, printed), { numRuns: 25 });
  });

  test("what a unit says", () => {
    expect(
      unitFile("from here", { Unit: [["After", ["a", "b"]], { remark: "why" }], Service: [["X", 1]] }),
    ).toBe("# from here\n\n[Unit]\nAfter=a b\n# why\n\n[Service]\nX=1\n");
    expect(variable("A", '50% "$x"\\\n\t\u0001')).toEqual([
      "Environment",
      '"A=50%% \\"$x\\"\\\\\\n\\t\\x01"',
    ]);
    expect(word("--set")).toBe("--set");
    expect(word("a $b %c")).toBe('"a $$b %%c"');
  });

  test("an agent's unit drains as long as the agent does, reads secrets from root's file, and follows its broker", () => {
    const unit = target.render(examplePlans.researcher)["systemd/researcher-agent.service"];
    const [agent] = examplePlans.researcher.agents;
    for (const line of [
      "After=network-online.target researcher-agent-broker.service",
      "ExecStart=/usr/local/bin/agent2389 run",
      'Environment="CONFIG_PATH=/etc/agent2389/researcher-agent/agent.toml"',
      'Environment="MQTT_BROKER_URL=mqtt://127.0.0.1:1883"',
      "EnvironmentFile=-/etc/agent2389/researcher-agent/secrets.env",
      `TimeoutStopSec=${agent!.killAfterSeconds}`,
      "DynamicUser=yes",
      "RestartPreventExitStatus=2",
      "CPUQuota=50%",
      `MemoryMax=${2 ** 30}`,
    ])
      expect(unit).toContain(`\n${line}\n`);
  });

  test("agents of one machine have health servers of their own", () => {
    const units = Object.values(target.render(examplePlans["three-agents"])).join("\n");
    const ports = [...units.matchAll(/Environment="HEALTH_PORT=(\d+)"/g)].map(([, port]) => port);
    expect(new Set(ports).size).toBe(3);
  });
});

describe("launchd", () => {
  const parser = new XMLParser({ preserveOrder: true, trimValues: false, parseTagValue: false });

  test("every daemon is a property list", () => {
    for (const [, text] of named(".plist")) {
      expect(XMLValidator.validate(text)).toBe(true);
      expect(text).toContain('<plist version="1.0">\n<dict>\n');
    }
  });

  test("any text comes back as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }), (value) => {
        const read: unknown = parser.parse(plist({ key: value }, "about"));
        expect(JSON.stringify(read)).toContain(JSON.stringify({ string: [{ "#text": value }] }));
      }),
    );
  });

  test("secrets are files that only their names stand for", () => {
    const text = target.render(examplePlans.researcher)["launchd/dev.agent2389.researcher-agent.plist"];
    expect(text).toContain("<key>OPENAI_API_KEY_FILE</key>");
    expect(text).toContain(
      "<string>/usr/local/etc/agent2389/researcher-agent/secrets/OPENAI_API_KEY</string>",
    );
    expect(text).not.toContain("<key>OPENAI_API_KEY</key>");
  });
});

describe("operations", () => {
  const plan = examplePlans["three-agents"];
  const { operations } = target;
  const inspect = (stdout: string) => operations!.diff(plan, "/rendered")[0]!.inspect?.(stdout);
  const answer = (agents: Partial<Record<string, string>>) =>
    JSON.stringify({
      processes: Object.entries(agents).map(([name, hash]) => ({ name, hash, secrets: ["OPENAI_API_KEY"] })),
    });
  const hashes = Object.fromEntries(
    supervisionSchema()
      .parse(JSON.parse(target.render(plan)["supervision.json"] ?? ""))
      .agents.map(({ name, hash }) => [name, hash]),
  );

  test("a difference is told agent by agent", () => {
    expect(inspect(answer(hashes))).toBeUndefined();
    expect(inspect(answer({ ...hashes, "writer-agent": "other", old: "x" }))).toBe(
      "~ writer-agent: would be started anew, its config or settings differ\n- old: would be stopped",
    );
    expect(inspect("")?.split("\n")).toHaveLength(3);
  });

  test("another config is another version", () => {
    const changed = (agent: AgentPlan): AgentPlan => ({
      ...agent,
      config: { ...agent.config, hash: "0000000000" },
    });
    const other = { ...plan, agents: plan.agents.map(changed) };
    expect(target.render(other)["supervision.json"]).not.toBe(target.render(plan)["supervision.json"]);
  });

  test("the names of the secrets that run are read, nothing else", () => {
    const { names } = operations!.listSecrets(plan, plan.agents[0]!);
    expect(names(answer(hashes))).toEqual(["OPENAI_API_KEY"]);
    expect(names("error: no such project")).toEqual([]);
  });
});

test("replicas are refused with a remedy", () => {
  const [agent] = examplePlans.minimal.agents;
  const plan = { ...examplePlans.minimal, agents: [{ ...agent!, replicas: 2 }] };
  expect(target.problems(plan)).toMatchObject([
    { agent: "hello", hint: expect.stringContaining("concurrency") },
  ]);
});

test("every example is rendered for systemd and launchd", () => {
  for (const name of EXAMPLE_NAMES) {
    const files = Object.keys(target.render(examplePlans[name]));
    for (const agent of examplePlans[name].agents) {
      expect(files).toContain(`systemd/${agent.name}.service`);
      expect(files).toContain(`launchd/dev.agent2389.${agent.name}.plist`);
    }
  }
});
