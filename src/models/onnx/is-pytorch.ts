/** Whether a file is one of PyTorch's, by its name. */
export const isPyTorch = (file: string): boolean => /\.(pt|pth|pt2|torchscript)$/i.test(file);
