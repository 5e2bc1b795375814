"""Writes the files beside it into the working folder, by the PyTorch that runs it: python make.py"""

import os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tiny, torch

torch.manual_seed(0)
model = tiny.Tiny().eval()
example = torch.zeros(1, 3, 8, 8)
torch.save(model, "module.pt")
torch.save(model, "module-legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "model": torch.nn.DataParallel(tiny.Tiny().half())}, "checkpoint.pt")
torch.save(model.state_dict(), "weights.pth")
torch.save({"epoch": 3, "state_dict": model.state_dict(), "best": 0.5}, "weights-training.pth")
torch.save(model.state_dict(), "weights-legacy.pth", _use_new_zipfile_serialization=False)
torch.jit.script(model).save("scripted.pt")
torch.jit.trace(model, example).save("traced.torchscript")
torch.jit.script(tiny.Writes()).save("writes.pt")
torch.export.save(torch.export.export(model, (example,)), "program.pt2")
torch.save(tiny.Tokens(), "tokens.pt")
torch.save(tiny.Branches(), "branches.pt")
torch.save(tiny.Unknown(), "unknown.pt")
torch.save(tiny.Calls(), "calls.pt")
with open("cut.pt", "wb") as cut, open("module.pt", "rb") as whole:
    cut.write(whole.read()[:1000])
