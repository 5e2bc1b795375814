import { expect, test } from "bun:test";
import { runtimeOfImage } from "./image.ts";
import { compareVersions, isAtLeast } from "./version.ts";

test("versions are compared as numbers, what follows them does not count", () => {
  expect(compareVersions("0.10.0", "0.9.2")).toBeGreaterThan(0);
  expect(compareVersions("0.8.5.post1", "0.8.5")).toBe(0);
  expect(compareVersions("v0.11.0", "0.11.0rc2")).toBe(0);
  expect(isAtLeast("0.10.1.1", "0.10.1")).toBe(true);
  expect(isAtLeast(undefined, "0.1.0")).toBeUndefined();
  expect(isAtLeast("latest", "0.1.0")).toBeUndefined();
});

test.each([
  ["docker.io/vllm/vllm-openai:v0.11.0", "0.11.0", "cuda"],
  ["quay.io/example/vllm:rhoai-2.20-rocm-vllm-0.8.4", "0.8.4", "rocm"],
  ["registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.0.0", "0.8.4", "cuda"],
  ["registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.2.5-1766067105", "0.11.2", "cuda"],
  ["registry.redhat.io/rhaiis/vllm-rocm-rhel9:3.3", "0.13.0", "rocm"],
  ["quay.io/modh/vllm:rhoai-2.25-cuda", "0.10.1.1", "cuda"],
  ["registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.2.3", undefined, "cuda"],
  ["registry.redhat.io/rhaiis/vllm-cuda-rhel9:9.9.0", undefined, "cuda"],
  ["quay.io/example/other:3.3", undefined, undefined],
  ["registry.corp/ml/inference-gateway:0.3.1", undefined, undefined],
  ["registry.corp/ml/serving:0.3.1-vllm-0.10.2", "0.10.2", undefined],
  ["registry.corp:5000/ml/vllm-custom:0.11.0", "0.11.0", undefined],
  ["vllm/vllm-openai:v1.0.0", "1.0.0", "cuda"],
  ["vllm-openai:v0.11.0", "0.11.0", "cuda"],
  ["quay.io/example/vllm:latest", undefined, undefined],
  ["localhost:5000/vllm-gaudi@sha256:ab", undefined, "gaudi"],
] as const)("%s carries vLLM %p for %p", (image, version, platform) => {
  expect(runtimeOfImage(image)).toMatchObject({ version, platform });
});
