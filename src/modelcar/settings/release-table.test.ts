import { expect, test } from "bun:test";
import { releaseTable } from "./release-table.ts";

const table = releaseTable(`
0.9.0: plain with-dash
0.9.2 0.22.1:
  gone dash
  last
0.10.1: 16 1
`);

test("a name is told with the releases above it", () => {
  expect(table.get("plain")).toEqual({ from: "0.9.0", until: undefined });
  expect(table.get("with-dash")).toEqual({ from: "0.9.0", until: undefined });
  expect(table.get("dash")).toEqual({ from: "0.9.2", until: "0.22.1" });
  expect(table.get("last")).toEqual({ from: "0.9.2", until: "0.22.1" });
  expect(table.get("1")).toEqual({ from: "0.10.1", until: undefined });
});

test.each(["with", "0.9.0", "0.22.1", "", " ", "gone dash", "dash\n", "[a-z]+", "constructor"])(
  "%p is none of its names",
  (name) => expect(table.get(name)).toBeUndefined(),
);

test("its names, in their order", () => {
  expect(table.names()).toEqual(["plain", "with-dash", "gone", "dash", "last", "16", "1"]);
  expect(releaseTable("0.6.3: auto half").names()).toEqual(["auto", "half"]);
});
