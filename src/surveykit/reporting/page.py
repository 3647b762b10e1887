"""From an executed notebook to one self-contained page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

HERE = Path(__file__).parent


def write_page(notebook: NotebookNode, title: str) -> str:
    """Turn an executed notebook into the text of a page without code, scripts or anything loaded from elsewhere.

    Parameters
    ----------
    notebook : NotebookNode
        The executed notebook.
    title : str
        Title of the page.

    Returns
    -------
    str
        HTML.
    """
    from nbconvert import HTMLExporter  # noqa: PLC0415

    exporter = HTMLExporter(
        template_name="page", extra_template_basedirs=[str(HERE)], exclude_anchor_links=True
    )
    exporter.register_filter("anchored", anchored)
    exporter.register_filter("contents", contents)
    page, _ = exporter.from_notebook_node(notebook, resources={"page_title": title})
    return str(page)


def anchored(article: str) -> str:
    """Give every second-level heading of the notebook an anchor; texts from data are escaped and hold no headings.

    Examples
    --------
    >>> anchored("<h2>What was asked, and of whom</h2>")
    '<h2 id="what-was-asked-and-of-whom">What was asked, and of whom</h2>'
    """
    taken: dict[str, int] = {}

    def named(heading: re.Match[str]) -> str:
        words = re.sub(r"<[^>]*>|&\w+;", "", heading[1]).casefold()
        slug = re.sub(r"\W+", "-", words).strip("-") or "section"
        taken[slug] = taken.get(slug, 0) + 1
        anchor = slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"
        return f'<h2 id="{anchor}">{heading[1]}</h2>'

    return re.sub(r"<h2>(.*?)</h2>", named, article, flags=re.DOTALL)


def contents(article: str) -> str:
    """List the headings of an article that carry an anchor.

    Parameters
    ----------
    article : str
        HTML, `anchored`.

    Returns
    -------
    str
        An ordered list of links.

    Examples
    --------
    >>> contents('<h2 id="in-brief">In brief</h2>')
    '<ol><li><a href="#in-brief">In brief</a></li></ol>'
    """
    found = re.findall(r'<h2 id="([^"]*)">(.*?)</h2>', article, flags=re.DOTALL)
    links = [f'<li><a href="#{anchor}">{text}</a></li>' for anchor, text in found]
    return f"<ol>{''.join(links)}</ol>"
