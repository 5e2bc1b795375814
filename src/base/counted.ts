/** How many of what, in words: "1 layer", "2 layers". For nouns whose plural only takes an s. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
