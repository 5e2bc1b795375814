import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { toolDescriptions } from "../tools/table.ts";
import { EMBEDDED_AGENTS, embeddedAgent } from "./embedded.ts";
import { loadConfig, parseConfig } from "./load.ts";
import { generatedFiles } from "./schema/generated.ts";
import { standardFeatures } from "./standard-features.ts";
import { load, MINIMAL } from "./testing.fixture.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const agents = [...new Bun.Glob("config/agents/**/*.toml").scanSync(root)].sort();
const environments = readdirSync(join(root, "config/environments"));
const features = standardFeatures;

describe("every agent in config/agents", () => {
  test.each(agents)("%s loads without a variable set, and says what it misses", async (path) => {
    const { config, warnings } = await loadConfig(join(root, path), { env: {}, cwd: "/", features });
    expect(config.agent.description).not.toBe("");
    expect(config.agent.capabilities.length).toBeGreaterThan(1);
    expect(config.mqtt.broker_url).toBe("mqtt://localhost:1883");
    if (config.llm.provider !== "direct") {
      expect(config.budget.max_cost_per_task).toBeGreaterThan(0);
      expect(config.llm.system_prompt.trim().split("\n").length).toBeWithin(30, 81);
    }
    expect(warnings.filter((warning) => !warning.includes("is not set"))).toEqual([]);
  });

  test.each(environments)("loads with %s", async (name) => {
    const env = parseEnv(read(`config/environments/${name}`));
    for (const path of agents) {
      const { config, warnings } = await loadConfig(join(root, path), { env, cwd: "/", features });
      expect(config.mqtt.broker_url).toBe(env["MQTT_BROKER_URL"]!);
      expect(warnings.filter((warning) => !warning.includes("is not set"))).toEqual([]);
    }
  });

  test("is part of the program under its name, and its id is the name of the seeds", async () => {
    expect(EMBEDDED_AGENTS.map(({ text }) => text).sort()).toEqual(agents.map(read).sort());
    for (const { name, file, text } of EMBEDDED_AGENTS) {
      const { config } = await parseConfig(text, file, { env: {}, cwd: "/", features });
      expect(config.agent.id).toBe(`${name}-agent`);
      expect(embeddedAgent(config.agent.id)?.name).toBe(name);
    }
    expect(embeddedAgent("nobody")).toBeUndefined();
  });

  test("answers in the shape that its schema demands, where it has one", async () => {
    const { config } = await loadConfig(join(root, "config/agents/judge.toml"), {
      env: {},
      cwd: "/",
      features,
    });
    const { default: Ajv } = await import("ajv");
    const valid = new Ajv({ strict: true }).compile(config.llm.output_schema!);
    const scores = [{ criterion: "task", score: 5, reason: "…" }];
    expect(valid({ verdict: "accept", confidence: 0.9, summary: "…", scores, changes: [] })).toBe(true);
    expect(valid({ verdict: "maybe", confidence: 0.9, summary: "…", scores, changes: [] })).toBe(false);
  });
});

describe("the environments", () => {
  test.each(environments)("%s holds no secret, and names the same variables as the others", (name) => {
    const env = parseEnv(read(`config/environments/${name}`));
    for (const [variable, value] of Object.entries(env)) {
      if (/(KEY|PASSWORD|USERNAME)$/.test(variable)) expect(value).toBe("");
    }
    const first = parseEnv(read(`config/environments/${environments[0]}`));
    expect(Object.keys(env)).toEqual(Object.keys(first));
  });

  test("name every variable that the agents use", () => {
    const text = agents.map(read).join("\n");
    const used = [...text.matchAll(/\$\{([A-Z_]+)|_env = "([A-Z_]+)"/g)].map(
      (match) => match[1] ?? match[2]!,
    );
    expect(Object.keys(parseEnv(read("config/environments/production.env")))).toEqual(
      expect.arrayContaining([...new Set(used)]),
    );
  });
});

describe("what peers and the seeds write loads unchanged", () => {
  const folder = join(import.meta.dir, "fixtures/good");
  const env = { MQTT_BROKER_URL: "mqtt://localhost:1883" };

  test.each(readdirSync(folder))("%s", async (name) => {
    const { config } = await loadConfig(join(folder, name), { env, cwd: "/", features });
    expect(config.agent.id).not.toBe("");
  });

  test("the seed's researcher is what it says", async () => {
    const { config } = await loadConfig(join(folder, "seed-researcher.toml"), { env, cwd: "/", features });
    expect(config).toMatchObject({
      agent: { id: "researcher-agent", capabilities: ["research", "web_search", "summarization"] },
      mqtt: { broker_url: "mqtt://localhost:1883", heartbeat_interval_secs: 900 },
      tools: [
        { name: "web_search", impl: "serper", options: { api_key_env: "SERPER_API_KEY" } },
        { name: "http_request", impl: "builtin", options: {} },
      ],
      budget: { max_cost_per_task: 1, max_iterations: 10 },
      routing: { strategy: "llm", llm: { model: "gpt-4o-mini", temperature: 0.1 } },
    });
  });

  test("the peer's credentials may both be unset, and one alone is a warning", async () => {
    const { warnings } = await loadConfig(join(folder, "peer-minimal.toml"), { env: {}, cwd: "/", features });
    const others = [
      "llm.api_key_env: the environment variable OPENAI_API_KEY, for the API key, is not set.",
      "llm.system_prompt: empty, so the model is told nothing of its part.",
    ];
    expect(warnings).toEqual(others);
    const half = await loadConfig(join(folder, "peer-minimal.toml"), {
      env: { MQTT_USERNAME: "me" },
      cwd: "/",
      features,
    });
    expect(half.warnings).toEqual([
      "mqtt.password_env: the environment variable MQTT_PASSWORD, for the password, is not set.",
      ...others,
    ]);
  });

  test("the peer's list of tools means what its table means", async () => {
    const { config } = await loadConfig(join(folder, "peer-tools-list.toml"), { env, cwd: "/", features });
    expect(config.tools).toEqual([
      { name: "http_request", impl: "builtin", options: {} },
      { name: "web_search", impl: "serper", options: { api_key_env: "SERPER_API_KEY" } },
      { name: "file_read", impl: "builtin", options: { allowed_paths: ["/srv/data"] } },
    ]);
  });

  test("the seed's bad example is refused with its own good example", async () => {
    const text = MINIMAL.replace('model = "gpt-4o"', 'model = "gpt-4o"\napi_key = "sk-..."');
    await expect(load(text)).rejects.toThrow(
      'llm.api_key: a secret must not stand in the file; use api_key_env = "OPENAI_API_KEY"',
    );
  });
});

describe("what is made from the schemas", () => {
  test.each(Object.entries(generatedFiles(toolDescriptions())))(
    "%s is up to date: bun scripts/generate.ts",
    (path, content) => {
      expect(read(path)).toBe(content);
    },
  );

  test("every key of every table is described", () => {
    const schema = JSON.parse(read("config/agent.schema.json"));
    const undescribed: string[] = [];
    const visit = (node: { properties?: object; description?: string }, path: string): void => {
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        if (!child.description) undescribed.push(`${path}${key}`);
        visit(child, `${path}${key}.`);
        visit(child.items ?? {}, `${path}${key}[].`);
        for (const choice of child.anyOf ?? []) visit(choice, `${path}${key}.`);
      }
    };
    visit(schema, "");
    expect(undescribed).toEqual([]);
  });

  test("the examples of the reference page load", async () => {
    const blocks = [...read("docs/config.md").matchAll(/```toml\n([\s\S]*?)```/g)].map(([, block]) => block!);
    const configs = blocks.filter((block) => !block.startsWith("#:schema"));
    expect(configs.length).toBeGreaterThan(2);
    for (const block of configs) {
      const text = block.includes("[agent]") ? block : `${MINIMAL}\n${block}`;
      await parseConfig(text, "docs/config.md", { env: {}, cwd: "/", features });
    }
  });
});
