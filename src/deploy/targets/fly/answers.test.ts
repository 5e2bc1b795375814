import { expect, test } from "bun:test";
import { ExpectedError } from "../../../base/errors.ts";
import {
  checkRegion,
  checkSize,
  countMachines,
  countVolumes,
  hasApp,
  hasPublicAddress,
  imageBefore,
  secretNames,
} from "./answers.ts";

const json = (value: unknown): string => JSON.stringify(value);

test("names are read as old and new versions of flyctl spell them", () => {
  expect(hasApp(json([{ Name: "hello" }]), "hello")).toBe(true);
  expect(hasApp(json([{ name: "hello-2" }]), "hello")).toBe(false);
  expect(hasApp("null", "hello")).toBe(false);
  expect(secretNames(json([{ name: "A" }, { Name: "B", Digest: "x" }]))).toEqual(["A", "B"]);
});

test("an answer that cannot be read is an error, not an empty list", () => {
  expect(() => hasApp("Error: no access token", "hello")).toThrow("fly did not answer with a list of apps");
  expect(() => secretNames("{}")).toThrow(ExpectedError);
});

test("an unknown region or size is told with the nearest one, or all", () => {
  const regions = json([{ code: "ams" }, { code: "fra" }, { Code: "sjc" }]);
  expect(checkRegion(regions, "fra")).toBeUndefined();
  expect(() => checkRegion(regions, "frs")).toThrow('Fly has no region "frs"');
  const hint = (call: () => unknown) => {
    try {
      call();
    } catch (error) {
      return error instanceof ExpectedError ? error.hint : error;
    }
  };
  expect(hint(() => checkRegion(regions, "frs"))).toBe("Did you mean fra?");
  expect(hint(() => checkRegion(regions, "zzz"))).toBe("There are: ams, fra, sjc");
  expect(hint(() => checkSize(json([{ name: "shared-cpu-1x" }]), "shared-cpu-3x"))).toBe(
    "Did you mean shared-cpu-1x?",
  );
});

test("volumes are counted by name and region", () => {
  const volumes = json([
    { name: "data", region: "fra" },
    { name: "data", region: "ams" },
    { name: "other", region: "fra" },
  ]);
  expect(countVolumes(volumes, { name: "data", region: "fra" })).toBe(1);
});

test("Machines of releases count, others do not", () => {
  const machines = json([
    { state: "started", config: { metadata: { fly_process_group: "app" } } },
    { state: "stopped", config: {} },
    { state: "destroyed", config: { metadata: { fly_process_group: "app" } } },
    { state: "started", config: { metadata: { fly_process_group: "console" } } },
  ]);
  expect(countMachines(machines)).toBe(2);
});

test("only addresses of the Internet are public", () => {
  expect(hasPublicAddress(json([{ Type: "shared_v4" }]))).toBe(true);
  expect(hasPublicAddress(json([{ Type: "private_v6" }]))).toBe(false);
});

test("the image before is that of the last good release with another one", () => {
  const releases = [
    { Version: 5, Status: "complete", ImageRef: "registry.fly.io/a:5" },
    { Version: 4, Status: "complete", ImageRef: "registry.fly.io/a:5" },
    { Version: 3, Status: "failed", ImageRef: "registry.fly.io/a:3" },
    { Version: 2, Status: "complete", ImageRef: "registry.fly.io/a:2" },
  ];
  expect(imageBefore(json(releases), "a")).toBe("registry.fly.io/a:2");
  expect(() => imageBefore(json(releases.slice(0, 3)), "a")).toThrow(
    "a has no earlier release with another image",
  );
});
