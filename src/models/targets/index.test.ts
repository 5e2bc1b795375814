import { expect, test } from "bun:test";
import { TARGET_NAMES, TARGETS } from "./index.ts";

test.each(TARGET_NAMES)("%s is what the table says of it", async (name) => {
  const { target } = await TARGETS[name].load();
  expect([target.name, target.summary]).toEqual([name, TARGETS[name].summary]);
});
