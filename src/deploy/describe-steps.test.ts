import { expect, test } from "bun:test";
import { describeStep } from "./describe-steps.ts";

test("a command as it can be typed, and nothing of a secret but its name", () => {
  expect(
    describeStep({
      title: "set the secrets of a",
      argv: ["fly", "secrets", "import", "--app", "it's"],
      stdin: { description: "NAME=VALUE lines for API_KEY", text: () => "API_KEY=s3cr3t" },
      env: { MODE: "a b" },
      secretEnv: ["API_KEY"],
      cwd: "/rendered",
      skipIf: { argv: ["fly", "apps", "list"], satisfied: () => true, because: "the app exists" },
      argsFrom: { argv: ["fly", "releases"], args: () => [], placeholder: "--image <the one before>" },
    }),
  ).toEqual({
    title: "set the secrets of a",
    command: "env 'MODE=a b' fly secrets import --app 'it'\\''s' --image <the one before>",
    notes: [
      "in /rendered",
      "standard input: NAME=VALUE lines for API_KEY",
      "variables with secrets: API_KEY",
      "left out if the app exists: fly apps list",
      "--image <the one before>: from fly releases",
    ],
    readOnly: false,
  });
});

test("what only looks is told as that", () => {
  expect(describeStep({ title: "look", argv: ["fly", "status"], readOnly: true })).toEqual({
    title: "look",
    command: "fly status",
    notes: [],
    readOnly: true,
  });
});
