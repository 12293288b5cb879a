#!/usr/bin/python3
"""What h5py, which knows nothing of Lockstep, sees in tests/files: prints tests/files/h5py.txt.

tests/reference/read_kept_files.py >tests/files/h5py.txt
"""

import pathlib

import h5py

FOLDER = pathlib.Path(__file__).parent.parent / "files"


def show(path, what, values):
    print(path.name, what, *(repr(float(value)) for value in values))


for path in sorted(FOLDER.glob("*.h5")):
    with h5py.File(path) as file:
        if path.name.startswith("checkpoint"):
            show(path, "history/cross_entropy", file["history/cross_entropy"])
            show(path, "model/output/W_o", file["model/output/W_o"][:].ravel()[:5])
        elif path.name.startswith("alignments"):
            begin = file["alpha/begin"]
            show(path, "alpha[7]", file["alpha/values"][begin[7] : begin[8]])
