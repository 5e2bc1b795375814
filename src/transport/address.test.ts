import { expect, test } from "bun:test";
import { brokerAddress } from "./address.ts";

test.each(["bob:hunter2@host:1883", "mqtt://bob:hunter2@[::1", "http://bob:hunter2@host", "bob:hunter2@a@b"])(
  "%p is no address, and its password is not told",
  (url) => {
    expect(() => brokerAddress(url)).toThrow(/…@.*" is not a broker address/);
    expect(() => brokerAddress(url)).not.toThrow(/hunter2/);
  },
);
