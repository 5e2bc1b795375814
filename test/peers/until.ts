/** Waits for a condition of the outside world (a process, a socket) by asking again, at most `ms`. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  ms = 15_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await Bun.sleep(5);
  }
}
