import dataclasses
import re
from html.parser import HTMLParser

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tests.conftest import ROOT
from tests.reporting.made_up import ALL_NASTY, answers_of, small_analysis, small_study

from surveykit.reporting import evidence, methods, sections, summary
from surveykit.reporting.disclosure import protect
from surveykit.reporting.page import write_page

SECTIONS = [
    sections.opening,
    summary.brief,
    sections.asked,
    sections.processing,
    evidence.quality,
    sections.scales,
    evidence.measurement,
    evidence.agreement,
    sections.headlines,
    sections.segments,
    sections.answers,
    sections.links,
    methods.methods,
]


class Page(HTMLParser):
    """Every tag of a page with its attributes, and the text a reader sees."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.hidden = [], [], False
        self.feed(page)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.hidden = tag in {"style", "script"}

    def handle_endtag(self, _tag):
        self.hidden = False

    def handle_data(self, data):
        self.texts += [] if self.hidden else [data]

    def of(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def page_of(shown, title="A title"):
    cells = []
    for section in SECTIONS:
        data = {"text/html": section(shown).html}
        cells += [
            new_markdown_cell(f"## {section.__name__}"),
            new_code_cell("x", outputs=[new_output("execute_result", data)]),
        ]
    return write_page(new_notebook(cells=cells), title)


def safe(page):
    """Assert what holds for every page: nothing runs, nothing is loaded, every figure is described."""
    found = Page(page)
    assert not {"script", "iframe", "object", "embed", "link", "form", "svg"} & {tag for tag, _ in found.tags}
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on")]
    loads = [
        attrs[name]
        for _, attrs in found.tags
        for name in ("src", "href", "action", "srcset")
        if name in attrs
    ]
    assert all(load.startswith(("#", "data:image/png;base64,")) for load in loads)
    assert not re.search(r"url\(|@import", page)
    assert all(attrs.get("alt", "").strip() for attrs in found.of("img"))
    return found


def test_the_content_policy_is_first():
    head = page_of(protect(small_analysis(small_study(), answers_of(9, 9, 9, 9, 9)))).partition("<head>")[2]
    first = Page(head).tags[0]
    assert first[0] == "meta"
    assert first[1]["http-equiv"] == "Content-Security-Policy"
    assert (
        first[1]["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
    )


def test_no_text_of_a_study_becomes_markup(ai_shown):
    text = ALL_NASTY
    nasty = dataclasses.replace(
        ai_shown,
        title=text,
        about=text,
        notice=text,
        source=ai_shown.source | {"file": text},
        flow=ai_shown.flow.assign(label=text),
        changes=ai_shown.changes.assign(reason=text),
        reliability=ai_shown.reliability.assign(label=text),
        estimates=ai_shown.estimates.assign(label=text),
        distributions=ai_shown.distributions.query("scale == 'ownership'").assign(label=text),
        comparisons=ai_shown.comparisons.assign(label=text, sentence=text, caution=text, source=text),
        links=ai_shown.links.assign(predictor_label=text, sentence=text, caution=f"{text}: {text}"),
        flagged=ai_shown.flagged.assign(label=text),
        multiverse=ai_shown.multiverse.assign(label=text, choice=text),
        measurement=ai_shown.measurement.assign(label=text, reason=text),
        scale_items=ai_shown.scale_items.assign(label=text, scale_label=text),
        invariance=ai_shown.invariance.assign(label=text, segment_label=text),
        decisions=ai_shown.decisions.assign(label=text, words=text),
        bands=ai_shown.bands.assign(label=text),
        parting=ai_shown.parting.assign(label=text),
        choices=ai_shown.choices.assign(label=text),
        picks=ai_shown.picks.assign(label=text, option=text),
        segments={"size": text},
    )
    found = safe(page_of(nasty, title=text))
    assert not found.of("b")
    assert found.text.count(" ".join(text.split())) > 60


def test_contents_lead_to_every_heading(ai_shown):
    found = safe(page_of(dataclasses.replace(ai_shown, distributions=ai_shown.distributions.iloc[:0])))
    anchors = [attrs["id"] for attrs in found.of("h2")]
    assert [attrs["href"] for attrs in found.of("a")] == [f"#{anchor}" for anchor in anchors]
    assert len(set(anchors)) == len(SECTIONS)


def test_a_study_with_little_says_so():
    study = small_study(clustered=False)
    bare = protect(small_analysis(study, answers_of(20, 20, 20, 20, 20)))
    found = safe(page_of(bare))
    for sentence in (
        "The study plans no links.",
        "The study has no scales.",
        "no answer was changed",
        "no response of the 100",
    ):
        assert sentence in found.text
    assert "each answer counts as one organisation of its own" in found.text


def test_a_study_of_almost_nothing_still_makes_a_page():
    empty = protect(small_analysis(small_study(), answers_of(1, 1)))
    nothing = dataclasses.replace(
        empty, estimates=empty.estimates.iloc[:0], distributions=empty.distributions.iloc[:0]
    )
    for shown in (empty, nothing):
        assert "nan" not in safe(page_of(shown)).text.casefold().split()


def test_the_brief_has_three_to_eight_sentences(ai_shown, ospo_shown):
    for shown in (ai_shown, ospo_shown):
        assert 3 <= summary.brief(shown).html.count("<li>") <= 8
    bare = protect(small_analysis(small_study(), answers_of(20, 20, 20, 20, 20)))
    assert "(n" not in summary.brief(bare).html
    assert summary.brief(bare).html.count("<li>") == 2


def test_cautions_and_notices_are_seen(ai_shown):
    assert "synthetic" in sections.opening(ai_shown).html
    assert "generative AI pilots" in sections.headlines(ai_shown).html


def test_what_every_sentence_ends_with_is_said_once(ospo_shown):
    told = sections.links(ospo_shown).html
    ending = "Both come from the same people"
    assert sum(ending in sentence for sentence in ospo_shown.links["sentence"]) == len(ospo_shown.links)
    assert told.count(ending) == 1


def test_printed_text_and_code_do_not_reach_the_reader():
    cells = [
        new_code_cell(
            "secret = 1",
            outputs=[
                new_output("stream", name="stderr", text="a warning"),
                new_output("stream", text="told"),
            ],
        ),
        new_code_cell(
            "x",
            outputs=[new_output("display_data", {"application/javascript": "alert(1)", "text/latex": "x"})],
        ),
        new_code_cell("x", outputs=[new_output("execute_result", {"text/plain": "<script>1</script>"})]),
        new_code_cell("x", outputs=[new_output("display_data", {"image/png": "aGk="})]),
    ]
    found = safe(write_page(new_notebook(cells=cells), "x"))
    assert "<script>1</script>" in found.text
    assert not [word for word in ("secret", "warning", "told", "alert") if word in found.text]


def test_the_notebook_is_stored_without_outputs_and_holds_no_logic():
    stored = nbformat.read(ROOT / "notebooks/report.ipynb", as_version=4)
    nbformat.validate(stored)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count is not None]
    assert stored.metadata.kernelspec.name == "python3"
    assert not re.search(
        r"^\s*(for|if|def|class|while|try)\b", "\n".join(cell.source for cell in code), re.MULTILINE
    )


def test_a_caution_is_told_once_for_all_its_scales_colons_in_labels_or_not(ai_shown):
    cautions = ["AI: clarity: one respondent answers", "Ownership: one respondent answers", ""]
    links = ai_shown.links.head(3).assign(caution=cautions)
    page = sections.links(dataclasses.replace(ai_shown, links=links)).html
    assert "<li>AI: clarity and ownership: one respondent answers.</li>" in page
