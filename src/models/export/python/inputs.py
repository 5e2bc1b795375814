# What a model is run with while it is exported.
import inspect, itertools

MOST_MIXED = 3  # inputs of which each is tried as fractions and as whole numbers


def parameters(model):
    try:
        return [argument.name for argument in model.forward.schema.arguments[1:]]  # TorchScript
    except AttributeError:
        return list(inspect.signature(model.forward).parameters)


def ordered(shapes, known):
    """Shapes in the order that the model takes them, where all are named by its own names."""
    names = [name for name, _ in shapes]
    return sorted(shapes, key=lambda shape: known.index(shape[0])) if all(name in known for name in names) else shapes


def input_names(shapes, known):
    if len(shapes) == 1:
        return [shapes[0][0] or "input"]
    return [name or (known[i] if i < len(known) else "input%d" % i) for i, (name, _) in enumerate(shapes)]


def examples(torch, model, shapes):
    """Inputs of these shapes that the model runs with: fractions, or whole numbers (of tokens) where it takes only these."""
    types = (torch.float32, torch.int64)
    count = len(shapes)
    kinds = itertools.product(types, repeat=count) if count <= MOST_MIXED else ((each,) * count for each in types)
    first = None
    for kind in kinds:
        inputs = tuple(torch.zeros(dims, dtype=dtype) for (_, dims), dtype in zip(shapes, kind))
        try:
            with torch.no_grad():
                model(*inputs)
            return inputs
        except Exception as error:
            first = first or error
    fail("inputs", first)
