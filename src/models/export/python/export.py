# From a model to an ONNX file, by what this version of PyTorch has.
import warnings

OPSET = 17  # the last that PyTorch's exporter by tracing knows in all versions from 1.13


def export_yolo():
    from ultralytics import YOLO

    options = {"format": "onnx", "opset": OPSET, "simplify": False}
    if shapes:
        options.update(imgsz=shapes[0][1][-2:], batch=shapes[0][1][0])
    undated(YOLO(source, task=None).export(**options))


def undated(file):
    """Moves it to where it belongs, without the time that Ultralytics writes into it: equal inputs give equal files."""
    import onnx

    model = onnx.load(file)
    kept = [entry for entry in model.metadata_props if entry.key != "date"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    onnx.save(model, target)


def export_program(torch, program):
    """As it is; and where that fails, or takes a package that is not there, by tracing it with the sizes of its example."""
    try:
        torch.onnx.export(program, (), target, dynamo=True)
    except Exception as error:
        print("exporting the program failed, trying to trace it: %s" % error, flush=True)
        inputs, named = program.example_inputs or ((), {})
        if named or not all(isinstance(value, torch.Tensor) for value in inputs):
            raise
        names = [each for each in program.graph_signature.user_inputs if isinstance(each, str)]
        sizes = [[None, list(value.shape)] for value in inputs]
        given = [tuple(dims) for _, dims in (ordered(shapes, names) or sizes)]
        made = tuple(torch.zeros(dims, dtype=value.dtype) for dims, value in zip(given, inputs))
        options = {"input_names": names[: len(made)], "training": torch.onnx.TrainingMode.PRESERVE}
        return by_tracing(torch, program.module(), made, options)


def export_module(torch, model):
    """By tracing, and where that fails by torch.export. Gives what PyTorch says against the trace."""
    known = parameters(model)
    given = ordered(shapes, known)
    inputs = examples(torch, model, given)
    options = {"input_names": input_names(given, known)}
    try:
        return by_tracing(torch, model, inputs, options)
    except ModuleNotFoundError:
        raise
    except Exception as error:
        if "dynamo" not in inspect.signature(torch.onnx.export).parameters:
            raise
        print("tracing failed, trying torch.export: %s" % error, flush=True)
        return by_torch_export(torch, model, inputs, options, error)


def by_tracing(torch, model, inputs, options):
    new = "dynamo" in inspect.signature(torch.onnx.export).parameters
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.onnx.export(model, inputs, target, opset_version=OPSET, **options, **({"dynamo": False} if new else {}))
    return [
        "%s:%d" % (warning.filename, warning.lineno)
        for warning in caught
        if warning.category.__name__ == "TracerWarning" and "Python boolean" in str(warning.message)
    ]


def by_torch_export(torch, model, inputs, options, before):
    try:
        torch.onnx.export(model, inputs, target, dynamo=True, **options)
    except Exception as error:
        print("torch.export failed too: %s" % error, flush=True)
        raise before
