"""python3 -m throng report|watch|export: what these commands of `throng` start."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .errors import CommandError, DamagedError, InputError, ThrongError

BAD_INPUT, ABSENT, DAMAGED = 65, 69, 74


def report(arguments: argparse.Namespace) -> int:
    from . import report as reports
    from .runs import Run
    from .sweep import Sweep
    paths = [Path(path) for path in arguments.run]
    if len(paths) == 1 and (paths[0] / "results.csv").exists():
        written = reports.write(Sweep(paths[0]), arguments.output, arguments.title)
    elif len(paths) == 1:
        written = reports.write(Run(paths[0]), arguments.output, arguments.title)
    else:
        written = reports.write([Run(path) for path in paths], arguments.output, arguments.title)
    print(f"{written}: {written.stat().st_size / 1e6:.1f} MB, opens in any browser")
    return 0


def watch(arguments: argparse.Namespace) -> int:
    from .watch import watch as look
    return look(Path(arguments.run), arguments.every, arguments.once)


def export(arguments: argparse.Namespace) -> int:
    from . import neighborhoods, space
    from .runs import Run
    run = Run(arguments.run)
    if arguments.xdmf:
        space.to_xdmf(run, arguments.output, arguments.xdmf, arguments.replicate)
    elif Path(arguments.output or "").suffix.lower() in (".geojson", ".json"):
        if arguments.replicate is None and len(run.seeds) > 1:
            raise InputError(f"{arguments.output}: holds one seed (the run has {len(run.seeds)}). Give one of them as "
                             "--replicate, or write CSV, which holds all.")
        neighborhoods.to_geojson(neighborhoods.by_neighborhood(run, arguments.step, arguments.replicate), arguments.output)
    elif arguments.replicate is None:
        neighborhoods.to_csv(neighborhoods.of_all_seeds(run, arguments.step), arguments.output or sys.stdout)
    else:
        neighborhoods.to_csv(neighborhoods.by_neighborhood(run, arguments.step, arguments.replicate),
                             arguments.output or sys.stdout)
    return 0


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="throng", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="report|watch|export")
    one = commands.add_parser("report", help="one HTML file of a run, of a sweep, or of several runs compared")
    one.add_argument("run", nargs="+", help="directory of a run or sweep; more runs: compared with the first")
    one.add_argument("-o", "--output", required=True, help="file to write")
    one.add_argument("--title", default="", help="what it is called; default: the scenario")
    one.set_defaults(command=report)
    two = commands.add_parser("watch", help="how far a run is, while it runs")
    two.add_argument("run", help="directory of a run")
    two.add_argument("--every", type=float, default=2.0, help="seconds between two looks")
    two.add_argument("--once", action="store_true", help="look once, and end")
    two.set_defaults(command=watch)
    three = commands.add_parser("export", help="neighborhoods as CSV or GeoJSON, agents in space for ParaView")
    three.add_argument("run", help="directory of a run, or a file of results")
    what = three.add_mutually_exclusive_group(required=True)
    what.add_argument("--neighborhoods", action="store_true", help="attack rate and unemployment by neighborhood")
    what.add_argument("--xdmf", metavar="KIND", help="all snapshots of a kind in space")
    three.add_argument("--step", type=int, help="of neighborhoods: which snapshot; default: the last")
    three.add_argument("--replicate", type=int, help="which of the seeds, from 0 on")
    three.add_argument("-o", "--output", help="file to write; of neighborhoods default: standard output")
    three.set_defaults(command=export)
    arguments = parser.parse_args(words)
    try:
        code: int = arguments.command(arguments)
        return code
    except InputError as error:
        print(f"throng: {error}", file=sys.stderr)
        return BAD_INPUT
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except (DamagedError, OSError) as error:
        print(f"throng: {error}", file=sys.stderr)
        return DAMAGED
    except ThrongError as error:
        print(f"throng: {error}", file=sys.stderr)
        return ABSENT


if __name__ == "__main__":
    sys.exit(main())
