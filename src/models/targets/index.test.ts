import { expect, test } from "bun:test";
import { TARGET_NAMES, TARGETS } from "./index.ts";

test.each(TARGET_NAMES)("%s has the name that the table gives it", async (name) => {
  const { target } = await TARGETS[name].load();
  expect(target.name).toBe(name);
});
