import { expect, test } from "bun:test";
import { loggable } from "./loggable.ts";

const plain = (fields: object, redact = (text: string) => text) =>
  loggable(fields, { redact, stacks: false });

test("what is no plain data becomes what a reader can use", () => {
  expect(
    plain({
      when: new Date(0),
      url: new URL("https://example.org/x"),
      map: new Map<unknown, unknown>([[1, "one"]]),
      set: new Set([1, 2]),
      bytes: new Uint8Array(3),
      big: 10n,
      symbol: Symbol("s"),
      nothing: null,
      missing: undefined,
      yes: true,
    }),
  ).toEqual({
    when: "1970-01-01T00:00:00.000Z",
    url: "https://example.org/x",
    map: { "1": "one" },
    set: [1, 2],
    bytes: "[3 bytes]",
    big: "10",
    symbol: "Symbol(s)",
    nothing: null,
    missing: undefined,
    yes: true,
  });
});

test("circles, getters that throw and hostile depth end", () => {
  const circle: Record<string, unknown> = { twice: [1, 1] };
  circle["self"] = circle;
  const deep = { top: {} };
  let level: Record<string, unknown> = deep.top;
  for (let i = 0; i < 10_000; i++) {
    level["next"] = {};
    level = level["next"] as Record<string, unknown>;
  }
  const angry = {
    get x() {
      throw new Error("no");
    },
  };
  expect(plain({ circle, angry })).toEqual({
    circle: { twice: [1, 1], self: "[circular]" },
    angry: "[unreadable]",
  });
  expect(JSON.stringify(plain(deep)).length).toBeLessThan(200);
});

test("the same object twice is no circle", () => {
  const shared = { a: 1 };
  expect(plain({ one: shared, two: shared })).toEqual({ one: { a: 1 }, two: { a: 1 } });
});

test("long texts, lists and objects are cut, and say so; a secret is masked before the cut", () => {
  const secret = "hunter2-hunter2";
  const text = `${"x".repeat(8 * 1024 - 5)}${secret}`;
  const cut = plain({ text, list: Array(150).fill(0) }, (of) => of.replaceAll(secret, "[redacted]"));
  expect(cut["text"]).toEndWith("x[reda… (8202 characters)");
  expect(cut["list"]).toHaveLength(101);
  expect((cut["list"] as unknown[]).at(-1)).toBe("… (150 items)");
  const wide = plain({ wide: Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`k${i}`, i])) });
  expect(Object.keys(wide["wide"] as object)).toHaveLength(101);
});

test("an error tells its own facts, and not what a library hung on it", () => {
  const error = Object.assign(new Error("429"), {
    status: 429,
    headers: { "set-cookie": "x" },
    response: {},
  });
  expect(plain({ error })).toEqual({ error: { type: "Error", message: "429", status: 429 } });
  expect(plain(error)).toEqual({ err: { type: "Error", message: "429", status: 429 } });
});

test("an error that is its own cause, and a cause that is no error", () => {
  const circle = new Error("a");
  circle.cause = circle;
  expect(plain({ circle })).toEqual({ circle: { type: "Error", message: "a", cause: "[circular]" } });
  expect(plain({ e: new Error("a", { cause: "text" }) })).toEqual({
    e: { type: "Error", message: "a", cause: "text" },
  });
});

test("a name like __proto__ is a name like any other", () => {
  const fields = plain(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}'));
  expect(Object.keys(fields)).toEqual(["__proto__", "constructor"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
