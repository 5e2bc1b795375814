import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SeenRequest, type Step, startOpenAiServer } from "../../test/peers/openai-server.ts";
import { systemClock } from "../base/clock.ts";
import { fallbackModel } from "./fallback.ts";
import { CONTRACT, CONTRACT_TEXT, type ModelUnderTest, modelContract } from "./model-contract.fixture.ts";
import { chat, collectedLog, openTest } from "./testing.fixture.ts";

const usage = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } };

function script({ body }: SeenRequest): Step {
  const asked = body.messages[0]?.content ?? "";
  if (asked === "fail") return { status: 400, message: "no" };
  if (asked === "say hello") return { text: CONTRACT_TEXT, usage };
  const calls = ["Paris", "Rome"].map((city) => ({ name: "weather", arguments: { city } }));
  return { toolCalls: calls, usage };
}

const serve = () => startOpenAiServer({ script, models: ["gpt-4o-mini"] });

modelContract("the client", async () => {
  const server = serve();
  return { model: await openTest(server.url), id: "openai/gpt-4o-mini", close: server.close };
});

modelContract("a fallback list", async () => {
  const server = serve();
  const broken = startOpenAiServer({ script: () => ({ status: 401, message: "no" }) });
  const [first, second] = [await openTest(broken.url), await openTest(server.url)];
  const close = async () => void (await Promise.all([server.close(), broken.close()]));
  const model = fallbackModel([first, second], { clock: systemClock, log: collectedLog() });
  return { model, id: "openai/gpt-4o-mini", close };
});

async function recording(): Promise<ModelUnderTest & { file: string }> {
  const server = serve();
  const folder = await mkdtemp(join(tmpdir(), "transcript-"));
  const file = join(folder, "t.jsonl");
  const close = async () => void (await Promise.all([server.close(), rm(folder, { recursive: true })]));
  return { model: await openTest(server.url, {}, { record: file }), id: "openai/gpt-4o-mini", close, file };
}

modelContract("a recorder", recording);

modelContract("a replay of what was recorded", async () => {
  const { model: recorder, file, close } = await recording();
  for (const request of [CONTRACT.plain, CONTRACT.tools]) await chat(recorder, request);
  const model = await openTest("http://127.0.0.1:1", { provider: "replay", transcript: file });
  return { model, id: "replay/gpt-4o-mini", close };
});
