import { expect, test } from "bun:test";
import { overrideOf, splitSetting } from "./set-option.ts";

const override = (text: string) => overrideOf(splitSetting(text));

test("a dotted key and its value", () => {
  expect(override("llm.model=a=b")).toEqual({
    path: ["llm", "model"],
    value: "a=b",
    source: "--set llm.model",
  });
  expect(override('tools."web.search".impl=').path).toEqual(["tools", "web.search", "impl"]);
});

test.each(["llm..model=x", "llm.=x", ".llm=x", "llm model=x", '"llm=x', "llm.fallback[0].model=x"])(
  "%s is no key",
  (text) => {
    expect(() => override(text)).toThrow(/not a key of a config/);
  },
);

test("without a value it is refused", () => {
  expect(() => override("llm.model")).toThrow("--set needs KEY=VALUE");
  expect(() => override("=x")).toThrow("--set needs KEY=VALUE");
});

test("a secret is refused, and not shown", () => {
  for (const text of ["llm.api_key=hunter2-hunter2", "llm.base_url=https://me:hunter2@host/v1"]) {
    const refused = () => override(text);
    expect(refused).toThrow(/a secret must not stand on the command line/);
    expect(refused).not.toThrow(/hunter2/);
  }
});
