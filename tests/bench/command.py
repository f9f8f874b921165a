"""The command ``python -m tests.bench``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import child
from tests.bench.cases import CASES, GROUPS, plan_folders, published
from tests.bench.context import Context
from tests.bench.data_sets import ROOT, MissingData
from tests.bench.environment import environment
from tests.bench.page import PAGE, write_page
from tests.bench.report import target_lines, write_results
from tests.bench.results import CaseResult

MINI = Path(__file__).parent / "mini"
COMPILE_LIMIT_S = 900.0
DEFAULT_OUT = ROOT / "workspace" / "bench"
TIME_LIMIT_S = 60.0
SEED = 1


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--seed", type=int, default=SEED, help=f"seed of every run (default {SEED})")
    shared.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, help="folder for results (default workspace/bench)"
    )
    shared.add_argument("--iterations", type=_positive_int, help="limit iterations instead of seconds")
    shared.add_argument("--write-page", action="store_true", help="put the results on docs/benchmarks.md")
    shared.add_argument("--page", type=Path, default=PAGE, help=argparse.SUPPRESS)
    limited = argparse.ArgumentParser(add_help=False)
    limited.add_argument("--time-limit", type=_positive, metavar="S", help="seconds for each")

    names = ", ".join([*GROUPS, *CASES])
    command = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = command.add_subparsers(dest="part", required=True)
    cases = parts.add_parser(
        "cases", parents=[shared], help="cases by name (the word `cases` may be left out)"
    )
    cases.add_argument("names", nargs="*", metavar="CASE", help=f"quick by default; {names}")
    cases.add_argument("--data", type=Path, help="folder of data sets, see docs/benchmarks.md")
    cases.add_argument("--instances", type=Path, help="folder of published instances")
    cases.add_argument(
        "--peer-python", type=Path, help="interpreter that has the peers (default .venv-bench/bin/python)"
    )
    cases.add_argument("--kills", type=_positive_int, help="how often service-kills kills (default 20)")
    cases.add_argument("--database", help="URL of an empty PostgreSQL for service-kills (default: SQLite)")
    cases.add_argument("--list", action="store_true", help="list the cases and end")
    folder = parts.add_parser("instances", parents=[shared, limited], help="solve a folder of instances")
    folder.add_argument("folder", type=Path, metavar="DIR")
    plan = parts.add_parser("plan", parents=[shared, limited], help="solve plan folders")
    plan.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    return command


def _positive(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return number


def _positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 0 done, 2 where something needed is missing, 130 interrupted.

    A target that was missed is a result, not a failure of the command.
    """
    given = list(arguments)
    if not given or given[0] not in ("cases", "instances", "plan", "-h", "--help"):
        given.insert(0, "cases")
    options = parser().parse_args(given)
    if options.part == "cases" and options.list:
        for name, told in _told().items():
            _say(f"{name:18} {told}")
        for name, members in GROUPS.items():
            _say(f"{name:18} = {', '.join(members)}")
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            return _run(options, Path(scratch), arguments)
    except (MissingData, FileNotFoundError) as missing:
        _say(str(missing))
        return 2
    except KeyboardInterrupt:
        _say(f"Stopped. Cases that were done by then are in {options.out}")
        return 130


def _run(options: argparse.Namespace, scratch: Path, arguments: Sequence[str]) -> int:
    context = _context(options, scratch)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    run = environment(" ".join(["python -m tests.bench", *map(_shown, arguments)]), context.peer_python)
    results: list[CaseResult] = []
    missing: list[str] = []
    if options.iterations is None:
        _compile(context)
    if options.part == "instances":
        limit_s = TIME_LIMIT_S if options.time_limit is None else options.time_limit
        results.append(published.folder(context, options.folder, limit_s, out))
    elif options.part == "plan":
        results.append(plan_folders.plans(context, options.folders, options.time_limit, out))
    else:
        for name in _names(options.names):
            _say(f"{name}: {_told()[name]}")
            try:
                results.append(CASES[name](context))
            except MissingData as reason:
                missing.append(f"{name} was not run: it {reason}")
                _say(f"  {missing[-1]}")
                continue
            # What is there so far survives whatever happens to the cases that follow.
            _finish(results, run, out)
    _finish(results, run, out)
    if options.write_page and results:
        write_page(results, _told(), options.page)
        _say(f"The page is {options.page}")
    for line in target_lines([(case.name, target) for case in results for target in case.targets]):
        _say(line)
    for line in missing:
        _say(line)
    _say(f"Results are in {out}")
    return 0 if results else 2


def _told() -> dict[str, str]:
    """Return every case with the line that says what it runs."""
    return {name: (case.__doc__ or "").splitlines()[0] for name, case in CASES.items()}


def _finish(results: list[CaseResult], run: dict[str, object], out: Path) -> None:
    for case in results:
        case.run.update(run)
    write_results(results, out)


def _names(given: Sequence[str]) -> list[str]:
    names: list[str] = []
    for name in given or ["quick"]:
        if name not in GROUPS and name not in CASES:
            raise MissingData(f"there is no case {name!r}; known are {', '.join([*GROUPS, *CASES])}")
        names += GROUPS.get(name, (name,))
    return list(dict.fromkeys(names))


def _context(options: argparse.Namespace, scratch: Path) -> Context:
    cases = options.part == "cases"
    if cases:
        for given in (options.data, options.instances):
            if given is not None and not given.is_dir():
                raise MissingData(f"there is no folder {given}")
    peers = (options.peer_python if cases else None) or ROOT / ".venv-bench" / "bin" / "python"
    if cases and options.peer_python is not None and not peers.exists():
        raise MissingData(f"there is no interpreter {peers}")
    return Context(
        scratch=scratch,
        data=options.data if cases else None,
        instances=options.instances if cases else None,
        full=not cases or (options.names != [] and "quick" not in options.names),
        seed=options.seed,
        python=sys.executable,
        peer_python=str(peers.absolute()) if peers.exists() else sys.executable,
        iterations=options.iterations,
        say=_say,
        kills=options.kills if cases else None,
        database=options.database if cases else None,
    )


def _compile(context: Context) -> None:
    """Compile what is compiled once per installation, so that no case pays for it."""
    _say("compiling kernels where that was not done yet")
    run = child.run(
        "tests.bench.ours:compile_kernels", {"folder": MINI}, python=context.python, limit_s=COMPILE_LIMIT_S
    )
    told = run.failure or f"{run.value['seconds']:.1f} s"
    _say(f"  {told}")


def _shown(argument: str) -> str:
    """Return an argument without the place where somebody keeps their files."""
    return Path(argument).name if argument.startswith("/") else argument


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
