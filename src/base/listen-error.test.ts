import { expect, test } from "bun:test";
import { listenError } from "./listen-error.ts";

const failed = (code: string) => Object.assign(new Error("listen failed"), { code });
const settings = { host: "HEALTH_HOST or [server] host", port: "HEALTH_PORT or [server] port" };

test("a port that is taken: what to stop, and where to choose another", () => {
  const { message, hint } = listenError(failed("EADDRINUSE"), "0.0.0.0", 8080, settings);
  expect(message).toBe("port 8080 on 0.0.0.0 is already in use");
  expect(hint).toBe(
    "Stop the program that listens there, or choose another port with HEALTH_PORT or [server] port (0 takes any free one).",
  );
});

test("each names the setting that mends it", () => {
  expect(listenError(failed("EACCES"), "0.0.0.0", 80, settings).hint).toContain("with HEALTH_PORT");
  expect(listenError(failed("EADDRNOTAVAIL"), "10.9.9.9", 80, settings).hint).toContain("with HEALTH_HOST");
  expect(listenError(failed("EWHATEVER"), "10.9.9.9", 80, settings)).toMatchObject({
    message: "port 80 on 10.9.9.9 cannot be used: listen failed",
    hint: "Check the address, or choose 127.0.0.1 with HEALTH_HOST or [server] host.",
  });
});

test("without settings it still says what to do", () => {
  expect(listenError(failed("EADDRINUSE"), "::1", 1883).hint).toBe(
    "Stop the program that listens there, or choose another port (0 takes any free one).",
  );
});
