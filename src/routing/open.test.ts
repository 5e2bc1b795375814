import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { manualClock } from "../../test/peers/manual-clock.ts";
import { startOpenAiServer } from "../../test/peers/openai-server.ts";
import { llmSection } from "../llm/config.ts";
import { silent } from "../log/logger.ts";
import type { RoutingQuestion } from "../runtime/ports/router.ts";
import { routingSection } from "./config.ts";
import { openRouter } from "./open.ts";

const models = startOpenAiServer();
afterAll(models.close);
const services: ReturnType<typeof Bun.serve>[] = [];
afterEach(() => Promise.all(services.splice(0).map((service) => service.stop(true))));

const KEY = "sk-test-0123456789abcdef";
const llm = (more: object = {}) =>
  llmSection.parse({ provider: "openai", model: "gpt-4o", base_url: models.url, ...more });

const open = (routing: object, env: Record<string, string> = { OPENAI_API_KEY: KEY }, more: object = {}) => {
  const deps = { env, baseDir: "/", log: silent, clock: manualClock() };
  return openRouter(routingSection.parse(routing), llm(more), deps);
};

const question: RoutingQuestion = {
  originalQuery: "write about tea",
  steps: [{ agent_id: "researcher", action: "found facts", timestamp: "2026-01-01T00:00:00Z" }],
  currentAgent: "researcher",
  currentOutput: "Tea is old.",
  agents: [{ id: "writer", description: "writes", capabilities: ["prose"] }],
  iteration: 1,
};
const { signal } = new AbortController();

const decision = {
  workflow_complete: false,
  reasoning: "it wants words",
  next_agent: "writer",
  next_instruction: "Write it.",
};

describe('strategy = "llm"', () => {
  const routing = { strategy: "llm", llm: { provider: "openai", model: "routes", base_url: models.url } };

  test("a model decides: with limits and prices of [llm], its own temperature, not streamed", async () => {
    models.script([
      { text: JSON.stringify(decision), usage: { prompt_tokens: 1_000_000, completion_tokens: 0 } },
    ]);
    const router = await open(routing, undefined, { prices: { routes: { input: 3, output: 4 } } });
    const decided = await router.decide(question, signal);
    expect(decided.decision).toEqual({
      complete: false,
      reasoning: "it wants words",
      nextAgent: "writer",
      nextInstruction: "Write it.",
    });
    expect(decided.spent?.cost).toBe(3);
    const { body } = models.requests.at(-1)!;
    expect(body).toMatchObject({ model: "routes", temperature: 0.1 });
    expect(body.stream).toBe(false);
  });

  test("a missing key is told with its place", async () => {
    await expect(open(routing, {})).rejects.toMatchObject({ where: "routing.llm.api_key_env" });
  });
});

describe('strategy = "gatekeeper"', () => {
  /** A service that answers so, request for request; the last answer stays. */
  function gatekeeper(...answers: (() => Response)[]) {
    const asked: { headers: Headers; body: unknown }[] = [];
    const service = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        asked.push({ headers: request.headers, body: await request.json() });
        return (answers.length > 1 ? answers.shift()! : answers[0]!)();
      },
    });
    services.push(service);
    return { asked, url: `http://127.0.0.1:${service.port}/route` };
  }
  const decided = () => Response.json(decision);
  const routing = (url: string, more: object = {}) => ({
    strategy: "gatekeeper",
    gatekeeper: { url, ...more },
  });

  test("a service decides, asked with its token", async () => {
    const { asked, url } = gatekeeper(decided);
    const router = await open(routing(url, { token_env: "GK" }), { GK: "t0ken\n" });
    expect((await router.decide(question, signal)).decision).toMatchObject({ nextAgent: "writer" });
    expect(asked[0]?.headers.get("authorization")).toBe("Bearer t0ken");
    expect(asked[0]?.body).toMatchObject({
      original_query: "write about tea",
      current_output: "Tea is old.",
      available_agents: [{ agent_id: "writer" }],
      iteration_count: 1,
    });
  });

  test("a missing token is told with both remedies", async () => {
    await expect(open(routing("http://127.0.0.1:1/", { token_env: "GK" }), {})).rejects.toMatchObject({
      message: "no token for the gatekeeper: the environment variable GK is not set",
      where: "routing.gatekeeper.token_env",
      hint: "Set GK, or name the variable that holds it with token_env in [routing.gatekeeper].",
    });
  });

  test("what is not an answer is asked for again, as often as the config says; a refusal is not", async () => {
    const busy = () => new Response(null, { status: 503 });
    const again = gatekeeper(busy, () => new Response("?"), decided);
    const clock = manualClock();
    clock.skip(10_000);
    const deps = { env: {}, baseDir: "/", log: silent, clock };
    const patient = await openRouter(routingSection.parse(routing(again.url)), llm(), deps);
    expect((await patient.decide(question, signal)).decision).toMatchObject({ complete: false });
    expect(again.asked).toHaveLength(3);

    const down = gatekeeper(busy);
    const once = await openRouter(
      routingSection.parse(routing(down.url, { retry_attempts: 1 })),
      llm(),
      deps,
    );
    await expect(once.decide(question, signal)).rejects.toThrow("the gatekeeper answered 503");
    expect(down.asked).toHaveLength(2);

    const refusing = gatekeeper(() => new Response(null, { status: 403 }));
    const refused = await openRouter(routingSection.parse(routing(refusing.url)), llm(), deps);
    await expect(refused.decide(question, signal)).rejects.toThrow("the gatekeeper answered 403");
    expect(refusing.asked).toHaveLength(1);
  });
});
