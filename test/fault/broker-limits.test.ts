import { expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { stage } from "./stage.ts";

/** Answers that a broker does not take. */

const on = stage({ broker: { config: ["allow_anonymous true", "max_packet_size 20000"] } });

test.each(["3.1.1", "5"])(
  "MQTT %s: an answer too large for the broker does not hold up the others",
  async (protocol) => {
    const huge = "x".repeat(100_000);
    on.llm.script(({ body }) => {
      const text = body.messages.at(-1)?.content ?? "";
      return { text: text === "be verbose" ? huge : text };
    });
    const agent = await on.readyAgent({ toml: `[mqtt]\nprotocol = "${protocol}"\n` });
    const consumer = await on.consumer(agent);
    await consumer.send(randomUUID(), { instruction: "be verbose" });
    const ids = taskIds(50);
    for (const id of ids) await consumer.send(id);
    await until("the others", () => consumer.answers.size === ids.length);
    expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
    if (protocol === "3.1.1") return; // it cannot say how much it takes: it closes the connection, and that is all
    expect(agent.log()).not.toContain("no connection to the broker");
    expect(agent.log()).toMatch(/a message is refused for good and kept aside/);
    expect(agent.log()).toMatch(/the broker takes at most 20000 bytes/);
    const { journal } = (await agent.health()).checks;
    expect(journal).toMatchObject({ status: "degraded", message: expect.stringContaining("kept aside") });
    expect(await agent.readiness()).toBe(200);
  },
  30_000,
);
