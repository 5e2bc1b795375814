import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  type Bed,
  bed,
  calls,
  echoing,
  envelope,
  reply,
  scripted,
  TASK_ID,
  toolOf,
} from "../testing.fixture.ts";

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

describe("progress", () => {
  test("tells of the task, the model and the tools on their topics, tied to the task", async () => {
    const { model } = scripted(calls(["look", {}]), reply("done"));
    await b.start({ model, tools: [toolOf("look", async () => ({ content: "x", metadata: { bytes: 1 } }))] });
    b.send(envelope("tester"));
    await b.answered();
    const root = "/control/agents/tester/progress";
    const types = (topic: string) => b.on(topic).map((event) => event["event_type"]);
    expect(types(root)).toEqual(["TaskStart", "TaskComplete"]);
    expect(types(`${root}/llm`)).toEqual(["LlmRequest", "LlmResponse", "LlmRequest", "LlmResponse"]);
    expect(b.on(`${root}/tools`)).toMatchObject([
      {
        event_type: "ToolCall",
        category: "Tool",
        task_id: TASK_ID,
        conversation_id: "talk",
        metadata: { tool: "look" },
      },
      { event_type: "ToolComplete", metadata: { tool: "look", bytes: 1 } },
    ]);
  });

  test("sends the text as it is written when the sender asks for it", async () => {
    await b.start({
      model: {
        ...echoing().model,
        async chat(_request, { onDelta }) {
          onDelta?.("Hel");
          onDelta?.("lo");
          return reply("Hello");
        },
      },
    });
    b.send(envelope("tester", { stream: true }));
    await b.answered();
    const deltas = b
      .on("/control/agents/tester/progress/llm")
      .filter((event) => event["event_type"] === "Processing");
    expect(deltas.map((event) => (event["metadata"] as { delta: string }).delta).join("")).toBe("Hello");
  });
});
