const MAX_PACKET_ID = 65_535;

/** The packet ids of what is on the way to one client: each stands for one message (MQTT 3.1.1 §2.3.1). */
export function packetIds() {
  const used = new Set<number>();
  let last = 0;
  return {
    get size(): number {
      return used.size;
    },
    /** One that is free, and now is not; there must be one. */
    take(): number {
      do last = last === MAX_PACKET_ID ? 1 : last + 1;
      while (used.has(last));
      used.add(last);
      return last;
    },
    /** This one is in use since an earlier connection. */
    reserve: (id: number): void => void used.add(id),
    /** False when it was not in use. */
    free: (id: number): boolean => used.delete(id),
  };
}
