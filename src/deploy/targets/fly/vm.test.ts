import { expect, test } from "bun:test";
import type { AgentPlan } from "../../plan.ts";
import { externalBrokerPlans } from "../../plans.fixture.ts";
import { flyVm } from "./vm.ts";

const agent = externalBrokerPlans.minimal.agents[0]!;
const limits = (cpu: string, memory: string): AgentPlan => ({
  ...agent,
  resources: { ...agent.resources, limits: { cpu, memory } },
});

test.each([
  ["500m", "1Gi", { cpu_kind: "shared", cpus: 1, memory: "1024mb" }],
  ["100m", "64Mi", { cpu_kind: "shared", cpus: 1, memory: "256mb" }],
  ["1", "1100Mi", { cpu_kind: "shared", cpus: 1, memory: "1280mb" }],
  ["1500m", "1Gi", { cpu_kind: "shared", cpus: 2, memory: "1024mb" }],
  ["500m", "3Gi", { cpu_kind: "shared", cpus: 2, memory: "3072mb" }],
  ["3", "256Mi", { cpu_kind: "shared", cpus: 4, memory: "1024mb" }],
  ["8", "16Gi", { cpu_kind: "shared", cpus: 8, memory: "16384mb" }],
  ["1", "17Gi", { cpu_kind: "performance", cpus: 4, memory: "17408mb" }],
  ["12", "1Gi", { cpu_kind: "performance", cpus: 16, memory: "32768mb" }],
  ["1", "128Gi", { cpu_kind: "performance", cpus: 16, memory: "131072mb" }],
  ["17", "1Gi", undefined],
  ["1", "129Gi", undefined],
] as const)("%s CPUs and %s: the smallest Machine that holds them", (cpu, memory, expected) => {
  expect(flyVm(limits(cpu, memory))).toEqual(expected as never);
});

test("a size that is asked for comes before the limits", () => {
  const settings = { ...agent.settings, fly: { ...agent.settings.fly, vm_size: "performance-2x" } };
  expect(flyVm({ ...limits("1", "1Gi"), settings })).toEqual({ size: "performance-2x" });
});
