import { describe, expect, test } from "bun:test";
import type { VariableFact } from "../../deploy/agent-input.ts";
import type { DeploymentValues } from "./choose-values.ts";
import { referencesIn } from "./references.ts";
import { AGENT, LLM, load } from "./variables.fixture.ts";

const factsOf = async (text: string, values: Partial<DeploymentValues> = {}) =>
  Object.fromEntries((await load(text, values)).variables.map((fact) => [fact.name, fact]));

const fact = (name: string, rest: Partial<VariableFact>): VariableFact => ({
  name,
  secret: false,
  required: false,
  defaulted: false,
  usedBy: [],
  ...rest,
});

describe("references", () => {
  test("names each variable with its place, also in a default, and whether it can be missing", () => {
    const data = { a: "x${A}y${B:-b}", list: ["${C:-${D}}"], free: "$${E} ${ f } $G" };
    expect(referencesIn(data).map(({ name, path, defaulted }) => [name, path.join("."), defaulted])).toEqual([
      ["A", "a", false],
      ["B", "a", true],
      ["D", "list.0", false],
      ["C", "list.0", true],
    ]);
  });

  test("one that is there without a default as well is needed", () => {
    expect(referencesIn({ a: "${A:-x}${A}" })).toMatchObject([{ name: "A", defaulted: false }]);
  });

  test("a secret is known by its name, or by that of its key", () => {
    const data = {
      headers: { authorization: "Bearer ${SESSION}", accept: "${FORMAT}" },
      url: "https://x/${X_TOKEN}",
    };
    expect(referencesIn(data).map(({ name, secret }) => [name, secret])).toEqual([
      ["SESSION", true],
      ["FORMAT", false],
      ["X_TOKEN", true],
    ]);
  });
});

describe("facts", () => {
  test("the provider's key is needed, though the config does not name it", async () => {
    expect(await factsOf(`${AGENT}${LLM}`)).toEqual({
      OPENAI_API_KEY: fact("OPENAI_API_KEY", { secret: true, required: true, usedBy: ["llm.provider"] }),
    });
  });

  test("which one it is may be up to a variable", async () => {
    const text = `${AGENT}[llm]\nprovider = "\${LLM_PROVIDER:-openai}"\nmodel = "m"\n`;
    expect(Object.keys(await factsOf(text))).toEqual(["LLM_PROVIDER", "OPENAI_API_KEY"]);
    const facts = await factsOf(text, { file: { LLM_PROVIDER: "anthropic" } });
    expect(facts).toMatchObject({
      LLM_PROVIDER: { secret: false, required: false, defaulted: true, usedBy: ["llm.provider"] },
      ANTHROPIC_API_KEY: { secret: true, required: true },
    });
    expect(facts).not.toHaveProperty("OPENAI_API_KEY");
  });

  test("a login is optional, the key of a fallback too, that of a tool and a token are not", async () => {
    const facts = await factsOf(`${AGENT}${LLM}
[[llm.fallback]]
provider = "anthropic"
model = "m"
[mqtt]
broker_url = "mqtts://b.example.com"
username_env = "B_USER"
password_env = "B_PASSWORD"
[tools]
web_search = { impl = "serper" }
[server]
token_env = "T"
`);
    expect(
      Object.values(facts).map(({ name, secret, required, usedBy }) => [name, secret, required, usedBy]),
    ).toEqual([
      ["ANTHROPIC_API_KEY", true, false, ["llm.fallback[0].provider"]],
      ["B_PASSWORD", true, false, ["mqtt.password_env"]],
      ["B_USER", true, false, ["mqtt.username_env"]],
      ["OPENAI_API_KEY", true, true, ["llm.provider"]],
      ["SERPER_API_KEY", true, true, ["tools.web_search"]],
      ["T", true, true, ["server.token_env"]],
    ]);
  });

  test("one that is used twice is one, with both places", async () => {
    const facts = await factsOf(
      `${AGENT}[llm]
provider = "openai"
model = "\${MODEL}"
system_prompt = "You are \${MODEL:-x}"
`,
      { options: { MODEL: "gpt" } },
    );
    expect(facts["MODEL"]).toEqual(
      fact("MODEL", { required: true, usedBy: ["llm.model", "llm.system_prompt"] }),
    );
  });
});

describe("loading for a deployment", () => {
  test("secrets need not be set, whatever they stand in", async () => {
    const { parsed, env } = await load(`${AGENT}[llm]
provider = "custom"
model = "m"
base_url = "\${LLM_SECRET}"
system_prompt = "The password is \${DOOR_PASSWORD}."
`);
    expect(parsed.config.llm.base_url).toBe("https://placeholder.invalid");
    expect(env).toEqual({});
  });

  test("and where they are set, they are not read", async () => {
    const values = {
      file: { DOOR_PASSWORD: "hunter2hunter2" },
      environment: { DOOR_PASSWORD: "hunter2hunter2" },
    };
    const text = `${AGENT}${LLM}system_prompt = "\${DOOR_PASSWORD}"\n`;
    expect(JSON.stringify(await load(text, values))).not.toContain("hunter2");
  });

  test("that some are not set is no warning", async () => {
    const { parsed } = await load(`${AGENT}${LLM}[tools]\nweb_search = { impl = "serper" }\n`);
    expect(parsed.warnings.join()).not.toMatch(/not set/);
  });

  test("a plain variable without a value is a mistake, with the three remedies", async () => {
    const refused = load(`${AGENT}[llm]\nprovider = "openai"\nmodel = "\${MODEL}"\n`);
    await expect(refused).rejects.toThrow(
      "agent.toml:6:10: llm.model: the environment variable MODEL is not set; " +
        "give it with --set NAME=value, in the file of --env, or in [deploy.env], or give a default: ${MODEL:-…}",
    );
  });

  test("mistakes of the config are told as ever, and of the text too", async () => {
    await expect(load(`${AGENT}[llm]\nprovider = "openai"\n`)).rejects.toThrow(/llm\.model/);
    await expect(load("[agent")).rejects.toThrow(/agent\.toml:1/);
    await expect(load(`a = ${"[".repeat(100)}${"]".repeat(100)}`)).rejects.toThrow(/nested/);
  });
});
