/** Preloaded before main.ts by a test: SIGUSR1 and SIGUSR2 are two errors that nothing catches. */
process.on("SIGUSR1", () => {
  throw new Error("nobody caught this");
});
process.on("SIGUSR2", () => {
  void Promise.reject(new Error("nobody awaited this"));
});
