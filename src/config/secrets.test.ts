import { describe, expect, test } from "bun:test";
import { failing, load, MINIMAL, noFeatures, problemsOf } from "./testing.fixture.ts";

const withLlm = (line: string) => MINIMAL.replace('model = "gpt-4o"', `model = "gpt-4o"\n${line}`);
const everything = async (text: string, env: Record<string, string> = {}) => {
  const error = await failing(text, { env });
  return [error.message, error.pretty({ color: false }), JSON.stringify(error), String(error.stack)].join(
    "\n",
  );
};

describe("a secret in the file is refused", () => {
  test.each([
    'api_key = "hunter2"',
    'api_key = "sk-..."',
    "api_key = 12345678",
    'apiKey = "hunter2"',
    'access_token = "hunter2"',
    'client_secret = "hunter2"',
    'password = "hunter2"',
    'api_key = "${K:-hunter2}"',
    'base_url = "https://me:hunter2@x.example"',
    'base_url = "https://me:${P:-hunter2}@x.example"',
  ])("%s", async (line) => {
    const [problem, ...more] = await problemsOf(withLlm(line));
    expect(problem).toMatch(/^7:\d+: llm\.\w+: a (secret|password) must not stand in (the file|a URL); /);
    expect(more).toEqual([]);
    expect(await everything(withLlm(line))).not.toContain("hunter2");
  });

  test.each([
    ["an OpenAI key", "sk-proj-abcdefghij0123456789"],
    ["a Groq key", "gsk_abcdefghij0123456789"],
    ["a GitHub token", "ghp_abcdefghij0123456789"],
    ["an AWS key id", "AKIAABCDEFGHIJ012345"],
    ["a Google key", "AIzaabcdefghijklmnopqrstuvwxyz0123456789"],
    ["a bearer token", "Bearer abcdef0123456789"],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"],
  ])("%s in a prompt", async (_, secret) => {
    const text = MINIMAL.replace('"Answer."', `"""\nFirst line.\n  Use ${secret} always.\n"""`);
    const [problem] = await problemsOf(text);
    expect(problem).toStartWith(
      "9:7: llm.system_prompt: what looks like a secret must not stand in the file; ",
    );
    expect(await everything(text)).not.toContain(secret.slice(-12));
  });

  test("however often it stands in other lines that are shown", async () => {
    const text = withLlm(
      'api_key = "hunter2hunter2"\ntransport = "hunter2hunter2"\ntemperature = "hunter2hunter2"',
    );
    expect(await everything(text)).not.toContain("hunter2");
  });
});

describe("what is no secret is taken", () => {
  test.each([
    "Basic understanding of bearer authentication is assumed.",
    "Keys begin with sk-your-key-goes-here.",
    "The token limit and the password policy: see https://example.com/a:b@c.",
    "Ask for $${API_KEY}, write to me@example.com:8080.",
  ])("%s", async (prompt) => {
    const { config } = await load(MINIMAL.replace('"Answer."', () => JSON.stringify(prompt)));
    expect(config.llm.system_prompt).toBe(prompt.replace("$$", "$"));
  });

  test("what a variable supplies", async () => {
    const text = `${withLlm('base_url = "${URL}"')}
[tools]
a = { impl = "x", headers = { Authorization = "Bearer \${T}", X-API-KEY = "\${T}" }, token = "\${T}" }
b = { impl = "x", headers_env = { Authorization = "B_TOKEN" }, key = "id", sort_key = "name" }
`;
    const { config } = await load(text, { env: { URL: "https://me:hunter2@x.example", T: "t0psecret" } });
    expect(config.llm.base_url).toBe("https://me:hunter2@x.example");
  });
});

describe("for redaction", () => {
  const secretsOf = async (text: string, env: Record<string, string>) =>
    (await load(text, { env })).secrets.sort();

  test("the values of variables that _env keys name, of those with telling names, and of telling keys", async () => {
    const text = `${withLlm('api_key_env = "K1"\nbase_url = "https://x/${MY_TOKEN}/${PLAIN}"')}
[mqtt]
username_env = "USER_NAME"
password_env = "K2"
[tools]
a = { impl = "x", headers_env = { X-Key = "K3" }, token = "\${OTHER}" }
`;
    const env = {
      K1: "one",
      K2: "two\n",
      K3: "three",
      MY_TOKEN: "four",
      OTHER: "five",
      PLAIN: "six",
      USER_NAME: "seven",
    };
    expect(await secretsOf(text, env)).toEqual(["five", "four", "one", "three", "two"]);
  });

  test("passwords in URLs that came by a variable, as written and decoded", async () => {
    const env = { MQTT_BROKER_URL: "mqtts://me:p%40ss@h:1", B: "https://me:other@h" };
    expect(await secretsOf(withLlm('base_url = "${B}"'), env)).toEqual(["other", "p%40ss", "p@ss"]);
  });

  test("what features name, though nothing is said of it in the file", async () => {
    const features = {
      ...noFeatures,
      toolSecretEnvs: () => ["SERPER_API_KEY"],
      modelSecretEnvs: ({ provider }: { provider: string }) => [`${provider.toUpperCase()}_API_KEY`],
    };
    const text = `${MINIMAL}\n[routing]\nstrategy = "llm"\nllm = { provider = "groq", model = "x" }`;
    const env = { SERPER_API_KEY: "s", OPENAI_API_KEY: "o", GROQ_API_KEY: "g" };
    expect((await load(text, { env, features })).secrets.sort()).toEqual(["g", "o", "s"]);
  });
});

describe("errors show no secret of the environment", () => {
  test.each([
    ["temperature", 'temperature = "${MY_KEY}"'],
    ["api_key_env", 'api_key_env = "${MY_KEY}"'],
    ["an unknown key", 'colour = "${MY_KEY}"'],
    ["a URL", 'base_url = "${DB_URL}"'],
    ["a value made of several", 'max_tokens = "x-${MY_KEY}"'],
  ])("%s", async (_, line) => {
    const env = { MY_KEY: "correct-horse-battery", DB_URL: "postgres://me:correct-horse-battery@h/db" };
    expect(await everything(withLlm(line), env)).not.toContain("correct-horse-battery");
  });

  test("a literal put where the name of a variable belongs", async () => {
    expect(await everything(withLlm('api_key_env = "correct horse"'))).not.toContain("correct horse");
    const { warnings } = await load(withLlm('api_key_env = "correcthorse"'));
    expect(warnings.join()).toContain(
      "llm.api_key_env: the environment variable named there, for the API key, is not set",
    );
    expect(warnings.join()).not.toContain("correcthorse");
  });
});
