import { expect, test } from "bun:test";
import { envName, isEnvName, shownEnvName } from "./env-name.ts";

test.each(["PATH", "_x", "my_key2"])("%s can be a name", (name) => {
  expect(isEnvName(name)).toBe(true);
  expect(envName().safeParse(name).success).toBe(true);
});

test.each(["", "2X", "A B", "sk-abc", "A=B", "Ä", "A\n"])("%j cannot", (name) => {
  expect(isEnvName(name)).toBe(false);
  expect(envName().safeParse(name).error?.issues[0]?.message).toBe(
    "expected the name of an environment variable",
  );
});

test("only what looks like a name is shown: the secret itself may stand in its place (NFR-005)", () => {
  expect(shownEnvName("OPENAI_API_KEY")).toBe("OPENAI_API_KEY");
  expect(shownEnvName("a1b2c3d4e5f6")).toBeUndefined();
});
