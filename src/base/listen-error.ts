import { ExpectedError, errorCode, toError } from "./errors.ts";

const KNOWN: Record<string, { fact: string; hint: string }> = {
  EADDRINUSE: {
    fact: "is already in use",
    hint: "Stop the program that listens there, or choose another port (0 takes any free one).",
  },
  EACCES: {
    fact: "may not be used",
    hint: "Choose a port above 1023, or run with the right to use this one.",
  },
  EADDRNOTAVAIL: {
    fact: "cannot be used: that is no address of this machine",
    hint: "Choose an address of this machine, as 127.0.0.1, or 0.0.0.0 for all of them.",
  },
};

/** What to tell a person when a server cannot listen. */
export function listenError(error: unknown, host: string, port: number): ExpectedError {
  const { fact, hint } = KNOWN[errorCode(error) ?? ""] ?? {
    fact: `cannot be used: ${toError(error).message}`,
    hint: "Check the address, or choose 127.0.0.1.",
  };
  return new ExpectedError(`port ${port} on ${host} ${fact}`, { hint, cause: error });
}
