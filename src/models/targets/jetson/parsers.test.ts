import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ExpectedError } from "../../../base/errors.ts";
import { JETPACKS } from "../../../deploy/jetpack.ts";
import { runArguments } from "./arguments.ts";
import { gpuIn, gpuOfSmi, jetpackOf, jetsonLinuxOf } from "./device.ts";
import { outputsIn, timesIn } from "./exported.ts";
import { failureIn } from "./failure.ts";
import { checkTrtexecName, trtexecName } from "./names.ts";
import { loadedBytes } from "./values.ts";
import { versionIn, versionOfLibrary, versionText } from "./version.ts";

describe("versions", () => {
  test.each([
    ["&&&& RUNNING TensorRT.trtexec [TensorRT v8401] # trtexec --help", "8.4.1"],
    ["&&&& RUNNING TensorRT.trtexec [TensorRT v8502] # trtexec", "8.5.2"],
    ["&&&& RUNNING TensorRT.trtexec [TensorRT v100001] # ./trtexec", "10.0.1"],
    ["&&&& RUNNING TensorRT.trtexec [TensorRT v101303] [b9] # ./trtexec --onnx=a.onnx", "10.13.3"],
    ["[08/17/2023-11:49:41] [I] TensorRT version: 8.6.1", "8.6.1"],
  ])("%s: %s", (line, version) => {
    expect(versionText(versionIn(line)!)).toBe(version);
  });

  test("of the library, where the program does not tell", () => {
    const names = ["libnvinfer.so", "libnvinfer.so.8", "libnvinfer.so.8.5.2", "libnvinfer_plugin.so.9.0.0"];
    expect(versionText(versionOfLibrary(names)!)).toBe("8.5.2");
    expect(versionOfLibrary(["libnvinfer.so"])).toBeUndefined();
  });
});

describe("the device", () => {
  /** In the form of TensorRT's samples/common/sampleDevice.cpp. */
  const LOG = `[08/17/2023-11:49:41] [I] === Device Information ===
[08/17/2023-11:49:41] [I] Available Devices: 
[08/17/2023-11:49:41] [I]   Device 0: "Orin" UUID: GPU-00000000-0000-0000-0000-000000000000
[08/17/2023-11:49:41] [I] Selected Device: Orin
[08/17/2023-11:49:41] [I] Compute Capability: 8.7
[08/17/2023-11:49:41] [I] SMs: 8`;

  test("is told in the log", () => {
    expect(gpuIn(LOG)).toEqual({ name: "Orin", computeCapability: "8.7" });
    expect(gpuIn("[I] Selected Device: Orin")).toBeUndefined();
    expect(gpuOfSmi("Orin (nvgpu), 8.7\n")).toEqual({ name: "Orin (nvgpu)", computeCapability: "8.7" });
    expect(gpuOfSmi("Orin (nvgpu), [N/A]\n")).toBeUndefined();
  });

  test("Jetson Linux by its release file", () => {
    const text =
      "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan\n";
    expect(jetsonLinuxOf(text)).toBe("36.4.3");
    expect(jetsonLinuxOf("")).toBeUndefined();
    expect(jetpackOf("1.2.3")).toBeUndefined();
  });

  test("JetPack by it, as the deployments have it", () => {
    for (const [jetpack, { l4t }] of Object.entries(JETPACKS)) expect(jetpackOf(l4t)).toBe(jetpack);
  });
});

describe("failures in trtexec's own words", () => {
  test("a node that the parser refuses, TensorRT 10.3", () => {
    // Form: a log of trtexec 10.3 for the decoder of MobileSAM, in public notes.
    const log = `&&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --onnx=d.onnx
[09/02/2024-17:35:22] [E] [TRT] ModelImporter.cpp:949: While parsing node number 146 [Tile -> "/Tile_output_0"]:
[09/02/2024-17:35:22] [E] [TRT] ModelImporter.cpp:950: --- Begin node ---
input: "/Unsqueeze_3_output_0"
input: "/Reshape_2_output_0"
output: "/Tile_output_0"
name: "/Tile"
op_type: "Tile"

[09/02/2024-17:35:22] [E] [TRT] ModelImporter.cpp:951: --- End node ---
[09/02/2024-17:35:22] [E] [TRT] ModelImporter.cpp:954: ERROR: ModelImporter.cpp:195 In function parseNode:
[6] Invalid Node - /Tile
ITensor::getDimensions: Error Code 4: Internal Error (/OneHot: an IIOneHotLayer cannot be used to compute a shape tensor)
[09/02/2024-17:35:22] [E] Failed to parse onnx file
[09/02/2024-17:35:22] [I] Finished parsing network model. Parse time: 0.0483808
[09/02/2024-17:35:22] [E] Parsing model failed
[09/02/2024-17:35:22] [E] Failed to create engine from model or file.
[09/02/2024-17:35:22] [E] Engine set up failed
&&&& FAILED TensorRT.trtexec [TensorRT v100300] # trtexec --onnx=d.onnx`;
    expect(failureIn(log, 1)).toEqual({
      kind: "model",
      layer: "/Tile (Tile)",
      message:
        "Invalid Node - /Tile; ITensor::getDimensions: Error Code 4: Internal Error (/OneHot: an IIOneHotLayer cannot be used to compute a shape tensor)",
    });
  });

  test("a layer that no kernel computes, TensorRT 8.6", () => {
    const log = `[E] Error[10]: Could not find any implementation for node {ForeignNode[(Unnamed Layer* 56) [Constant].../MatMul]}.
[E] Error[10]: [optimizer.cpp::computeCosts::3873] Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[(Unnamed Layer* 56) [Constant].../MatMul]}.)
[E] Engine could not be created from network
[E] Building engine failed`;
    expect(failureIn(log, 1)).toEqual({
      kind: "model",
      layer: "{ForeignNode[(Unnamed Layer* 56) [Constant].../MatMul]}",
      message:
        "Could not find any implementation for node {ForeignNode[(Unnamed Layer* 56) [Constant].../MatMul]}.",
    });
  });

  test("types that strong typing does not mix, TensorRT 11", () => {
    const log = `[09/25/2026-10:00:02] [E] [TRT] ITensor::getDimensions: Error Code 4: API Usage Error (/Sub: ElementWiseOperation SUB must have same input types. But they are of types Half and Float.)
[09/25/2026-10:00:02] [E] Failed to parse onnx file`;
    expect(failureIn(log, 1)).toMatchObject({ kind: "model", layer: "/Sub" });
  });

  test.each([
    ["[E] Unknown option: --int8", 1, "option", "Unknown option: --int8"],
    ["Cuda failure: operation not supported", 1, "device", "Cuda failure: operation not supported"],
    [
      "trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open",
      127,
      "device",
      "libnvinfer.so.10",
    ],
    [
      "[E] Error[2]: [x.cpp::y::1] Error Code 2: OutOfMemory (Requested size was 1 bytes.)",
      1,
      "memory",
      "OutOfMemory",
    ],
    ["", 137, "memory", "it was ended by signal 9"],
    ["", 3, "model", "it ended with status 3 and said nothing"],
    ["[E] Engine set up failed", 1, "model", "Engine set up failed"],
  ] as const)("%s (%i): %s", (log, code, kind, message) => {
    expect(failureIn(log, code)).toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  test("whatever it prints, there is a message", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "[E] ",
        "[TRT] [E] x",
        "[1:2] [E] [TRT] While parsing node number 1 [",
        'name: "',
        "&&&& FAILED",
      ),
    );
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 0, max: 255 }), (lines, code) => {
        const { message } = failureIn(lines.join("\n"), code);
        expect(message.length).toBeLessThan(700);
      }),
    );
  });
});

describe("what it exports", () => {
  const ports = [
    { name: "scores", type: "float" },
    { name: "ids", type: "int64" },
  ] as const;
  /** In the form of TensorRT's samples/common/sampleReporting.cpp: not JSON, where a value is not finite. */
  const TEXT = `[
  { "name" : "scores"
  , "dimensions" : "1x2x2"
  , "values" : [ 1.5, -nan, inf, -inf ]
  }
, { "name" : "ids"
  , "dimensions" : "2"
  , "values" : [ 3, -4 ]
  }
]`;

  test("outputs, values that are no numbers too", () => {
    const { scores, ids } = outputsIn(TEXT, ports);
    expect(scores).toMatchObject({ type: "float", dims: [1, 2, 2] });
    expect(Array.from<unknown>(scores!.data)).toEqual([1.5, Number.NaN, Infinity, -Infinity]);
    expect(ids).toEqual({ type: "int64", dims: [2], data: BigInt64Array.of(3n, -4n) });
  });

  test("names that look like numbers stay names", () => {
    const text = '[{ "name" : "nan[inf]", "dimensions" : "", "values" : [ nan ] }]';
    expect(outputsIn(text, [{ name: "nan[inf]", type: "float" }])).toHaveProperty(["nan[inf]", "dims"], []);
  });

  test.each([
    ["cut off", TEXT.slice(0, 60)],
    ["of another size", TEXT.replace("1x2x2", "1x3x2")],
    ["absurd dimensions", TEXT.replace("1x2x2", "1x-2x2")],
    ["without an output", TEXT.replace('"ids"', '"other"')],
    ["integers that are none", TEXT.replace("-4", "nan")],
    ["another form", "{}"],
  ])("%s: said what is wrong", (_, text) => {
    expect(() => outputsIn(text, ports)).toThrow("cannot be read");
  });

  test.each([
    ["TensorRT 8 to 11", '"h2dMs" : 0.1, "computeMs" : 2, "d2hMs" : 0.2, "latencyMs" : 2.3', 2.3, "latency"],
    ["TensorRT 7", '"inMs" : 0.5, "computeMs" : 2, "outMs" : 0.25, "endToEndMs" : 4', 2.75, "latency"],
    ["points in time", '"startComputeMs" : 10.5, "endComputeMs" : 12.5', 2, "compute"],
  ] as const)("times, %s", (_, fields, ms, of) => {
    const { ms: found, of: kind } = timesIn(`[\n  { ${fields} }\n, { ${fields} }\n]\n`);
    expect(found.map((value) => Math.round(value * 1e6) / 1e6)).toEqual([ms, ms]);
    expect(kind).toBe(of);
  });

  test("times of a form that is not known are refused with their fields", () => {
    expect(() => timesIn('[{"newMs": 1, "olderMs": 2}]')).toThrow("newMs, olderMs");
    expect(() => timesIn("[]")).toThrow("it has no runs");
    expect(() => timesIn('[{"latencyMs": -1}]')).toThrow("latencyMs");
  });

  test("whatever is there, it is read or refused", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("[", "]", "{", "}", '"', "nan", "-inf", '"values" : [', ","),
    );
    const mutated = fc
      .tuple(fc.nat(TEXT.length), fc.nat(TEXT.length), piece)
      .map(([from, length, text]) => TEXT.slice(0, from) + text + TEXT.slice(from + length));
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.array(piece).map((pieces) => pieces.join("")),
        ),
        (text) => {
          for (const read of [() => outputsIn(text, ports), () => timesIn(text)]) {
            try {
              read();
            } catch (thrown) {
              expect(thrown).toBeInstanceOf(ExpectedError);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("names and values on the command line", () => {
  test("a colon is quoted, what cannot be said is refused", () => {
    expect(trtexecName("Input:0")).toBe("'Input:0'");
    for (const name of ["a,b", "it's", 'a"b', "a\\b", "a\nb"])
      expect(() => checkTrtexecName(name)).toThrow("trtexec");
  });

  test("inputs and shapes are lists", () => {
    const args = runArguments({
      engineFile: "/e",
      inputs: new Map([
        ["x", "input-0.bin"],
        ["y:0", "input-1.bin"],
      ]),
      shapes: new Map([["y:0", [1, 3]]]),
      iterations: 2,
      outputFile: "o",
      timesFile: "t",
    });
    expect(args).toContain("--loadInputs=x:input-0.bin,'y:0':input-1.bin");
    expect(args).toContain("--shapes='y:0':1x3");
  });

  test("integers of 64 bits are given as 32 to versions that have no others", () => {
    const value = { type: "int64", dims: [2], data: BigInt64Array.of(1n, -2n) } as const;
    const version = (major: number) => ({ major, minor: 0, patch: 0 });
    expect(loadedBytes("x", value, version(8))).toEqual(new Uint8Array(Int32Array.of(1, -2).buffer));
    expect(loadedBytes("x", value, version(10))).toHaveLength(16);
    const large = { ...value, data: BigInt64Array.of(1n, 2n ** 40n) };
    expect(() => loadedBytes("x", large, version(8))).toThrow("32 bits");
  });
});
