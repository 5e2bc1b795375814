import { describe, expect, test } from "bun:test";
import type { ChatRequest, Message } from "../runtime/ports/model.ts";
import { directModel } from "./direct.ts";

const signal = new AbortController().signal;
const tools: ChatRequest["tools"] = [{ name: "work", description: "", parameters: {} }];
const user = (content: string): Message => ({ role: "user", content });
const model = directModel("work");

describe("an agent without a language model", () => {
  test("hands the task to its tool, and answers with what that gives", async () => {
    const task = '{\n  "a": [1, 2]\n}';
    const { toolCalls } = await model.chat({ messages: [user(task)], tools }, { signal });
    expect(toolCalls).toEqual([{ id: "call_0", name: "work", arguments: task }]);
    const messages: Message[] = [
      user(task),
      { role: "assistant", content: "", toolCalls },
      { role: "tool", toolCallId: "call_0", content: '{"done": true}' },
    ];
    expect(await model.chat({ messages, tools }, { signal })).toMatchObject({
      text: '{"done": true}',
      toolCalls: [],
      cost: 0,
      answeredBy: "direct/work",
    });
  });

  test.each(["please build my model", "[1]", "7", "null", '"x"', 'text\n\n{"a": 1}'])(
    "a task that is no JSON object is refused: %s",
    async (task) => {
      await expect(model.chat({ messages: [user(task)], tools }, { signal })).rejects.toMatchObject({
        kind: "bad_request",
        message: expect.stringContaining("no JSON object"),
      });
    },
  );

  test("a tool that the agent does not have is named", async () => {
    await expect(model.chat({ messages: [user("{}")], tools: [] }, { signal })).rejects.toThrow(
      'no tool "work"',
    );
  });
});
