import { afterAll, describe, expect, test } from "bun:test";
import { startOpenAiServer } from "../../test/peers/openai-server.ts";
import { ExpectedError } from "../base/errors.ts";
import { detectLocalOllama } from "./openai/ollama.ts";
import { modelSecretEnvs } from "./secret-envs.ts";
import { chat, collectedLog, failure, KEY, openTest, sectionFor } from "./testing.fixture.ts";

const server = startOpenAiServer({ models: ["llama3.2:latest", "qwen3:8b"] });
afterAll(server.close);

describe("opening a model", () => {
  test("one whose key is missing is left out, with a warning, when another one remains", async () => {
    const log = collectedLog();
    const fallback = [{ provider: "groq", model: "g", base_url: server.url }];
    const model = await openTest(server.url, { fallback }, { env: { GROQ_API_KEY: KEY }, log });
    expect(model.id).toBe("groq/g");
    expect(log.lines.map(({ level, fields, message }) => [level, fields["where"], message])).toEqual([
      [
        "warn",
        "llm.api_key_env",
        "no API key for openai: the environment variable OPENAI_API_KEY is not set; the next model stands in for it",
      ],
    ]);
  });

  test("none remains: the first one's problem is told", async () => {
    const fallback = [{ provider: "groq", model: "g" }];
    const outcome = openTest(server.url, { fallback }, { env: {} });
    await expect(outcome).rejects.toBeInstanceOf(ExpectedError);
    await expect(outcome).rejects.toMatchObject({ where: "llm.api_key_env" });
  });

  test("a replay may stand at the end of the list", async () => {
    const demo =
      '{"v":1,"request":{"model":"m","messages":[{"role":"user","content":"hi"}]},"reply":{"text":"from the tape"}}';
    server.script(() => ({ status: 401 }));
    const fallback = [{ provider: "replay", model: "m", transcript: "demo" }];
    const model = await openTest(server.url, { fallback }, { embedded: { demo } });
    expect((await chat(model, "hi")).reply.text).toBe("from the tape");
  });

  test("a key that would be sent unencrypted over the network is warned of", async () => {
    const log = collectedLog();
    await openTest("http://gateway.example/v1", {}, { log });
    const fine = [
      "https://gateway.example",
      server.url,
      "http://litellm:4000",
      "http://10.0.0.7",
      "http://llm.prod.svc",
    ];
    for (const url of fine) await openTest(url, {}, { log });
    expect(log.lines.map(({ message }) => message)).toEqual([
      "the API key is sent unencrypted: base_url is http://, not https://",
    ]);
  });

  test("a temperature that the model does not take is told of", async () => {
    const log = collectedLog();
    await openTest(server.url, { model: "gpt-5-mini", temperature: 0.2 }, { log });
    expect(log.lines[0]?.message).toBe("this model takes no temperature: the config's is not sent");
  });

  test("names the variables that hold keys, the providers' own too", () => {
    const fallback = [
      { provider: "anthropic", model: "m" },
      { provider: "mine", model: "m", base_url: "http://x", api_key_env: "MINE" },
      { provider: "other", model: "m", base_url: "http://x" },
      { provider: "openai", model: "m" },
    ];
    expect(modelSecretEnvs(sectionFor("http://x", { fallback }))).toEqual([
      "OPENAI_API_KEY",
      "ANTHROPIC_API_KEY",
      "MINE",
    ]);
  });
});

describe("secrets", () => {
  test("no error tells the key or the address, whatever the provider says", async () => {
    const log = collectedLog();
    const message = `bad key ${KEY} at ${server.url}/inner?token=${KEY}\n    at Server.handle (/srv/app/index.js:3:7)`;
    const steps = [
      ...[400, 401, 404, 429, 500].map((status) => ({
        status,
        message,
        headers: { "x-should-retry": "false" },
      })),
      ...[400, 500].map((status) => ({
        status,
        body: `<h1>${message}</h1>`,
        headers: { "x-should-retry": "false" },
      })),
      { refusal: message },
      { events: [{ error: { message, code: 400 } }] },
    ];
    for (const step of steps) {
      server.script([step]);
      const error = await failure(chat(await openTest(server.url, {}, { log }), "hi"));
      expect(error.message).not.toContain(KEY);
      expect(error.message).not.toMatch(/127\.0\.0\.1|https?:\/\//);
      expect(error.message).not.toContain("\n");
      expect(error.message.length).toBeLessThan(300);
    }
    expect(JSON.stringify(log.lines)).not.toContain(KEY);
  });
});

describe("a local Ollama", () => {
  const { signal } = new AbortController();
  const host = server.url.replace("http://", "").replace("/v1", "");

  test("is found with its models", async () => {
    expect(await detectLocalOllama({ OLLAMA_HOST: host }, signal)).toEqual({
      baseUrl: `http://${host}/v1`,
      models: ["llama3.2:latest", "qwen3:8b"],
    });
  });

  test("is not found where nobody is, nor where somebody else is", async () => {
    const gone = startOpenAiServer();
    await gone.close();
    expect(await detectLocalOllama({ OLLAMA_HOST: `127.0.0.1:${gone.port}` }, signal)).toBeUndefined();
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
    expect(await detectLocalOllama({ OLLAMA_HOST: `127.0.0.1:${other.port}` }, signal)).toBeUndefined();
    await other.stop(true);
  });

  test("an abort is not taken for an answer", async () => {
    const reason = new Error("cancelled");
    await expect(detectLocalOllama({ OLLAMA_HOST: host }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
