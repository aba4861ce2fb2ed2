#!/usr/bin/env bash
# Build the wheel, use it alone in an empty environment, then with all extras run the same tests away from the sources.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/.venv/bin/python" -m build --wheel --no-isolation --outdir "$work/dist" "$root"
python=${PYTHON:-python3}
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

"$python" -m venv "$work/alone"
"$work/alone/bin/python" -m pip install --quiet --constraint "$root/constraints.txt" "$work"/dist/*.whl
cp -r "$root/examples/mixed" "$work/mixed"
cd "$work/mixed"
"$work/alone/bin/vlm-rewards" list
"$work/alone/bin/vlm-rewards" score rewards.yaml sample.jsonl --output scored.jsonl
"$work/alone/bin/vlm-rewards" report scored.jsonl --data sample.jsonl

"$python" -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --constraint "$root/constraints.txt" "$(echo "$work"/dist/*.whl)[dev]"
mkdir "$work/away"
cp -r "$root"/{tests,examples,docs,changelog,{README,AGENTS,CONTRIBUTING,CHANGELOG,RELEASING,SECURITY}.md,CITATION.cff,LICENSE,Makefile,constraints-floor.txt,mkdocs.yml,pyproject.toml} "$work/away"
cd "$work/away"
# As in the Makefile: a file of tests stays in one process.
"$work/env/bin/python" -m pytest -n auto --dist loadfile --no-loadscope-reorder tests -m "not slow"
