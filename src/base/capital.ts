/** The text with its first letter as a capital, as sentences and headings begin. */
export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
