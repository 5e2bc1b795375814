/** Values that have to have one scale: disjoint sets (Galler and Fischer 1964). */
export interface ScaleGroups {
  join(a: string, b: string): void;
  /** The same name for all of a group. */
  rootOf(value: string): string;
}

export function scaleGroups(): ScaleGroups {
  const parents = new Map<string, string>();
  const rootOf = (value: string): string => {
    let root = value;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    for (let at = value; at !== root; ) {
      const next = parents.get(at)!;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  return {
    rootOf,
    join(a, b) {
      const [to, from] = [rootOf(a), rootOf(b)];
      if (to !== from) parents.set(from, to);
    },
  };
}
