/** Someone asked the program to stop: a signal, or the reader of its output went away. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(readonly by: "SIGINT" | "SIGTERM" | "SIGHUP" | "EPIPE") {
    super(`interrupted by ${by}`);
  }
}
