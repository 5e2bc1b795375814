import { describe, expect, test } from "bun:test";
import { maskedArguments, secretValues, withoutApiKeys } from "./arguments.ts";
import { maskedEntry } from "./entry.ts";
import { maskedReference, maskedText } from "./text.ts";
import { maskedYaml } from "./yaml.ts";

describe("arguments", () => {
  test.each([
    [
      ["--api-key=a", "--api_key", "b"],
      ["--api-key=[redacted]", "--api_key", "[redacted-2]"],
      ["a", "b"],
    ],
    [
      ["--api-key=a", "--api-key=a"],
      ["--api-key=[redacted]", "--api-key=[redacted]"],
      ["a", "a"],
    ],
    [
      ["--api-key", "a", "b", "--host", "c"],
      ["--api-key", "[redacted]", "[redacted-2]", "--host", "c"],
      ["a", "b"],
    ],
    [["--api-key a b"], ["--api-key [redacted]"], ["a b"]],
    [["--api-key", "-a"], ["--api-key", "[redacted]"], ["-a"]],
  ])("%j", (args, masked, values) => {
    expect(maskedArguments(args)).toEqual(masked);
    expect(secretValues(args)).toEqual(values);
    expect(maskedArguments(masked)).toEqual(masked);
    expect(secretValues(masked)).toEqual([]);
  });

  test.each([
    [
      ["--api-key", "a", "b", "--port=1", "--hf-token=t"],
      ["--port=1", "--hf-token=t"],
    ],
    [
      ["-q", "--api_key=a", "-x", "y"],
      ["-q", "-x", "y"],
    ],
    [
      ["--api-key a", "--port", "1"],
      ["--port", "1"],
    ],
  ])("%j without the keys of the server", (args, left) => expect(withoutApiKeys(args)).toEqual(left));

  test("what is no secret stays as it is", () => {
    const args = [
      ...[
        "--max-model-len=8192",
        "--tokenizer=org/model",
        "--long-prefill-token-threshold",
        "5",
        "--ssl-keyfile=k.pem",
      ],
      ...['--hf-overrides={"rope_scaling":{"rope_type":"yarn","factor":4.0}}', "--enable-lora", "-tp", "2"],
      ...["--served-model-name={{.Name}}", "--chat-template=/a/b.jinja", "--trust-remote-code"],
    ];
    expect(maskedArguments(args)).toEqual(args);
  });
});

describe("references", () => {
  test.each([
    ["oci://bob:p@host:5000/a/b:1", "oci://[redacted]@host:5000/a/b:1"],
    ["oci://bob:p@ss/w@host/a@sha256:0a", "oci://[redacted]@host/a@sha256:0a"],
    ["bob:p@host/a/b:1", "[redacted]@host/a/b:1"],
    ["hf://token@org/model", "hf://[redacted]@org/model"],
    ["oci://host/a/b:1?sig=x", "oci://host/a/b:1?[redacted]"],
  ])("%s", (text, shown) => {
    expect(maskedReference(text)).toBe(shown);
    expect(maskedReference(shown)).toBe(shown);
  });

  test.each([
    "oci://host:5000/a/b:1",
    "oci://host/a/b@sha256:0a",
    "ubuntu@sha256:0a",
    "hf://org/model@v1",
    "hf://org/model@refs/pr/1",
    "./folder/file-Q4_K_M.gguf",
    "/a@b/c",
  ])("%s holds none", (text) => expect(maskedReference(text)).toBe(text));
});

test("sentences stay whole", () => {
  for (const text of [
    "the key is missing",
    "the key name is not known; did you mean image?",
    "--max-model-len=8192 is more than the model's own limit",
    "it was given more than once in m; vLLM takes the last",
  ])
    expect(maskedText(text)).toBe(text);
});

test("an entry without secrets decides as it did", () => {
  const entry = { outputType: undefined, gpuCount: 2, line: 1, name: "m", image: "oci://h/a:1" };
  const args = ["--max-model-len=8192", "--api-key", "x"];
  const masked = maskedEntry({ ...entry, args });
  expect(masked).toEqual({
    ...entry,
    args: ["--max-model-len=8192", "--api-key", "[redacted]"],
    masked: true,
  });
  expect(maskedEntry(masked)).toBe(masked);
});

test("the text of a file keeps its form", () => {
  const text = `# was --api-key=old
x: &k abc
model-car:
  - name: m # its name
    image: oci://host/a/b:1
    serving_arguments: { args: ["--api-key", *k, '--hf-token=it''s', "--max-model-len=5"] } # abc, abcd
env:
  - { name: HF_TOKEN, value: xyz }
password: "p q"
`;
  expect(maskedYaml(text)).toBe(`# was --api-key=[redacted]
x: &k "[redacted]"
model-car:
  - name: m # its name
    image: oci://host/a/b:1
    serving_arguments: { args: ["--api-key", *k, "--hf-token=[redacted-2]", "--max-model-len=5"] } # [redacted], abcd
env:
  - { name: HF_TOKEN, value: "[redacted]" }
password: "[redacted]"
`);
});
