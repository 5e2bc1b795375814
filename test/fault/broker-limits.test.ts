import { expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { stage } from "./stage.ts";

/** Answers that a broker does not take. */

const on = stage({ broker: { config: ["allow_anonymous true", "max_packet_size 20000"] } });

test.each([
  ["3.1.1", /the broker closed the connection \d times at a message of \d+ bytes/], // it has no word for why
  ["5", /the broker takes at most 20000 bytes, the message has \d+/],
])(
  "MQTT %s: who asked is told of an answer too large for the broker, and it does not hold up the others",
  async (protocol, why) => {
    const huge = "x".repeat(100_000);
    on.llm.script(({ body }) => {
      const text = body.messages.at(-1)?.content ?? "";
      return { text: text === "be verbose" ? huge : text };
    });
    const agent = await on.readyAgent({ toml: `[mqtt]\nprotocol = "${protocol}"\n` });
    const consumer = await on.consumer(agent);
    const verbose = randomUUID();
    await consumer.send(verbose, { instruction: "be verbose" });
    const ids = taskIds(50);
    for (const id of ids) await consumer.send(id);
    await until("the others", () => tally(consumer, ids).missing.length === 0);
    expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));

    const { error } = await consumer.reply(verbose, 30_000);
    expect(error).toEqual({ code: "internal_error", message: expect.stringMatching(why) });
    expect(consumer.answers.get(verbose)!.payloads.size).toBe(1);
    expect(agent.log()).toMatch(/a message is refused for good and kept aside/);
    if (protocol === "5") expect(agent.log()).not.toContain("no connection to the broker");
    const { journal } = (await agent.health()).checks;
    expect(journal).toMatchObject({ status: "degraded", message: expect.stringContaining("kept aside") });
    expect(await agent.readiness()).toBe(200);
  },
  60_000,
);
