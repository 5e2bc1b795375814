import { afterEach, describe, expect, test } from "bun:test";
import { until } from "../../../test/peers/until.ts";
import { LinkLost, type Publication, PublicationTooLarge, PublishRefused } from "../ports/transport.ts";
import { type Door, openDoor } from "./testing.fixture.ts";

let door: Door;
afterEach(() => door.close());

const TASK_ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const answer = (response: string): Publication => ({
  topic: "/conversations/talk/a",
  payload: JSON.stringify({ task_id: TASK_ID, response }),
  qos: 1,
});
const hop = (more: object = {}): Publication => ({
  topic: "/control/agents/next/input",
  payload: JSON.stringify({ task_id: TASK_ID, conversation_id: "talk", input: "all of it", ...more }),
  qos: 1,
});

/** What a broker takes: everything but what this finds fault with. */
const refusing = (fault: (publication: Publication) => Error | undefined) =>
  openDoor(async (publication) => {
    const error = fault(publication);
    if (error) throw error;
  });
const larger = (than: number) => (publication: Publication) =>
  publication.payload.length > than ? new PublicationTooLarge(`at most ${than} bytes`) : undefined;
const last = () => ({ topic: door.tried.at(-1)!.topic, ...JSON.parse(door.tried.at(-1)!.payload) });

describe("results", () => {
  test("of which there are more than can be on their way wait in the journal, and none is sent twice", async () => {
    const taken: (() => void)[] = [];
    let most = 0;
    let inside = 0;
    door = openDoor(() => {
      most = Math.max(most, ++inside);
      return new Promise((resolve) =>
        taken.push(() => {
          inside -= 1;
          resolve();
        }),
      );
    });
    for (let i = 0; i < 10; i++) {
      void door.outbox.send(await door.finish(`${i}`, answer(`${i}`)));
    }
    while (door.tried.length < 10 || taken.length > 0) (await until("one on its way", () => taken.shift()))();
    await until("all to be gone", async () => (await door.store.stats()).outbox === 0);
    expect(most).toBe(4);
    const sent = door.tried.map(({ payload }) => JSON.parse(payload).response);
    expect(sent.sort()).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
  });

  test("that were put back are sent when there is something to send again", async () => {
    door = openDoor(async () => {});
    const [row] = await door.finish("a", answer("x"));
    await door.store.putBack(row!.id);
    door.outbox.wake();
    await door.outbox.flush(1_000);
    expect(last()).toMatchObject({ response: "x" });
  });
});

describe("what the broker refuses for its size", () => {
  test("is kept aside, and the sender is told in its place (FR-011)", async () => {
    door = refusing(larger(300));
    void door.outbox.send(await door.finish("a", answer("x".repeat(400))));
    await until("the error", () => door.tried.length === 2);
    expect(last()).toEqual({
      topic: "/conversations/talk/a",
      task_id: TASK_ID,
      agent_id: "a",
      error: { code: "internal_error", message: "the answer could not be delivered: at most 300 bytes" },
    });
    await until("the error to be gone", async () => (await door.store.stats()).outbox === 0);
    expect(await door.store.stats()).toMatchObject({ buried: 1 });
  });

  test("and is a task for the next agent: its sender is told on the conversation", async () => {
    door = refusing(larger(300));
    const root = "3f2504e0-4f89-41d3-9a0c-000000000001";
    void door.outbox.send(await door.finish("a", hop({ input: "x".repeat(400), root_task_id: root })));
    await until("the error", () => door.tried.length === 2);
    expect(last()).toMatchObject({
      topic: "/conversations/talk/a",
      task_id: TASK_ID,
      root_task_id: root,
      error: { code: "internal_error", message: expect.stringContaining("could not be delivered") },
    });
  });

  test("without saying so (MQTT 3.1.1): suspected often enough, it is taken for that", async () => {
    door = refusing(({ payload }) => (payload.includes("x") ? new LinkLost("gone", true) : undefined));
    door.clock.skip(600_000);
    void door.outbox.send(await door.finish("a", answer("x")));
    await until("the error", () => door.tried.length === 6);
    expect(last()).toMatchObject({
      error: {
        code: "internal_error",
        message: expect.stringContaining("closed the connection 5 times at a message of 65 bytes"),
      },
    });
  });
});

test("what is lost with the connection, and not suspected, is sent until it gets there", async () => {
  let left = 20;
  door = refusing(() => (left-- > 0 ? new LinkLost("gone", false) : undefined));
  door.clock.skip(600_000);
  void door.outbox.send(await door.finish("a", answer("x")));
  await until("it to be gone", async () => (await door.store.stats()).outbox === 0);
  expect(await door.store.stats()).toMatchObject({ buried: 0 });
  expect(door.tried.length).toBe(21);
});

describe("what the broker refuses for its topic", () => {
  const forbidden = (topic: string) => (publication: Publication) =>
    publication.topic === topic ? new PublishRefused("not authorised") : undefined;

  test("and is a task for the next agent: the sender is told", async () => {
    door = refusing(forbidden(hop().topic));
    void door.outbox.send(await door.finish("a", hop()));
    await until("the error", () => door.tried.length === 2);
    expect(last()).toMatchObject({ error: { message: expect.stringContaining("not authorised") } });
  });

  test("and is a reply: nobody can be told, and it is only kept aside", async () => {
    door = refusing(forbidden(answer("").topic));
    void door.outbox.send(await door.finish("a", answer("x")));
    await until("it to be kept aside", async () => (await door.store.stats()).buried === 1);
    expect(await door.store.stats()).toMatchObject({ outbox: 0 });
    expect(door.tried.length).toBe(1);
  });
});
