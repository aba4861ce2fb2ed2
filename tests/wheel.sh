#!/usr/bin/env bash
# Build the wheel, install it in an environment of its own, and run the same tests away from the sources.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/.venv/bin/python" -m build --wheel --no-isolation --outdir "$work/dist" "$root"
python3 -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --constraint "$root/constraints.txt" "$(echo "$work"/dist/*.whl)[dev]"
mkdir "$work/away"
cp -r "$root"/{tests,examples,docs,README.md,AGENTS.md,CONTRIBUTING.md,CHANGELOG.md,LICENSE,Makefile,mkdocs.yml,pyproject.toml} "$work/away"
cd "$work/away"
"$work/env/bin/python" -m pytest tests -m "not slow"
