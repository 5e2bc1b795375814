import { expect, test } from "bun:test";
import { OpenAI } from "openai";
import { startOpenAiServer } from "./openai-server.ts";

/** The peer, as the official SDK sees it: what the other tests rest on. */

const connect = (baseURL: string) => new OpenAI({ baseURL, apiKey: "k", maxRetries: 0 });
const messages = [{ role: "user" as const, content: "hello" }];

async function startProgram(...args: string[]) {
  const program = Bun.spawn([process.execPath, `${import.meta.dir}/openai-server.ts`, ...args], {
    stdout: "pipe",
  });
  const { value } = await program.stdout.getReader().read();
  return { url: new TextDecoder().decode(value).trim(), stop: () => program.kill() };
}

test("as a program it echoes, streamed or whole, and lists its models", async () => {
  const { url, stop } = await startProgram("--mode", "echo");
  const sdk = connect(url);
  const whole = await sdk.chat.completions.create({ model: "m", messages });
  expect(whole.choices[0]?.message.content).toBe("hello");
  let text = "";
  for await (const chunk of await sdk.chat.completions.create({ model: "m", messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  expect(text).toBe("hello");
  expect((await sdk.models.list()).data.map(({ id }) => id)).toEqual(["test-model"]);
  stop();
});

test("as a program it calls a tool once, then answers", async () => {
  const { url, stop } = await startProgram(
    "--mode",
    "tool",
    "--tool",
    "clock",
    "--arguments",
    '{"zone":"UTC"}',
  );
  const sdk = connect(url);
  const asked = await sdk.chat.completions.create({ model: "m", messages });
  const { message } = asked.choices[0]!;
  expect(message.tool_calls?.[0]).toMatchObject({ function: { name: "clock", arguments: '{"zone":"UTC"}' } });
  const result = { role: "tool" as const, tool_call_id: message.tool_calls![0]!.id, content: "noon" };
  const answered = await sdk.chat.completions.create({
    model: "m",
    messages: [...messages, message, result],
  });
  expect(answered.choices[0]?.message.content).toBe("the tool said: noon");
  stop();
});

test("a script that has come to its end says so, loudly", async () => {
  const server = startOpenAiServer({ script: [{ text: "only one" }] });
  const sdk = connect(server.url);
  await sdk.chat.completions.create({ model: "m", messages });
  const second = async () => await sdk.chat.completions.create({ model: "m", messages });
  await expect(second()).rejects.toThrow("500 the test's script has no more steps");
  expect(server.requests.map(({ body }) => body.messages)).toEqual([messages, messages]);
  await server.close();
});

test("the SDK puts streamed tool calls, refusals and usage together as they were scripted", async () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4 };
  const server = startOpenAiServer({
    script: [{ text: "let me see", toolCalls: [{ name: "f", arguments: { a: 1 } }, { name: "g" }], usage }],
  });
  const stream = connect(server.url).chat.completions.stream({
    model: "m",
    messages,
    stream_options: { include_usage: true },
  });
  const final = await stream.finalChatCompletion();
  expect(final.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: {
      content: "let me see",
      tool_calls: [
        { id: "call_0", function: { name: "f", arguments: '{"a":1}' } },
        { id: "call_1", function: { name: "g", arguments: "{}" } },
      ],
    },
  });
  expect(final.usage).toMatchObject(usage);
  await server.close();
});
