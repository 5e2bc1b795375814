import { describe, expect, test } from "bun:test";
import { MINIMAL, noFeatures, problemsOf } from "./testing.fixture.ts";

describe("what a tool has against its options", () => {
  const features = {
    ...noFeatures,
    checkToolSettings: () => [
      { path: ["web", "timeout"], message: "too long", hint: "less" },
      { path: ["web", "headers", "X-A"], message: "not a header" },
      { path: ["web", "missing"], message: "missing: expected string" },
      { path: ["web"], message: "not a name" },
    ],
  };

  test.each([
    [
      "flat",
      '[tools]\nweb = { impl = "x", timeout = 9, headers = { X-A = "y" } }',
      [
        "10:1: tools.web.missing",
        "10:7: tools.web",
        "10:31: tools.web.timeout",
        "10:52: tools.web.headers.X-A",
      ],
    ],
    [
      "under config",
      '[tools.web]\nimpl = "x"\n[tools.web.config]\ntimeout = 9\n[tools.web.config.headers]\nX-A = "y"',
      [
        "9:8: tools.web",
        "9:8: tools.web.missing",
        "12:11: tools.web.config.timeout",
        "14:7: tools.web.config.headers.X-A",
      ],
    ],
    [
      "in a list",
      '[[tools]]\nname = "other"\n[[tools]]\nname = "web"\n[tools.config]\ntimeout = 9\nheaders = { X-A = "y" }',
      [
        "11:3: tools[1]",
        "11:3: tools[1].missing",
        "14:11: tools[1].config.timeout",
        "15:19: tools[1].config.headers.X-A",
      ],
    ],
  ])("is told at its place: %s", async (_, lines, places) => {
    const problems = await problemsOf(`${MINIMAL}\n${lines}`, { features });
    expect(problems.map((line) => line.split(": ").slice(0, 2).join(": ")).sort()).toEqual(
      [...places].sort(),
    );
    expect(problems.join()).toContain("timeout: too long; less");
  });

  test("is told though another section is wrong, and other tools cannot be read", async () => {
    const seen: string[] = [];
    const recording = {
      ...noFeatures,
      checkToolSettings: (settings: readonly { name: string }[]) => {
        seen.push(...settings.map(({ name }) => name));
        return [];
      },
    };
    const text = `${MINIMAL.replace('"a"', "5")}\n[tools]\none = 3\ntwo = "builtin"`;
    expect(await problemsOf(text, { features: recording })).toHaveLength(2);
    expect(seen).toContain("two");
    expect(seen).not.toContain("one");
  });
});
