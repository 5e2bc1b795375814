import { describe, expect, test } from "bun:test";
import { secretFrom, secretIn } from "./env-secret.ts";
import { ExpectedError } from "./errors.ts";

const use = {
  what: "no token for the gatekeeper",
  key: "token_env in [routing.gatekeeper]",
  where: "routing.gatekeeper.token_env",
};

function refusal(env: Record<string, string>, variable: string): ExpectedError {
  try {
    secretFrom(env, variable, use);
  } catch (thrown) {
    if (thrown instanceof ExpectedError) return thrown;
    throw thrown;
  }
  throw new Error("there is a secret");
}

test("a secret is taken without the white space around it", () => {
  expect(secretFrom({ T: " abc\n" }, "T", use)).toBe("abc");
  expect(secretIn({ T: " abc\n" }, "T")).toBe("abc");
});

test("where there is none, or no variable is named, it is undefined", () => {
  expect(secretIn({ T: " \n" }, "T")).toBeUndefined();
  expect(secretIn({}, "T")).toBeUndefined();
  expect(secretIn({ T: "abc" }, undefined)).toBeUndefined();
});

describe("one that must be there", () => {
  test("is missed with both remedies: the variable and the key", () => {
    const { message, hint, where } = refusal({}, "GK_TOKEN");
    expect(message).toBe("no token for the gatekeeper: the environment variable GK_TOKEN is not set");
    expect(hint).toBe(
      "Set GK_TOKEN, or name the variable that holds it with token_env in [routing.gatekeeper].",
    );
    expect(where).toBe("routing.gatekeeper.token_env");
  });

  test("may be empty, which is told as such", () => {
    expect(refusal({ GK_TOKEN: " " }, "GK_TOKEN").message).toEndWith("GK_TOKEN is empty");
  });

  test("is not shown when it stands where its name belongs (NFR-005)", () => {
    const { message, hint } = refusal({}, "a1b2c3d4e5f6");
    expect(`${message} ${hint}`).not.toContain("a1b2c3");
    expect(message).toBe(
      "no token for the gatekeeper: the environment variable that is named for it is not set",
    );
  });
});
