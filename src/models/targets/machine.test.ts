import { expect, test } from "bun:test";
import { cpuFeatures, machineLine, thisMachine } from "./machine.ts";

test("instruction sets are those of the first processor", () => {
  const x86 =
    "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512_vnni\n\nprocessor\t: 1\nflags\t\t: fpu\n";
  expect(cpuFeatures(x86)).toEqual(new Set(["fpu", "avx2", "avx512_vnni"]));
  expect(cpuFeatures("processor\t: 0\nFeatures\t: fp asimd asimddp\n")).toEqual(
    new Set(["fp", "asimd", "asimddp"]),
  );
  expect(cpuFeatures("")).toEqual(new Set());
});

test("this machine has a name and threads", async () => {
  const machine = await thisMachine();
  expect(machine.threads).toBeGreaterThan(0);
  expect(machineLine(machine)).toMatch(/^\S.*, \d+ threads?$/);
});
