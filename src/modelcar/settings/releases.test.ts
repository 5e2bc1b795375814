import { describe, expect, test } from "bun:test";
import { quantizationFacts } from "../quantization/facts.ts";
import { namedRuntime } from "../runtime/image.ts";
import { compareVersions } from "../runtime/version.ts";
import { parseArguments } from "./arguments.ts";
import { READ_RELEASES, SWITCHES, VALUE_FLAGS } from "./flag-table.ts";
import { flagNamed, flagNames, SHORT_FLAGS } from "./flags.ts";
import { kvCacheDtype } from "./kv-dtype.ts";
import { read } from "./read.fixture.ts";

describe("flags by release", () => {
  const severity = (flag: string, version: string) => read([flag], { version }).problems[0]?.severity;

  test.each([
    ["--swap-space=4", "0.16.0", undefined],
    ["--swap-space=4", "0.17.0", "unknown"],
    ["--swap-space=4", "0.18.0", "error"],
    ["--swap-space=4", "", "warning"],
    ["--kv-cache-memory-bytes=8G", "0.10.1.1", "error"],
    ["--kv-cache-memory-bytes=8G", "0.10.2", undefined],
    ["--kv-cache-memory-bytes=8G", "", undefined],
    ["--tensor-paralel-size=2", "0.11.0", "error"],
    ["--tensor-paralel-size=2", "0.11.1", "unknown"],
    ["--tensor-paralel-size=2", "", "unknown"],
    ["--tensor-paralel-size=2", "0.40.0", "unknown"],
    ["--seed=1", "0.40.0", undefined],
    ["--guided-decoding-backend=xgrammar", "0.11.2", undefined],
    ["--guided-decoding-backend=xgrammar", "0.13.0", "error"],
    ["--disable-log-requests", "0.18.0", "error"],
    ["--disable-log-requests", "0.33.0", undefined],
  ])("%s in %p: %p", (flag, version, expected) => {
    expect(severity(flag, version)).toBe(expected as never);
  });

  test("an image for hardware with a plug-in may have flags of its own", () => {
    const runtime = { ...namedRuntime("0.11.0", "test"), platform: "gaudi" as const };
    expect(parseArguments(["--use-padding"], "m", runtime).problems[0]?.severity).toBe("unknown");
  });

  test("the table is sound: every flag once, from a release that was read to one that is no older", () => {
    const read = (release: string | undefined) => release === undefined || READ_RELEASES.includes(release);
    for (const name of flagNames()) {
      const { from, until } = flagNamed(name)!;
      expect({ name, sound: read(from) && read(until) }).toEqual({ name, sound: true });
      expect(compareVersions(until ?? "99.0.0", from)).toBeGreaterThanOrEqual(0);
    }
    const words = `${VALUE_FLAGS} ${SWITCHES}`.split(/\s+/).filter((word) => /^[a-z]/.test(word));
    expect(new Set(words).size).toBe(words.length);
    expect(flagNames()).toEqual(words);
    for (const flag of SHORT_FLAGS.values()) expect(flagNamed(flag)?.name).toBe(flag);
  });
});

describe("the KV cache that a checkpoint asks for", () => {
  const checkpoint = (method: string) => quantizationFacts(method, "w8a8-fp8", { kvCacheDtype: "fp8" });

  test.each([
    ["modelopt", undefined, "0.13.0", "auto", "default"],
    ["modelopt", undefined, "0.14.0", "fp8", "checkpoint"],
    ["modelopt", "bfloat16", "0.18.0", "bfloat16", "argument"],
    ["compressed-tensors", undefined, "0.11.0", "auto", "default"],
    ["compressed-tensors", undefined, "0.15.0", "auto", "unclear"],
    ["compressed-tensors", "auto", "0.16.0", "fp8", "checkpoint"],
    ["compressed-tensors", "bfloat16", "0.20.0", "fp8", "checkpoint"],
    ["compressed-tensors", "bfloat16", "0.22.1", "bfloat16", "argument"],
    ["compressed-tensors", undefined, undefined, "auto", "unclear"],
  ] as const)("%s with %p in %p: %s (%s)", (method, argument, version, dtype, origin) => {
    expect(kvCacheDtype(argument, checkpoint(method), version)).toEqual({ dtype, origin });
  });

  test("without one the argument counts", () => {
    expect(kvCacheDtype("fp8", undefined, "0.11.0")).toEqual({ dtype: "fp8", origin: "argument" });
  });
});

describe("prompts in parts", () => {
  const length = "--max-model-len=8192";
  test.each([
    ["0.6.3", [length], false],
    ["0.6.3", ["--max-model-len=65536"], true],
    ["0.6.3", [length, "--enable-chunked-prefill"], true],
    ["0.11.0", [length, "--no-enable-chunked-prefill"], true],
    ["0.13.0", [length, "--no-enable-chunked-prefill"], false],
    ["0.13.0", [length], true],
    ["", [length, "--no-enable-chunked-prefill"], undefined],
  ])("vLLM %s with %j: %p", (version, args, expected) => {
    expect(read(args, { version }).chunkedPrefill).toBe(expected as never);
  });
});

test("a step takes the longest prompt whole where it is not to be taken in parts", () => {
  const args = ["--max-model-len=32768", "--no-enable-chunked-prefill"];
  expect(read(args, { version: "0.13.0" }).maxNumBatchedTokens).toBe(32768);
  expect(read(args, { version: "0.11.0" }).maxNumBatchedTokens).toBe(2048);
});

describe("the hybrid manager", () => {
  test.each([
    [[], true],
    [["--disable-hybrid-kv-cache-manager"], false],
    [["--no-disable-hybrid-kv-cache-manager"], true],
    [['--kv-transfer-config={"kv_role":"kv_both"}'], false],
    [['--kv-transfer-config={"kv_role":"kv_both"}', "--no-disable-hybrid-kv-cache-manager"], true],
  ])("%j: %p", (args, expected) => {
    expect(read(args).hybridCache).toBe(expected);
    expect(read(args, { version: "0.9.2" }).hybridCache).toBe(false);
  });
});
