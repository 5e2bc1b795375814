import { describe, expect, test } from "bun:test";
import { type ChatRequest, type Model, ModelError } from "../runtime/ports/model.ts";
import { asking, chat, failure, WEATHER } from "./testing.fixture.ts";

/** The requests that the model under test can answer, and how. */
export const CONTRACT = {
  plain: asking("say hello"),
  tools: asking("the weather in Paris and Rome?", { tools: [WEATHER] }),
  /** No answer to this one can be had. */
  hopeless: asking("fail"),
} satisfies Record<string, ChatRequest>;

export const CONTRACT_TEXT = "Hello there, friend.";

export interface ModelUnderTest {
  model: Model;
  /** `provider/model`. */
  id: string;
  close(): Promise<void>;
}

type WithModel = (what: string, run: (model: Model, id: string) => Promise<void>) => void;

/** What every Model must hold to (ports/model.ts), whatever stands behind it. */
export function modelContract(name: string, open: () => Promise<ModelUnderTest>): void {
  const withModel: WithModel = (what, run) =>
    test(what, async () => {
      const { model, id, close } = await open();
      try {
        await run(model, id);
      } finally {
        await close();
      }
    });
  describe(`${name} keeps to the contract of a model`, () => {
    tellsItself(withModel);
    servesMany(withModel);
    fails(withModel);
  });
}

/** Who it is, its text, what it cost. */
function tellsItself(withModel: WithModel): void {
  withModel("it says who it is", async (model, id) => expect(model.id).toBe(id));

  withModel("verify resolves when it can be asked", async (model) => {
    await model.verify(new AbortController().signal);
  });

  withModel("the pieces make up the text", async (model) => {
    const { reply, deltas } = await chat(model, CONTRACT.plain);
    expect(reply.text).toBe(CONTRACT_TEXT);
    expect(deltas.join("")).toBe(CONTRACT_TEXT);
    expect(deltas.length).toBeGreaterThan(1);
    expect(reply.toolCalls).toEqual([]);
    expect(reply.truncated).toBe(false);
  });

  withModel("it tells usage, cost and who answered", async (model) => {
    const { reply } = await chat(model, CONTRACT.plain);
    expect(reply.usage).toEqual({ inputTokens: 1000, cachedInputTokens: 400, outputTokens: 100 });
    // gpt-4o-mini: 600 × 0.15 + 400 × 0.075 + 100 × 0.6, in millionths
    expect(reply.cost).toBeCloseTo(0.00018, 10);
    expect(reply.answeredBy).toMatch(/^[a-z]+\/.+/);
  });
}

/** Tool calls, and many requests at a time. */
function servesMany(withModel: WithModel): void {
  withModel("parallel tool calls come in order, with ids of their own", async (model) => {
    const { reply } = await chat(model, CONTRACT.tools);
    expect(reply.toolCalls.map(({ name, arguments: args }) => [name, JSON.parse(args)])).toEqual([
      ["weather", { city: "Paris" }],
      ["weather", { city: "Rome" }],
    ]);
    expect(new Set(reply.toolCalls.map(({ id }) => id)).size).toBe(2);
    expect(reply.toolCalls.every(({ id }) => id !== "")).toBe(true);
  });

  withModel("the request stays as it was", async (model) => {
    const request = structuredClone(CONTRACT.tools);
    await chat(model, request);
    expect(request).toEqual(CONTRACT.tools);
  });

  withModel("it can be asked without listeners, and by many at a time", async (model) => {
    const { signal } = new AbortController();
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => model.chat(CONTRACT.plain, { signal })),
    );
    expect(replies.map(({ text }) => text)).toEqual(Array(8).fill(CONTRACT_TEXT));
  });
}

/** How it ends when there is no answer, or none is wanted. */
function fails(withModel: WithModel): void {
  withModel("when no answer can be had it rejects with a ModelError", async (model) => {
    const error = await failure(chat(model, CONTRACT.hopeless));
    expect(error).toBeInstanceOf(ModelError);
    expect(error.message.length).toBeGreaterThan(10);
  });

  withModel("an aborted signal rejects with its reason", async (model) => {
    const reason = new Error("the task was cancelled");
    await expect(chat(model, CONTRACT.plain, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(model.verify(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
}
