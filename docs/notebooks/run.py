"""Execute the notebooks, in the order in which they build on each other: `python docs/notebooks/run.py` renews them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["NOTEBOOKS", "execute"]

#: Any of them can come first and makes what it needs; in this order the first one tells how.
NOTEBOOKS = ("sft", "mpo", "grpo", "gspo", "models", "zoom")


def execute(path: Path) -> None:
    """Execute a notebook in its folder and write it back with its outputs.

    Args:
        path: The notebook.

    Raises:
        CellExecutionError: A cell failed; the notebook stays as it was.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    # What changes with every machine and every run stays out of the file.
    client = NotebookClient(
        notebook,
        timeout=None,
        startup_timeout=300,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    for name in NOTEBOOKS:
        execute(Path(__file__).with_name(f"{name}.ipynb"))
        print(name, flush=True)
