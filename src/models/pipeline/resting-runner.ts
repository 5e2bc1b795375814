import type { Runner } from "../validate/runner.ts";

/**
 * A runner that is opened, so that what is wrong with the model is known, and closed again until something is to be run: what
 * takes the memory of a large model in between finds it free.
 */
export async function restingRunner(open: () => Promise<Runner>): Promise<Runner> {
  const probe = await open();
  await probe.close();
  const { name, machine, bytes } = probe;
  let opened: Promise<Runner> | undefined;
  const awake = (): Promise<Runner> => {
    opened ??= open();
    return opened;
  };
  return {
    name,
    machine,
    bytes,
    run: async (feeds) => (await awake()).run(feeds),
    peakMemory: async () => (await awake()).peakMemory?.(),
    close: async () => (await opened)?.close(),
  };
}
