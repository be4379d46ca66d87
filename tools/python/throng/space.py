"""Agents in space for ParaView: XDMF 2 beside the file of results, no values copied."""
from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import h5py
import numpy as np

from .errors import InputError

if TYPE_CHECKING:
    from .files import Column
    from .runs import Run


def to_xdmf(run: Run, path: str | os.PathLike[str], kind: str | None = None, replicate: int | None = None) -> None:
    """Writes an entry for ParaView: one time for each snapshot of a kind whose rows have coordinates
    (points of a plane or cells of a grid), all columns of numbers as attributes. It points into
    results.h5 and has to stay where it finds that; points of a plane have a third coordinate, all
    zeros, in a small file of its own beside it."""
    if Path(path).suffix.lower() not in (".xdmf", ".xmf"):
        raise InputError(f"{path}: ends neither in .xdmf nor in .xmf, by which readers know it. Name such a file.")
    chosen, group = run.agents_in(kind, replicate)
    about = dict(run.results.file[f"agents/{chosen}"].attrs) | dict(run.results.file[group].attrs)
    if "space" not in about:
        raise InputError(f"{run.path}: '{chosen}' has no coordinates (it is nowhere in space). Use run.snapshot().")
    file = Path(path)
    h5 = os.path.relpath(run.results.path.resolve(), file.resolve().parent)
    steps = run.snapshot_steps(chosen, replicate)
    zeros = file.name + ".h5"
    if str(about["space"]) == "plane":
        counts = {run.results.columns(f"{group}/snapshots/{step:08d}")[0].data.shape[0] for step in steps}
        with h5py.File(file.with_name(zeros), "w") as beside:
            for rows in sorted(counts):
                beside.create_dataset(f"zeros{rows}", shape=(rows,), dtype="f4", data=np.zeros(rows, "f4"),
                                      compression="gzip" if rows else None)
    grids = [_grid(run, group, step, about, h5, zeros) for step in steps]
    file.write_text('<?xml version="1.0"?>\n<Xdmf Version="2.0"><Domain><Grid Name="snapshots" GridType="Collection" '
                    'CollectionType="Temporal">\n' + "".join(grids) + "</Grid></Domain></Xdmf>\n", encoding="utf-8")


def _grid(run: Run, group: str, step: int, about: dict[str, object], h5: str, zeros: str) -> str:
    sets = [f"{group}/snapshots/{step:08d}", f"{group}/static"]
    columns = [column for one in sets for column in run.results.columns(one) if column.data.dtype != object]
    rows = int(columns[0].data.shape[0])
    if str(about["space"]) == "plane":
        named = {column.name: column for column in columns}
        x, y = named[str(about["x_column"])], named[str(about["y_column"])]
        shape = (f'<Topology TopologyType="Polyvertex" NumberOfElements="{rows}"/><Geometry GeometryType="X_Y_Z">'
                 f'{_data(x, h5, str(rows))}{_data(y, h5, str(rows))}{_zeros(rows, zeros)}</Geometry>')
        center, cells = "Node", str(rows)
    else:
        width, height = int(float(str(about["width"]))), int(float(str(about["height"])))
        # One layer of cubes: of a mesh without thickness VTK reads no cells.
        shape = (f'<Topology TopologyType="3DCoRectMesh" Dimensions="2 {height + 1} {width + 1}"/>'
                 '<Geometry GeometryType="ORIGIN_DXDYDZ"><DataItem Dimensions="3" Format="XML">0 0 0</DataItem>'
                 '<DataItem Dimensions="3" Format="XML">1 1 1</DataItem></Geometry>')
        center, cells = "Cell", f"1 {height} {width}"
    attributes = "".join(f'<Attribute Name={quoteattr(column.name)} Center="{center}">{_data(column, h5, cells)}</Attribute>'
                         for column in columns)
    return f'<Grid Name="step {step}"><Time Value="{step}"/>{shape}{attributes}</Grid>\n'


def _zeros(rows: int, file: str) -> str:
    return (f'<DataItem Dimensions="{rows}" NumberType="Float" Precision="4" Format="HDF">'
            f'{quoteattr(file)[1:-1]}:/zeros{rows}</DataItem>')


def _data(column: Column, h5: str, shape: str) -> str:
    """`shape`: what a reader takes the values as, which stand in one row in the file."""
    dtype = np.dtype(column.data.dtype.str)
    words = {"f": "Float", "u": "UInt", "i": "Int"}[dtype.kind]
    if dtype == np.uint8:
        words = "UChar"
    place = quoteattr(f"{h5}:{column.data.name}")[1:-1]
    return f'<DataItem Dimensions="{shape}" NumberType="{words}" Precision="{dtype.itemsize}" Format="HDF">{place}</DataItem>'
