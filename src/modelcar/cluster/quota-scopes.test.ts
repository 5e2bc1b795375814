import { expect, test } from "bun:test";
import { countsServing } from "./quota-scopes.ts";

const of = (...scopes: string[]) => countsServing({ scopes });
const byClass = (operator: string, values?: string[]) =>
  countsServing({ scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values }] } });

test("a quota without scopes, and those that hold a pod that serves, count it", () => {
  expect(countsServing(undefined).is).toBe("yes");
  expect(of("NotTerminating", "NotBestEffort").is).toBe("yes");
  expect(byClass("DoesNotExist").is).toBe("yes");
  expect(byClass("NotIn", ["low"]).is).toBe("yes");
});

test("pods with a deadline, or that ask for no memory, are others; all scopes must match", () => {
  for (const scope of ["Terminating", "BestEffort", "CrossNamespacePodAffinity", "VolumeAttributesClass"])
    expect([scope, of("NotTerminating", scope).is]).toEqual([scope, "no"]);
  expect(of("SomethingNew", "Terminating").is).toBe("no");
});

test("a priority class is told by its name, a scope that is not known as that", () => {
  expect(byClass("In", ["high", "higher"])).toEqual({
    is: "priority",
    what: "priority class high or higher",
  });
  expect(byClass("Exists")).toEqual({ is: "priority", what: "a priority class" });
  expect(of("PriorityClass")).toEqual({ is: "priority", what: "a priority class" });
  expect(of("PriorityClass", "SomethingNew")).toEqual({ is: "unknown", what: "SomethingNew" });
});
