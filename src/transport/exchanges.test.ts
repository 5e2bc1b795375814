import { expect, test } from "bun:test";
import { LinkLost, PublicationTooLarge } from "../runtime/ports/transport.ts";
import { exchanges } from "./exchanges.ts";

/** Publications on one connection; each is answered when the test says so. */
function connection() {
  const { run, end } = exchanges();
  return {
    end,
    publish(bytes: number, acknowledged = true) {
      const answer = Promise.withResolvers<void>();
      const outcome = run({ bytes, acknowledged }, (done) => void answer.promise.then(() => done()));
      return { outcome: outcome.catch((error: unknown) => error), answer: answer.resolve };
    },
  };
}

/** Of what did not come through: "too large", "suspect" or "lost". */
const verdict = async ({ outcome }: { outcome: Promise<unknown> }) => {
  const error = await outcome;
  if (error instanceof PublicationTooLarge) return "too large";
  if (error instanceof LinkLost) return error.suspect ? "suspect" : "lost";
  return error;
};

test("what is answered before the end has its outcome, what is not is lost, and so is what comes later", async () => {
  const { publish, end } = connection();
  const [answered, open] = [publish(10), publish(10)];
  answered.answer();
  await answered.outcome;
  end(false);
  expect(await verdict(answered)).toBeUndefined();
  expect(await verdict(open)).toBe("lost");
  expect(await verdict(publish(99))).toBe("lost");
});

test("the largest is suspected when the broker took others on this connection, all of them smaller", async () => {
  const { publish, end } = connection();
  const before = publish(10);
  before.answer();
  await before.outcome;
  const [small, large] = [publish(20), publish(21)];
  end(false);
  expect([await verdict(small), await verdict(large)]).toEqual(["lost", "suspect"]);
});

test.each([
  ["the broker took nothing on this connection", [], [], [30]],
  ["the broker took one as large", [30], [], [30]],
  ["another as large was lost with it", [10], [], [30, 30]],
  ["another as large was sent that is not acknowledged (QoS 0)", [10], [30], [30]],
])("nothing is suspected when %s", async (_, acknowledged, sent, lost) => {
  const { publish, end } = connection();
  const before = [
    ...acknowledged.map((bytes) => publish(bytes)),
    ...sent.map((bytes) => publish(bytes, false)),
  ];
  for (const { answer } of before) answer();
  await Promise.all(before.map(({ outcome }) => outcome));
  const open = lost.map((bytes) => publish(bytes));
  end(false);
  for (const one of open) expect(await verdict(one)).toBe("lost");
});

test("when the broker says that something was too large, it was the largest", async () => {
  const { publish, end } = connection();
  const [small, large] = [publish(20), publish(21)];
  end(true);
  expect([await verdict(small), await verdict(large)]).toEqual(["lost", "too large"]);
});
