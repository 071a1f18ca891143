"""`make sizes`: how large the code is, room by room; the chassis has a bound."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("chassis", "contracts", "services", "gateway", "simulators", "deploy", "bench", "tests")
CHASSIS_BOUND = 3164  # it may only shrink (decisions 0019, 0024, 0025, 0027, 0029, 0032, 0034, 0035 and 0039)


def code_lines(file: Path) -> int:
    """Lines that are neither blank, nor comment, nor docstring."""
    text = file.read_text()
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    said: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        first = node.body[0] if isinstance(node, documented) and node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            said |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(1 for n, line in lines if n not in said and line.strip() and not line.strip().startswith("#"))


def main() -> int:
    """Print the table; 1 when the chassis has outgrown its bound."""
    print(f"{'room':<12} {'files':>6} {'code lines':>11} {'longest':>8}")
    chassis = 0
    for room in ROOMS:
        files = [file for file in (ROOT / room).rglob("*.py") if "migrations" not in file.parts]
        counts = {file: code_lines(file) for file in files}
        longest = max(counts, key=lambda file: counts[file])
        print(f"{room:<12} {len(files):>6} {sum(counts.values()):>11} {counts[longest]:>8}  {longest.relative_to(ROOT)}")
        chassis = sum(counts.values()) if room == "chassis" else chassis
    print(f"the chassis has {chassis} of at most {CHASSIS_BOUND} lines of code")
    return int(chassis > CHASSIS_BOUND)


if __name__ == "__main__":
    sys.exit(main())
