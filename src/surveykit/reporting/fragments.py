"""Pieces of a page: escaped paragraphs, tables, and figures that carry their own alternative text."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveykit.reporting.style import figure_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from great_tables import GT
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 192  # two dots for each of the page
_COLOURS = 96


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a page; a notebook shows it as HTML.

    Attributes
    ----------
    html : str
        Markup in which every text of the study is escaped.
    """

    html: str

    def __add__(self, other: Fragment) -> Fragment:
        return Fragment(f"{self.html}\n{other.html}")

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"Fragment({len(self.html)} characters of HTML)"


def joined(parts: Iterable[Fragment]) -> Fragment:
    """Put fragments one below the other."""
    return Fragment("\n".join(part.html for part in parts))


def tag(name: str, text: str, kind: str = "") -> Fragment:
    """Put a text, escaped, into an element.

    Examples
    --------
    >>> tag("p", "a < b", "note").html
    '<p class="note">a &lt; b</p>'
    """
    attribute = f' class="{html.escape(kind)}"' if kind else ""
    return Fragment(f"<{name}{attribute}>{html.escape(text)}</{name}>")


def paragraph(text: str, kind: str = "") -> Fragment:
    """Put a text into a paragraph; no text, no paragraph."""
    return tag("p", text, kind) if text else Fragment("")


def bullets(texts: Iterable[str], kind: str = "") -> Fragment:
    """List texts; no texts, no list."""
    items = "".join(tag("li", text).html for text in texts)
    attribute = f' class="{html.escape(kind)}"' if kind else ""
    return Fragment(f"<ul{attribute}>{items}</ul>" if items else "")


def table(laid_out: GT, caption: str) -> Fragment:
    """Put a table under its caption."""
    markup = laid_out.as_raw_html(make_page=False)
    return Fragment(f'<div class="table" role="group">{tag("p", caption, "caption").html}{markup}</div>')


def figure(axes: Axes, alt: str, caption: str) -> Fragment:
    """Put a figure into the page as a picture with its alternative text, and close it.

    Parameters
    ----------
    axes : Axes
        Any axes of the figure.
    alt : str
        What the figure shows, in words.
    caption : str
        What stands under it.

    Returns
    -------
    Fragment
    """
    import matplotlib.pyplot as plt  # noqa: PLC0415

    drawn = figure_of(axes)
    data = base64.b64encode(_picture(drawn)).decode("ascii")
    plt.close(drawn)
    image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'
    return Fragment(f"<figure>{image}{tag('figcaption', caption).html}</figure>")


def _picture(drawn: Figure) -> bytes:
    """Draw a figure as PNG; few colours make it a third of the size, and look the same."""
    from PIL import Image  # noqa: PLC0415

    full, small = io.BytesIO(), io.BytesIO()
    drawn.savefig(full, format="png", dpi=_DPI, facecolor="white")
    colours = Image.open(full).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    colours.save(small, format="png", optimize=True)
    return small.getvalue()
