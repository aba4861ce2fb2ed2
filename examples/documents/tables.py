"""Pictures of small tables with random content, and their HTML: for SFT, for GRPO, and held out."""

import random
from pathlib import Path

from datasets import Dataset
from PIL import Image, ImageDraw, ImageFont

RUNS = Path("runs/documents")
SIDE = 8  # pixels of a cell: the embedded model reads a picture of 24 x 24 in such patches


def draw_table(draw: random.Random) -> tuple[Image.Image, str]:
    """A picture of at most three rows and columns, where a cell may span two columns; HTML needs no closing tags."""
    paper, ink = draw.randint(200, 255), draw.randint(0, 90)
    image = Image.new("L", (3 * SIDE, 3 * SIDE), paper)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=SIDE)
    html, columns = "<table>", draw.randint(1, 3)
    for row in range(draw.randint(1, 3)):
        html, column = f"{html}<tr>", 0
        while column < columns:
            span, text = 2 if column + 2 <= columns and draw.random() < 0.25 else 1, str(draw.randint(0, 9))
            box = (SIDE * column, SIDE * row, SIDE * (column + span) - 1, SIDE * row + SIDE - 1)
            pen.rectangle(box, outline=(ink + paper) // 2)
            pen.text(((box[0] + box[2] + 1) / 2, (box[1] + box[3] + 1) / 2), text, fill=ink, font=font, anchor="mm")
            html, column = f"{html}<td colspan=2>{text}" if span == 2 else f"{html}<td>{text}", column + span
    return image.convert("RGB"), html


def main(counts: tuple[int, int, int] = (16_000, 1_000, 300), folder: Path = RUNS / "data") -> None:
    """Write the three sets of rows; no table stands in two of them."""
    folder.mkdir(parents=True, exist_ok=True)
    draw, seen, turn = random.Random(0), set[str](), [{"role": "user", "content": "Write the table as HTML."}]
    for name, count in zip(("test", "train", "sft"), reversed(counts), strict=True):
        drawn = [draw_table(draw) for _ in range(count)]
        rows = [{"prompt": turn, "images": [image], "solution": html} for image, html in drawn if html not in seen]
        seen |= {html for _, html in drawn}
        answers = [{**row, "completion": [{"role": "assistant", "content": row["solution"]}]} for row in rows]
        Dataset.from_list(answers if name == "sft" else rows).to_parquet(folder / f"{name}.parquet")
