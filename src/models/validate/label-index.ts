import { ModelFileError } from "../onnx/model-error.ts";

/**
 * Which of the model's classes a label means: the label itself where all are numbers below the count of classes, else its
 * place in the list. Throws where the two do not match: an accuracy over the wrong classes would look like a broken model.
 */
export function labelIndex(labels: readonly string[], classes: number): (label: string) => number {
  if (labels.length > 0 && labels.every((label) => /^\d+$/.test(label) && Number(label) < classes))
    return Number;
  if (labels.length !== classes) {
    throw new ModelFileError(
      `the labels do not match the model: there are ${labels.length}, and it tells ${classes} classes apart`,
      {
        where: clipped(labels),
        hint: "Name the folders by the numbers of their classes (0, 1, …), or have one for every class, in the model's order.",
      },
    );
  }
  const places = new Map(labels.map((label, i) => [label, i]));
  return (label) => {
    const place = places.get(label);
    if (place !== undefined) return place;
    throw new ModelFileError(`there is no class "${label}"`, { where: clipped(labels) });
  };
}

const SHOWN = 10;

const clipped = (labels: readonly string[]): string =>
  labels.length > SHOWN
    ? `${labels.slice(0, SHOWN).join(", ")} and ${labels.length - SHOWN} more`
    : labels.join(", ");
