import { expect, test } from "bun:test";
import { defaultStateFolder, stateFolder } from "./state-folder.ts";

test("AGENT2389_DATA_DIR comes first; a relative one is taken from the working folder", () => {
  const env = { HOME: "/home/me", XDG_STATE_HOME: "/state" };
  expect(stateFolder({ ...env, AGENT2389_DATA_DIR: "/data" }, "/work")).toBe("/data");
  expect(stateFolder({ ...env, AGENT2389_DATA_DIR: "./data" }, "/work")).toBe("/work/data");
});

test("else it is below XDG_STATE_HOME, else below HOME; an empty variable counts as not set", () => {
  const home = "/home/me/.local/state/agent2389";
  expect(stateFolder({ HOME: "/home/me", XDG_STATE_HOME: "/state", AGENT2389_DATA_DIR: "" }, "/")).toBe(
    "/state/agent2389",
  );
  expect(stateFolder({ HOME: "/home/me", XDG_STATE_HOME: "" }, "/")).toBe(home);
  // XDG Base Directory Specification: "paths set in these environment variables must be absolute".
  expect(defaultStateFolder({ HOME: "/home/me", XDG_STATE_HOME: "state" })).toBe(home);
});

test("with none of them there is no folder, and what to do is told", () => {
  for (const env of [{}, { HOME: "" }, { HOME: "relative" }]) {
    expect(() => stateFolder(env, "/work")).toThrow("there is no folder for data");
  }
});
