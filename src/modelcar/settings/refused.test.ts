import { describe, expect, test } from "bun:test";
import { READ_RELEASES } from "./flag-table.ts";
import { read } from "./read.fixture.ts";
import { TOOL_PARSERS } from "./tool-parsers.ts";

const severities = (args: string[], version: string) =>
  read(args, { version }).problems.map(({ severity }) => severity);

const TOOLS = "--enable-auto-tool-choice";

describe("what vLLM refuses", () => {
  test.each([
    // cli_args.py, validate_parsed_serve_args.
    [[TOOLS], "0.11.0"],
    [[TOOLS], ""],
    // api_server.py, "invalid tool call parser".
    [[TOOLS, "--tool-call-parser=llama4"], "0.11.0"],
    [[TOOLS, "--tool-call-parser=glm47"], "0.11.0"],
    [[TOOLS, "--tool-call-parser=minimax"], "0.25.0"],
    [["--seed=abc"], "0.11.0"],
    [["--seed="], "0.7.3"],
    [["--port=http"], ""],
    [["--uvicorn-log-level=loud"], "0.11.0"],
    [["--distributed-executor-backend=foo"], "0.11.0"],
    [["--distributed-executor-backend=uni"], "0.6.3.post1"],
    [["--distributed-executor-backend=my.Executor"], "0.11.0"],
    [["--distributed-executor-backend=foo"], "0.33.0"],
    [["--limit-mm-per-prompt={image"], "0.11.0"],
    [["--limit-mm-per-prompt=image=2"], "0.11.0"],
    [['--limit-mm-per-prompt={"image":2}'], "0.8.4"],
    // arg_utils.py: store_true, then BooleanOptionalAction.
    [["--trust-remote-code=true"], "0.7.3"],
    [["--trust-remote-code=true"], "0.11.0"],
    [["--enforce-eager=true"], ""],
    [["--no-enforce-eager"], "0.8.4"],
    [["--enable-chunked-prefill=perhaps"], "0.8.4"],
    [["--enable-chunked-prefill=true"], "0.8.5"],
    // human_readable_int and its successors.
    [["--max-model-len=32k"], "0.7.3"],
    [["--max-model-len=auto"], "0.13.0"],
    [["--max-model-len=-1"], "0.13.0"],
    [["--max-num-batched-tokens=8k"], "0.9.0"],
    [["--block-size=64"], "0.6.3.post1"],
    [["--block-size=256"], "0.11.0"],
    [["--block-size=8"], "0.18.0"],
    // FlexibleArgumentParser: -O is --optimization-level since 0.13.
    [["-O.level=3"], "0.13.0"],
    [["-O3"], "0.6.3.post1"],
  ])("%j in %p", (args, version) => {
    expect(severities(args, version)).toEqual(["error"]);
  });
});

describe("what vLLM takes", () => {
  test.each([
    [[TOOLS, "--tool-call-parser=hermes"], "0.11.0"],
    [[TOOLS, "--tool-call-parser=glm47"], ""],
    [[TOOLS, "--tool-call-parser=mine", "--tool-parser-plugin=/mine.py"], "0.11.0"],
    [["--tool-call-parser=nonsense"], "0.11.0"],
    [["--seed=-1"], "0.11.0"],
    [["--distributed-executor-backend=external_launcher"], "0.11.0"],
    [["--distributed-executor-backend=my.Executor"], "0.33.0"],
    [['--limit-mm-per-prompt={"image":2}'], "0.11.0"],
    [["--limit-mm-per-prompt=image=2,video=1"], "0.9.2"],
    [["--limit-mm-per-prompt=image=2"], "0.7.3"],
    [["--no-enforce-eager"], "0.9.0"],
    [["--no-enable-prefix-caching"], "0.7.3"],
    [["--max-model-len=32k"], "0.8.4"],
    [["--max-model-len=auto"], "0.14.0"],
    [["--max-model-len=-1"], "0.14.0"],
    [["--max-num-batched-tokens=8k"], "0.9.2"],
    [["--block-size=8"], "0.7.3"],
    [["-O3"], "0.11.0"],
    [["-O", "3"], "0.11.0"],
    [["-O=3"], "0.9.2"],
    [["-O.level=3"], "0.9.2"],
    [['-O={"level":3}'], "0.8.4"],
    [['-O{"level":3}'], "0.8.4"],
    [["-O3"], "0.13.0"],
    [["-O3"], ""],
    [["-cc.mode=3"], "0.13.0"],
  ])("%j in %p", (args, version) => {
    expect(severities(args, version)).toEqual([]);
  });

  test.each([
    [[TOOLS, "--tool-call-parser=glm47"], "0.13.1"],
    [[TOOLS, "--tool-call-parser=newest"], "0.40.0"],
    [["--max-model-len=-1"], "0.11.0"],
    [["--block-size=8"], "0.8.4"],
    [["--block-size=1"], "0.11.0"],
  ])("or not: %j in %p", (args, version) => {
    expect(severities(args, version)).toEqual(["unknown"]);
  });
});

test("-O is the compilation config until 0.11 and the level of optimization since 0.13", () => {
  const given = (args: string[], version: string) => [...read(args, { version }).given];
  expect(given(["-O3"], "0.11.0")).toEqual(["compilation-config"]);
  expect(given(["-O3"], "0.13.0")).toEqual(["optimization-level"]);
  expect(given(["-cc.mode=3"], "0.13.0")).toEqual(["compilation-config"]);
});

test("parsers are of releases that were read", () => {
  for (const name of TOOL_PARSERS.names()) {
    const { from, until } = TOOL_PARSERS.get(name)!;
    expect([name, READ_RELEASES.includes(from), READ_RELEASES.includes(until ?? from)]).toEqual([
      name,
      true,
      true,
    ]);
  }
});
