import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { assembler } from "./assemble.ts";
import { BadAnswer, ReportedError } from "./faults.ts";

interface Piece {
  index?: number;
  id?: string | null;
  name?: string;
  args?: string | object;
}

const delta = (...pieces: Piece[]) => ({
  choices: [
    {
      delta: {
        tool_calls: pieces.map(({ index, id, name, args }) => ({
          index,
          id,
          function: { name, arguments: args },
        })),
      },
    },
  ],
});

const callsOf = (...chunks: object[]): [string, string, string][] => {
  const taking = assembler(() => {});
  for (const chunk of chunks) taking.take(chunk);
  return taking.answer.calls.map(({ id, name, arguments: args }) => [id, name, args]);
};

describe("tool calls are put together as", () => {
  test("OpenAI sends them: index, id and name first, then the arguments in pieces", () => {
    expect(
      callsOf(
        delta({ index: 0, id: "a", name: "f", args: "" }),
        delta({ index: 0, args: '{"x"' }),
        delta({ index: 1, id: "b", name: "g", args: "" }),
        delta({ index: 0, args: ":1}" }),
        delta({ index: 1, args: "{}" }),
      ),
    ).toEqual([
      ["a", "f", '{"x":1}'],
      ["b", "g", "{}"],
    ]);
  });

  test("whole in one chunk, several at once", () => {
    expect(
      callsOf(
        delta({ index: 0, id: "a", name: "f", args: "{}" }, { index: 1, id: "b", name: "f", args: "{}" }),
      ),
    ).toEqual([
      ["a", "f", "{}"],
      ["b", "f", "{}"],
    ]);
  });

  test("Gemini sends them: whole, each with index 0", () => {
    expect(
      callsOf(
        delta({ index: 0, id: "a", name: "f", args: '{"x":1}' }),
        delta({ index: 0, id: "b", name: "f", args: '{"x":2}' }),
      ),
    ).toEqual([
      ["a", "f", '{"x":1}'],
      ["b", "f", '{"x":2}'],
    ]);
  });

  test("without ids, each with index 0", () => {
    expect(
      callsOf(
        delta({ index: 0, id: "", name: "f", args: '{"x":1}' }),
        delta({ index: 0, id: "", name: "f", args: '{"x":2}' }),
      ),
    ).toEqual([
      ["", "f", '{"x":1}'],
      ["", "f", '{"x":2}'],
    ]);
  });

  test("without index: ids tell them apart, and pieces without an id go on", () => {
    expect(
      callsOf(
        delta({ id: "a", name: "f" }),
        delta({ args: '{"x":' }),
        delta({ args: "1}" }),
        delta({ id: "b", name: "g", args: "{}" }),
      ),
    ).toEqual([
      ["a", "f", '{"x":1}'],
      ["b", "g", "{}"],
    ]);
  });

  test("without index and ids: names tell them apart", () => {
    expect(
      callsOf(delta({ name: "f", args: "{}" }), delta({ name: "f", args: "{}" }), delta({ name: "g" })),
    ).toEqual([
      ["", "f", "{}"],
      ["", "f", "{}"],
      ["", "g", ""],
    ]);
  });

  test("id and name repeated in every piece", () => {
    const piece = { index: 0, id: "a", name: "f" };
    expect(
      callsOf(
        delta({ ...piece, args: '{"x"' }),
        delta({ ...piece, args: ":1}" }),
        delta({ ...piece, args: "" }),
      ),
    ).toEqual([["a", "f", '{"x":1}']]);
  });

  test("the same id twice, whole", () => {
    const piece = { index: 0, id: "a", name: "f", args: "{}" };
    expect(callsOf(delta(piece), delta(piece))).toHaveLength(2);
    expect(callsOf(delta({ ...piece, index: 1 }), delta({ ...piece, index: 2 }))).toHaveLength(2);
  });

  test("arguments as an object instead of text", () => {
    expect(callsOf(delta({ index: 0, id: "a", name: "f", args: { x: 1 } }))).toEqual([["a", "f", '{"x":1}']]);
  });

  test("a whole message, not a delta", () => {
    const message = { content: null, tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] };
    expect(callsOf({ choices: [{ message, finish_reason: "tool_calls" }] })).toEqual([["a", "f", "{}"]]);
  });

  test("however OpenAI's pieces are cut, they come to the same", () => {
    const call = fc.record({
      name: fc.constantFrom("f", "g"),
      x: fc.string(),
      cuts: fc.array(fc.nat(30), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 4 }), (calls) => {
        const chunks = calls.flatMap(({ name, x, cuts }, index) => {
          const args = JSON.stringify({ x });
          const at = [0, ...cuts.map((cut) => Math.min(cut, args.length)).sort((a, b) => a - b), args.length];
          const pieces = at.slice(1).map((end, i) => delta({ index, args: args.slice(at[i], end) }));
          return [delta({ index, id: `call_${index}`, name, args: "" }), ...pieces];
        });
        expect(callsOf(...chunks)).toEqual(
          calls.map(({ name, x }, i) => [`call_${i}`, name, JSON.stringify({ x })]),
        );
      }),
    );
  });
});

describe("an answer", () => {
  test("usage is the last that was told, wherever it stands", () => {
    const taking = assembler(() => {});
    taking.take({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
    taking.take({ choices: [], usage: null });
    taking.take({ x_groq: { usage: { prompt_tokens: 5, completion_tokens: 6 } } });
    expect(taking.answer.usage).toEqual({ prompt_tokens: 5, completion_tokens: 6 });
  });

  test("an error in it is thrown as what it says", () => {
    const take = (error: unknown) => () => assembler(() => {}).take({ error });
    expect(take({ message: "busy", code: 529 })).toThrow(ReportedError);
    expect(take("busy")).toThrow("busy");
  });

  test("what does not look like an answer is told so, whatever it is", () => {
    for (const odd of [null, 1, "x", [], { choices: 1 }, { choices: [{ delta: { content: {} } }] }]) {
      expect(() => assembler(() => {}).take(odd)).toThrow(BadAnswer);
    }
  });

  test("one without end is stopped", () => {
    const taking = assembler(() => {});
    const content = "x".repeat(1024 * 1024);
    const flood = () => {
      for (let i = 0; i < 17; i += 1) taking.take({ choices: [{ delta: { content } }] });
    };
    expect(flood).toThrow("longer than");
  });
});
