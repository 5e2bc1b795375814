import { describe, expect, test } from "bun:test";
import { YAML } from "bun";
import fc from "fast-check";
import { Document, parse } from "yaml";
import { toYaml } from "./yaml.ts";

/** What a reader of either version would take for something else, or would break it. */
const HOSTILE = [
  ...[
    "=",
    "<<",
    "~",
    "null",
    "Null",
    "",
    " ",
    "y",
    "Y",
    "n",
    "yes",
    "No",
    "on",
    "OFF",
    "true",
    "FALSE",
    ".inf",
  ],
  ...[
    "-.INF",
    ".nan",
    "1e3",
    "1E-3",
    "0o7",
    "-0o7",
    "-_1",
    "e0",
    "E5",
    "._5",
    "0x1F",
    "-0x1f",
    "0b11",
    "017",
    "1_000",
    "1_",
    "+1",
    ".5",
  ],
  ...[
    "5.",
    "1:30",
    "190:20:30",
    "1:30.5",
    "2001-12-14",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
  ],
  ...[
    "{{ .Values.x }}",
    "${VAR}",
    "$$",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    ">",
    "%a",
  ],
  ...["@a", "`a`", "'", '"', "\\", "[", "]", "{", "}", ",", "?", "? a", ":", "-", "---", "...", "--- a"],
  ...[
    "\t",
    "\ta",
    "a\t",
    "a\tb",
    "\n",
    "\n\n",
    " \n",
    "\u007f\u0080\n",
    "\ufffe\uffff",
    "a\n",
    "a\n\n",
    "\na",
    " a\nb",
    "\ta\nb",
    "a \nb",
    "a\n \n",
    "a\r\nb",
    "a\rb",
  ],
  ...[
    "a\n---\nb",
    "a\n...\nb",
    "a\n# b\n",
    "nel\u0085x\ny",
    "ls\u2028x\ny",
    `ls\u2028x\ny\n${"a".repeat(200)}\na\n \n`,
    "ps\u2029x\ny",
    "\ufeffbom\nx",
    "bell\u0007\nx",
    "nul\0",
  ],
  ...["👋", "日本語\nx", "e\u0301", "\u00a0", "\ud7ff\ue000", "a".repeat(200), `${"word ".repeat(60)}\nx`],
];

const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 2, arbitrary: fc.string({ unit: "binary" }) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom(..."0123456789abefxo_:.+- \n\t#'\"|>{}[]&*!%@`,?=~<yYnN"), { maxLength: 12 })
      .map((chars) => chars.join("")),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom(...HOSTILE), { maxLength: 4 }).map((lines) => lines.join("\n")),
  },
);

const documents = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    hostile,
    fc.constantFrom(0, 1, -1, 1.5, 1e21, true, false, null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(hostile, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

describe("what is written is read back as it was", () => {
  const readers = {
    "as YAML 1.2": (text: string): unknown => parse(text, { version: "1.2" }),
    "as YAML 1.1, as kubectl does": (text: string): unknown =>
      parse(text, { version: "1.1", maxAliasCount: 0 }),
    "by Bun": (text: string): unknown => YAML.parse(text),
  };
  // Bun 1.4 merges by a quoted "<<" too, which only a plain one asks for (YAML merge key, §1).
  const keyOf = (text: string, reader: string) => (text === "<<" && reader === "by Bun" ? "other" : text);
  for (const [name, read] of Object.entries(readers)) {
    test.each(HOSTILE)(`${name}: %j`, (text) => {
      const value = { key: text, list: [text], [keyOf(text, name)]: { deep: text } };
      expect(read(toYaml(value))).toEqual(value);
    });
  }

  test("any document, in both versions", () => {
    fc.assert(
      fc.property(documents, (value) => {
        const text = toYaml({ value });
        expect(parse(text, { version: "1.2" })).toEqual({ value });
        expect(parse(text, { version: "1.1" })).toEqual({ value });
      }),
      { numRuns: 500 },
    );
  });
});

test("texts of several lines are written as people write them, plain ones without quotes", () => {
  expect(
    toYaml({
      name: "researcher",
      cpu: "100m",
      prompt: "You are:\n- {{ kind }}\n",
      port: "8080",
      count: 8080,
    }),
  ).toBe('name: researcher\ncpu: 100m\nprompt: |\n  You are:\n  - {{ kind }}\nport: "8080"\ncount: 8080\n');
});

test("what is used twice is written twice: anchors are for people", () => {
  const labels = { app: "x" };
  expect(toYaml({ a: labels, b: labels })).toBe("a:\n  app: x\nb:\n  app: x\n");
});

test("undefined values are left out", () => {
  expect(toYaml({ a: undefined, b: 1 })).toBe("b: 1\n");
});

test("long texts are not folded", () => {
  const long = "word ".repeat(60).trim();
  expect(toYaml({ long })).toBe(`long: ${long}\n`);
});

test("the header and remarks are comments", () => {
  const spec = { strategy: { type: "Recreate" }, list: [{ name: "a" }] };
  const text = toYaml({ spec }, "By agent-deploy.\n\nDo not edit.", [
    { path: ["spec", "strategy"], text: "One volume:\none pod." },
    { path: ["spec", "list", 0], text: "The first." },
  ]);
  expect(text).toBe(
    "# By agent-deploy.\n#\n# Do not edit.\nspec:\n  # One volume:\n  # one pod.\n  strategy:\n    type: Recreate\n  list:\n    # The first.\n    - name: a\n",
  );
});

test("a remark on the first entry stands apart from the header", () => {
  expect(toYaml({ a: 1 }, "Header.", [{ path: ["a"], text: "One." }])).toBe("# Header.\n\n# One.\na: 1\n");
});

test("a header that is a comment already stays as it is", () => {
  expect(toYaml({ a: 1 }, "# yaml-language-server: $schema=x")).toBe(
    "# yaml-language-server: $schema=x\na: 1\n",
  );
});

test("a remark on what is not there is a defect", () => {
  expect(() => toYaml({ a: 1 }, undefined, [{ path: ["b"], text: "x" }])).toThrow(
    "there is no b to remark on",
  );
});

test("what is written as a plain word, the library writes so too", () => {
  const words = [
    "e5",
    "E-3",
    "y",
    "N",
    "On",
    "nan",
    "NaN",
    "Inf",
    "NULL",
    "e",
    "e.",
    "e_5",
    "o7",
    "a/b",
    "e1.5",
  ];
  const word = fc.oneof(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_./-]{0,6}$/), fc.constantFrom(...words));
  fc.assert(
    fc.property(word, (text) => {
      const careful = new Document(text, { version: "1.2", compat: "yaml-1.1" }).toString().trim();
      if (careful !== text) expect(toYaml(text).trim()).not.toBe(text);
    }),
    { numRuns: 5_000 },
  );
});
