import { expect, test } from "bun:test";
import { programNamed } from "../index.ts";
import { checkArguments, commandLinesIn } from "./command-lines.fixture.ts";

test.each([
  ["agent2389 up a.toml  # a comment", [["up", "a.toml"]]],
  ["KEY=x OTHER='y z' dist/agent2389 run", [["run"]]],
  [`agent2389 ask a "b c" --next 'd,e:"f g"'`, [["ask", "a", "b c", "--next", 'd,e:"f g"']]],
  ["git diff | agent2389 ask a - | jq .x", [["ask", "a", "-"]]],
  ['eval "$(agent2389 completion bash)"', [["completion", "bash"]]],
  ["agent2389 schema > a.json && agent2389 up &", [["schema"], ["up"]]],
  ["agent2389 schema >a.json 2>&1\nagent2389 agents", [["schema"], ["agents"]]],
  ["agent2389 ask a \\\n  b", [["ask", "a", "b"]]],
  ["sudo cp dist/agent2389 /usr/local/bin; echo agent2389 x", []],
  ['HEALTHCHECK CMD ["agent2389", "healthcheck"]', []],
])("the calls in %p", (text, calls) => {
  expect(commandLinesIn(text, "agent2389")).toEqual(calls);
});

test("arguments that the program does not take are refused", async () => {
  const program = programNamed("agent2389");
  for (const wrong of [
    ["frob"],
    ["up", "--frob"],
    ["ask"],
    ["schema", "x"],
    ["help", "frob"],
    ["completion", "csh"],
  ])
    await expect(checkArguments(program, wrong)).rejects.toThrow();
  for (const right of [["up"], ["help", "ask"], ["-c", "x.toml", "run"], ["--version"], []])
    await checkArguments(program, right);
});
